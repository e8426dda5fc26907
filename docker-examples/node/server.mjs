import { createServer } from 'node:http';
import { drainable } from 'drainit';

const server = createServer((request, response) => {
  setTimeout(() => response.end('hello\n'), request.url === '/slow' ? 2_000 : 0);
});
const { closed } = drainable(server, { drainSignal: 'SIGUSR2' });
closed.then(() => console.log('server: the last connection has ended'));
server.listen(8080, () => console.log('server: ready'));
