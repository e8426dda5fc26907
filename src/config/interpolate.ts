import { isDigit, isLetter } from './characters.ts';

/** Variables by name; where it is not set, it is told so. */
export type Lookup = (name: string) => string | undefined;

export type InterpolationProblem =
  | { readonly type: 'notAVariable'; readonly text: string }
  | { readonly type: 'variableNeeded'; readonly name: string; readonly message: string };

export type Interpolated = { readonly text: string } | { readonly problem: InterpolationProblem };

/** A fallback may have variables with fallbacks of their own; nobody needs more. */
const DEPTH_LIMIT = 16;

const isNameStart = (char: string): boolean => isLetter(char) || char === '_';

function takeName(text: string, from: number): string {
  let end = from;
  while (end < text.length) {
    const char = text[end] ?? '';
    if (!isNameStart(char) && !(end > from && isDigit(char))) break;
    end += 1;
  }
  return text.slice(from, end);
}

/** Where the brace is that closes the one before `from`; -1 where there is none. */
function findClosingBrace(text: string, from: number): number {
  let depth = 1;
  for (let index = from; index < text.length; index += 1) {
    if (text[index] === '}') depth -= 1;
    else if (text[index] === '{' && text[index - 1] === '$') depth += 1;
    if (depth === 0) return index;
  }
  return -1;
}

const OPERATORS = [':-', '-', ':?', '?', ':+', '+'] as const;

/** What stands in braces: a name, or a name with what to take where it is not set. */
function expand(inner: string, find: Lookup, missed: Lookup, depth: number): Interpolated {
  const name = takeName(inner, 0);
  const rest = inner.slice(name.length);
  const operator = OPERATORS.find((candidate) => rest.startsWith(candidate));
  const refusal: Interpolated = { problem: { type: 'notAVariable', text: `\${${inner}}` } };
  if (name === '' || (operator === undefined && rest !== '') || depth > DEPTH_LIMIT) return refusal;
  const value = find(name);
  if (operator === undefined) return { text: value ?? missed(name) ?? '' };
  const isSet = value !== undefined && !(operator.startsWith(':') && value === '');
  const isAlternative = operator.endsWith('+');
  if (isSet !== isAlternative) return { text: isAlternative ? '' : (value ?? '') };
  const other = substitute(rest.slice(operator.length), find, missed, depth + 1);
  if (!operator.endsWith('?') || 'problem' in other) return other;
  return { problem: { type: 'variableNeeded', name, message: other.text } };
}

function substitute(text: string, find: Lookup, missed: Lookup, depth: number): Interpolated {
  let result = '';
  let from = 0;
  for (;;) {
    const dollar = text.indexOf('$', from);
    if (dollar < 0) return { text: result + text.slice(from) };
    result += text.slice(from, dollar);
    const next = text[dollar + 1];
    if (next === '$') {
      result += '$';
      from = dollar + 2;
      continue;
    }
    const isBraced = next === '{';
    const end = isBraced ? findClosingBrace(text, dollar + 2) : dollar + 1 + takeName(text, dollar + 1).length;
    if (end <= dollar + 1)
      return { problem: { type: 'notAVariable', text: text.slice(dollar, isBraced ? undefined : dollar + 2) } };
    const expanded = expand(text.slice(dollar + (isBraced ? 2 : 1), end), find, missed, depth);
    if ('problem' in expanded) return expanded;
    result += expanded.text;
    from = isBraced ? end + 1 : end;
  }
}

/**
 * Puts variables in: `$NAME`, `${NAME}`, `${NAME:-fallback}`, `${NAME:?message}`, `${NAME:+instead}`, each of these without
 * the colon too, and `$$` for a dollar sign (Compose, "Interpolation").
 *
 * @param missed is told of a variable that is not set and has no fallback: it is empty then
 */
export function interpolate(text: string, find: Lookup, missed: (name: string) => void): Interpolated {
  const tell: Lookup = (name) => {
    missed(name);
    return undefined;
  };
  return substitute(text, find, tell, 0);
}
