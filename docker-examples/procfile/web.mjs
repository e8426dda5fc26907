import { createServer } from 'node:http';

const server = createServer((request, response) => {
  setTimeout(() => response.end('hello\n'), request.url === '/slow' ? 2_000 : 0);
});
process.on('SIGTERM', () => server.close(() => console.log('finished')));
server.listen(8080, () => console.log('ready'));
