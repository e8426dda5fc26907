/** Prints the table of the README that says what the Node host cannot do. */
import { renderLimits } from './render-limits.ts';

process.stdout.write(renderLimits());
