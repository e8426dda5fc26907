// Ten items of a second each. On SIGTERM it finishes the item that it has and ends with 75: the rest is for another pod.
import { setTimeout as pause } from 'node:timers/promises';

let isStopping = false;
process.on('SIGTERM', () => (isStopping = true));

for (let item = 1; item <= 10 && !isStopping; item += 1) {
  await pause(1_000);
  console.log(`item ${item} done`);
  if (isStopping && item < 10) process.exitCode = 75;
}
