// Takes a job, which lasts a second; on SIGTERM it ends after the job that it has.
import { setTimeout as pause } from 'node:timers/promises';

let isStopping = false;
process.on('SIGTERM', () => (isStopping = true));

for (let job = 1; !isStopping; job += 1) {
  console.log(`job ${job}`);
  await pause(1_000);
  console.log(`job ${job} done`);
}
