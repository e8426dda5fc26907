import { type OptionKey, optionKeys, specOf } from './options.ts';
import type { Problem } from './problem.ts';

/** One option as it was given, on the command line or in the environment. */
export interface Given {
  readonly key: OptionKey;
  /** As the user wrote it, for messages: `-t`, `--grace`, `DRAINIT_GRACE`. */
  readonly as: string;
  /** Empty for a switch. */
  readonly value: string;
}

export interface Words {
  readonly given: readonly Given[];
  readonly problems: readonly Problem[];
  /** Index of the first operand. */
  readonly operand: number;
}

const findByName = (name: string): OptionKey | undefined => optionKeys.find((key) => specOf(key).name === name);
const findByLetter = (letter: string): OptionKey | undefined => optionKeys.find((key) => specOf(key).letter === letter);

/**
 * Splits a command line as getopt_long(3) does with a leading `+`: letters may be bundled (`-vvg`), a value may follow
 * its letter or stand alone, and the first operand ends the options, so that the program's own stay its own.
 *
 * @param argv with the program's name at 0
 */
export function splitWords(argv: readonly string[]): Words {
  const given: Given[] = [];
  const problems: Problem[] = [];
  let index = 1;

  const takeLong = (word: string): void => {
    const equals = word.indexOf('=');
    const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
    const key = findByName(name);
    if (key === undefined) {
      problems.push({ type: 'unknownName', name });
      return;
    }
    const spec = specOf(key);
    const as = `--${name}`;
    const inline = equals < 0 ? undefined : word.slice(equals + 1);
    if (spec.value === undefined) {
      if (inline === undefined) given.push({ key, as, value: '' });
      else problems.push({ type: 'needlessValue', as, value: inline });
      return;
    }
    if (inline === undefined) index += 1;
    const value = inline ?? argv[index];
    if (value === undefined) problems.push({ type: 'missingValue', key, as });
    else given.push({ key, as, value });
  };

  const takeLetters = (word: string): void => {
    for (let at = 1; at < word.length; at += 1) {
      const letter = word[at] ?? '';
      const as = `-${letter}`;
      const key = findByLetter(letter);
      if (key === undefined) {
        problems.push({ type: 'unknownLetter', letter, word });
        return;
      }
      const spec = specOf(key);
      if (spec.value === undefined) {
        given.push({ key, as, value: '' });
        continue;
      }
      const rest = word.slice(at + 1);
      if (rest === '') index += 1;
      const value = rest === '' ? argv[index] : rest;
      if (value === undefined) problems.push({ type: 'missingValue', key, as });
      else given.push({ key, as, value });
      return;
    }
  };

  for (; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (word === '--') {
      index += 1;
      break;
    }
    if (!word.startsWith('-') || word === '-') break;
    if (word.startsWith('--')) takeLong(word);
    else takeLetters(word);
  }
  return { given, problems, operand: Math.min(index, argv.length) };
}
