/** What a start file may ask for besides its own text. */
export interface World {
  /** null: it cannot be read. */
  readonly readText: (path: string) => string | null;
  /** Why a program cannot be started by a name, in the words of strerror(3); undefined where it can. */
  readonly whyNotRunnable: (name: string) => string | undefined;
  /** All of our environment. */
  readonly variables: ReadonlyMap<string, string>;
  /** Whether each character of a text is a byte of UTF-8, as on the native host. */
  readonly hasByteStrings: boolean;
}
