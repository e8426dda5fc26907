import type { Tag } from '../action.ts';

/** What a service asks for a hook for, in what the host gives back. */
export type Purpose = 'preStop' | 'probe' | 'postStart';
const PURPOSES: readonly Purpose[] = ['preStop', 'probe', 'postStart'];

export const tagOf = (index: number, purpose: Purpose): Tag => PURPOSES.length * index + PURPOSES.indexOf(purpose);

/** {@link tagOf} backwards. */
export const readTag = (tag: Tag): { readonly index: number; readonly purpose: Purpose } => ({
  index: Math.floor(tag / PURPOSES.length),
  purpose: PURPOSES[tag % PURPOSES.length] ?? 'probe',
});
