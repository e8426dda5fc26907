import type { Pid, Signal } from './ids.ts';
import type { Inquiry } from './inquiry.ts';
import { type Process, type ProcessTable, childrenOf, listDescendants } from './process-table.ts';
import { type Recipients, findRecipients } from './recipients.ts';
import type { Audience } from './setup.ts';
import type { State } from './state.ts';

/** Whom a signal goes to; `group` is set where the kernel is to deliver it to a whole process group. */
export interface Addressees extends Omit<Recipients, 'roles'> {
  readonly group: Pid | null;
}

const only = (programs: readonly Process[], group: Pid | null): Addressees => ({
  shells: [],
  interactive: new Set(),
  programs,
  launchers: [],
  deaf: new Set(),
  group,
});

/** `-c` and `-g` choose the main program while it lives; what it leaves behind is told like everything else. */
const audienceNow = ({ setup, main }: State): Audience =>
  main.status === null || setup.options.audience === 'all' ? setup.options.audience : 'programs';

/** Where the search for recipients begins: our children, but for the pre-stop hook and what it left. */
export const listTops = ({ setup, hookGroup }: State, table: ProcessTable): readonly Process[] =>
  childrenOf(table, setup.facts.self).filter(({ group }) => hookGroup === null || group !== hookGroup);

/** The result is only good when the inquiry is complete. */
export function chooseAddressees(state: State, table: ProcessTable, inquiry: Inquiry, signal: Signal): Addressees {
  const { self } = state.setup.facts;
  const { pid } = state.main;
  switch (audienceNow(state)) {
    case 'programs':
      return { ...findRecipients(inquiry, table, listTops(state, table), signal), group: null };
    case 'main':
      return only(
        listDescendants(table, self).filter((process) => process.pid === pid),
        null,
      );
    case 'group':
      return only(
        listDescendants(table, self).filter((process) => process.group === pid),
        pid,
      );
    case 'all':
      return only(listDescendants(table, self), null);
  }
}
