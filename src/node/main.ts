import { isRelay, runRelay } from './relay.ts';
import { Signals } from './signals.ts';

function begin(): void {
  // Before anything else: what comes while the rest is loaded is kept.
  const signals = new Signals();
  void import('./cli.ts').then(({ main }) => main(signals));
}

if (isRelay()) runRelay();
else begin();
