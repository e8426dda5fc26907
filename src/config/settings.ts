import type { Options } from '../core/setup.ts';

/** Options that a start file has, in the words of the command line. */
export type Settings = Pick<Options, 'drain' | 'drainSignal' | 'grace' | 'preStop'>;

export const noSettings: Settings = { drain: null, drainSignal: null, grace: 'stragglers', preStop: null };

/** The options, and where they leave something open what the file says. */
export const applySettings = (options: Options, settings: Settings): Options => ({
  ...options,
  drain: options.drain ?? settings.drain,
  drainSignal: options.drainSignal ?? settings.drainSignal,
  grace: options.grace === 'stragglers' ? settings.grace : options.grace,
  preStop: options.preStop ?? settings.preStop,
});
