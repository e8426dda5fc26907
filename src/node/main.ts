import { leaveStreamsAlone } from './leave-streams.ts';
import { isRelay, runRelay } from './relay.ts';
import { Signals } from './signals.ts';

leaveStreamsAlone();

// Before anything else: what comes while the rest is loaded is kept. A relay only survives it.
const signals = new Signals();

function begin(): void {
  void import('./cli.ts').then(({ main }) => main(signals));
}

if (isRelay()) runRelay();
else begin();
