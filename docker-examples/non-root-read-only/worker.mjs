import { writeFileSync } from 'node:fs';

try {
  writeFileSync('/app/note', '');
} catch (error) {
  console.log(`worker: ${error.code}`);
}
const work = setInterval(() => {}, 60_000);
process.on('SIGTERM', () => {
  clearInterval(work);
  console.log('worker: finished');
});
