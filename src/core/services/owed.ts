import type { Signal } from '../ids.ts';
import { owedStop } from '../owed.ts';
import { TERM } from '../signal.ts';
import type { ServicesState } from './state.ts';

/** As {@link owedStop}: services are told one after the other, and one that is being stopped may hold its signal back. */
export function owedStopOfServices({ container, lives, stopping }: ServicesState): Signal | null {
  if (stopping !== null) {
    const isLeft = lives.some((life) => life.type === 'running' && (!life.isStopping || owedStop(life.state) !== null));
    if (isLeft) return stopping.type === 'signal' ? stopping.signal : TERM;
  }
  return owedStop(container);
}
