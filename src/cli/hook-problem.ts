import type { Options } from '../core/setup.ts';
import type { Problem } from './problem.ts';

/**
 * What is wrong with the pre-stop hook of an option, before anything is started.
 *
 * @param as the option, or the variable
 * @param whyNot why a program cannot be started by a name, in the words of strerror(3); undefined where it can
 */
export function findHookProblem(
  { preStop }: Options,
  as: string,
  whyNot: (name: string) => string | undefined,
): Problem | undefined {
  const name = preStop?.commands[0]?.words[0];
  const reason = name === undefined ? undefined : whyNot(name);
  return name === undefined || reason === undefined ? undefined : { type: 'notRunnable', as, value: name, reason };
}
