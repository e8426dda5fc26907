import { LONGEST_TIMER } from '../node/drive.ts';
import { Shared } from './shared.ts';

/** Without a C library nothing tells that an orphan has ended: those that are known are looked at so often (ms). */
const LOOK_PERIOD = 100;

/** Then all processes are looked at, for those that are not known. */
const SEARCH_PERIOD = 1_000;

const whenever = (period: number): Shared =>
  new Shared((tell) => {
    const clock = setInterval(tell, period);
    return () => clearInterval(clock);
  });
export const looks = whenever(LOOK_PERIOD);
export const searches = whenever(SEARCH_PERIOD);
/** With a C library it only keeps Node running. */
export const forever = whenever(LONGEST_TIMER);
