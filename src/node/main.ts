import { Signals } from './signals.ts';

// Before anything else: what comes while the rest is loaded is kept.
const signals = new Signals();

void import('./cli.ts').then(({ main }) => main(signals));
