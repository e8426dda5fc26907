import type { OptionKey } from './options.ts';

/**
 * Something wrong with the command line or the environment. `as` is the option or the variable as the user wrote it. The
 * text is made elsewhere: nearly no container ever needs it.
 */
export type Problem =
  | { readonly type: 'unknownName'; readonly name: string }
  | { readonly type: 'unknownLetter'; readonly letter: string; readonly word: string }
  | { readonly type: 'missingValue'; readonly key: OptionKey; readonly as: string }
  | { readonly type: 'needlessValue'; readonly as: string; readonly value: string }
  | { readonly type: 'clash'; readonly as: string; readonly other: string }
  | { readonly type: 'noProgram' | 'fileAndAudience' }
  /** It needs a start file; or a hook; or the native host. */
  | { readonly type: 'withoutFile' | 'withoutHook' | 'needsLibrary'; readonly as: string }
  | { readonly type: 'fileAndProgram'; readonly program: string }
  /** The start file cannot be read. */
  | { readonly type: 'notReadable'; readonly value: string; readonly reason: string }
  /** The program of a hook is not there, or cannot be started; `reason` has the words of strerror(3). */
  | { readonly type: 'notRunnable'; readonly as: string; readonly value: string; readonly reason: string }
  | {
      readonly type:
        | 'notASignal'
        | 'notARewrite'
        | 'notRewritable'
        | 'notCatchable'
        | 'stopsAlready'
        | 'notAStatus'
        | 'notAGrace'
        | 'notAFormat'
        | 'notADrain'
        | 'backwards'
        | 'notAnInterval'
        | 'notACommand'
        | 'notALevel'
        | 'notASwitch';
      readonly as: string;
      readonly value: string;
    };
