import { createServer } from 'node:http';

let isDraining = false;

const server = createServer((request, response) => {
  // The client then opens no second request on this connection; its next one finds another server.
  if (isDraining) response.setHeader('Connection', 'close');
  response.end('hello\n');
});

// The drain begins: drainit --drain-signal USR2. The server goes on accepting.
process.on('SIGUSR2', () => (isDraining = true));
// The drain is over. close() lets requests end, and closes idle connections (since Node 19).
process.on('SIGTERM', () => server.close());

server.listen(8080);
