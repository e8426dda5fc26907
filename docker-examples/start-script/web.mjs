// A plain node:http server: /slow takes two seconds, everything else is at once. On SIGTERM it stops accepting, lets the
// requests that it has finish, and ends.
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  setTimeout(() => response.end('web: done\n'), request.url === '/slow' ? 2_000 : 0);
});
server.listen(Number(process.env.WEB_PORT ?? 8002), process.env.HOST ?? '0.0.0.0');

process.on('SIGTERM', () => {
  process.stderr.write('web: SIGTERM, finishing what I have\n');
  server.close();
});
