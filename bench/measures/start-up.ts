import { type Measure, atMost } from '../row.ts';
import { runTool } from '../tools.ts';

const RUNS = 2_000;
const NANOS = 1e6;

/** `X -- /bin/true`, from before the fork until it has been waited for. */
export const startUp: Measure = {
  name: 'start-up',
  measure: async (inits) => {
    const commands = [...inits.map(({ command }) => [...command, '--', '/bin/true']), ['/bin/true']];
    const times = runTool('timer', RUNS, ...commands.flatMap((command) => [...command, '::']));
    const names = [...inits.map(({ name }) => name), '/bin/true'];
    const values = new Map(names.map((name, index) => [name, (times[index]?.[0] ?? NaN) / NANOS]));
    return [
      { what: 'start-up, X -- /bin/true', unit: 'ms', budget: atMost(0.85, 'tini-static'), values },
      {
        what: '/bin/true alone',
        unit: 'ms',
        budget: null,
        values: new Map([['drainit', values.get('/bin/true') ?? NaN]]),
      },
    ];
  },
};
