/** What only a shell understands, where it is not quoted: POSIX XCU 2.2, and the expansions of 2.6. */
const SHELL_ONLY = '|&;<>()$`*?[#~{}!=';

const SHELL = ['/bin/sh', '-c'] as const;

interface Split {
  readonly words: readonly string[];
  readonly needsShell: boolean;
}

/** @returns undefined where a quote has no end */
function split(text: string): Split | undefined {
  const words: string[] = [];
  let word: string | null = null;
  let quote = '';
  let needsShell = false;
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index] ?? '';
    if (quote !== '') {
      if (char === quote) quote = '';
      else if (quote === '"' && char === '\\' && '\\"$`'.includes(text[index + 1] ?? ' '))
        word += text[(index += 1)] ?? '';
      else word += char;
      if (quote === '"' && (char === '$' || char === '`')) needsShell = true;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (char === '\\') {
      word = (word ?? '') + (text[(index += 1)] ?? '');
    } else if (char === ' ' || char === '\t' || char === '\n') {
      if (word !== null) words.push(word);
      word = null;
    } else {
      // An equals sign sets a variable in front of a command, and is an ordinary character behind it.
      if (SHELL_ONLY.includes(char) && !(char === '=' && words.length > 0)) needsShell = true;
      word = (word ?? '') + char;
    }
  }
  if (word !== null) words.push(word);
  return quote === '' ? { words, needsShell } : undefined;
}

/** A command for a shell, whatever is in it. */
export const throughShell = (text: string): readonly string[] => [...SHELL, text];

/**
 * Splits a text into words as a shell does, with quotes and backslashes. Whatever else a shell knows is an ordinary
 * character.
 *
 * @returns undefined where a quote has no end
 */
export const splitIntoWords = (text: string): readonly string[] | undefined => split(text)?.words;

/**
 * Splits a command into its words as a shell does, with quotes and backslashes. A command that needs more of a shell
 * becomes one for `/bin/sh -c`, so that the others work where there is no shell, as in `scratch`.
 *
 * @returns undefined where there are no words, or a quote has no end
 */
export function splitCommand(text: string): readonly string[] | undefined {
  const { words = [], needsShell = false } = split(text) ?? {};
  if (words.length === 0) return undefined;
  return needsShell ? throughShell(text) : words;
}
