import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';

const log = process.env.LOG ?? '/dev/stdout';
let isDraining = false;

const server = createServer((request, response) => {
  if (isDraining) response.setHeader('Connection', 'close');
  setTimeout(
    () => {
      response.end('hello\n');
      if (request.url !== '/ready') appendFileSync(log, `answered ${request.url}\n`);
    },
    request.url === '/slow' ? 2_000 : 0,
  );
});
process.on('SIGUSR2', () => (isDraining = true));
process.on('SIGTERM', () => server.close(() => appendFileSync(log, 'finished\n')));
server.listen(8080, () => appendFileSync(log, 'ready\n'));
