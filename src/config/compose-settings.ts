import { HOOK_LIMIT } from '../core/hook-limit.ts';
import type { Signal } from '../core/ids.ts';
import type { DrainTime } from '../core/setup.ts';
import { KILL, STOP, isStopSignal, parseSignal } from '../core/signal.ts';
import { sameSurroundings } from '../core/services/service.ts';
import { splitCommand } from './command-words.ts';
import { SETTING_KEYS } from './compose-keys.ts';
import type { Reader } from './compose-reader.ts';
import { parseDrainTime } from './drain-time.ts';
import { parseDuration, parseInterval } from './duration.ts';
import { type Settings, noSettings } from './settings.ts';
import type { Node } from './yaml-node.ts';

function readDrain(reader: Reader, node: Node): DrainTime | undefined {
  const drain = reader.parsed(node, 'drain', 'drain', parseDrainTime);
  if (drain !== 'backwards') return drain;
  return reader.refuse(node.at, { type: 'backwards', as: 'drain', text: node.type === 'scalar' ? node.text : '' });
}

/** What a program can act on without ending: `--drain-signal` refuses the same. */
function readDrainSignal(reader: Reader, node: Node): Signal | undefined {
  const signal = reader.parsed(node, 'drain_signal', 'signal', parseSignal);
  return signal === undefined || isHarmless(signal)
    ? signal
    : reader.refuse(node.at, {
        type: 'stopsAlready',
        as: 'drain_signal',
        text: node.type === 'scalar' ? node.text : '',
      });
}

const isHarmless = (signal: Signal): boolean => !isStopSignal(signal) && signal !== KILL && signal !== STOP;

const parseGrace = (text: string): Settings['grace'] | undefined => (text === 'none' ? text : parseDuration(text));

/** As `--pre-stop` reads it: with a shell where it needs one. */
function readHook(reader: Reader, node: Node): readonly string[] | undefined {
  const words =
    node.type === 'list'
      ? reader.texts(node, 'pre_stop', 'words')
      : reader.parsed(node, 'pre_stop', 'shellCommand', splitCommand);
  reader.findProgram(node.at, 'pre_stop', words, sameSurroundings);
  return words;
}

/** Reads `x-drainit`: options that the command line has too, where they are stronger. */
export function readSettings(reader: Reader, node: Node | undefined): Settings {
  if (node === undefined) return noSettings;
  const values = reader.values(node, 'x-drainit', 'settings', 'x-drainit', SETTING_KEYS);
  const read = <T>(key: (typeof SETTING_KEYS)[number], readNode: (value: Node) => T | undefined): T | undefined => {
    const value = values.get(key);
    return value === undefined ? undefined : readNode(value);
  };
  const words = read('pre_stop', (value) => readHook(reader, value));
  const limit = read('pre_stop_timeout', (value) =>
    reader.parsed(value, 'pre_stop_timeout', 'interval', parseInterval),
  );
  return {
    drain: read('drain', (value) => readDrain(reader, value)) ?? null,
    drainSignal: read('drain_signal', (value) => readDrainSignal(reader, value)) ?? null,
    grace: read('grace', (value) => reader.parsed(value, 'grace', 'grace', parseGrace)) ?? noSettings.grace,
    preStop: words === undefined ? null : { commands: [{ words }], limit: limit ?? HOOK_LIMIT },
  };
}
