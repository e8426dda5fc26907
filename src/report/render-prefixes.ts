/** ECMA-48: cyan, yellow, green, magenta, blue, and the bright ones of them. */
const COLOURS = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94];

/** What stands before each line of a service: its name, in a column as wide as the longest. */
export function renderPrefixes(names: readonly string[], isColoured: boolean): readonly string[] {
  const width = names.reduce((most, name) => Math.max(most, name.length), 0);
  return names.map((name, index) => {
    const text = `${name.padEnd(width)} | `;
    return isColoured ? `\u001b[${COLOURS[index % COLOURS.length]}m${text}\u001b[0m` : text;
  });
}
