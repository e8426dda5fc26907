// The application of the pods: a plain node:http server. /slow is a transaction of a second, all else is answered at once.
import { createServer } from 'node:http';

let isLeaving = false;

const server = createServer((request, response) => {
  const answer = () => {
    // The client then opens no second request on this connection.
    if (isLeaving) response.setHeader('Connection', 'close');
    response.end('hello\n');
  };
  if (request.url?.startsWith('/slow')) setTimeout(answer, 1_000);
  else answer();
});

// Longer than the balancers keep an idle connection, as behind any balancer: else they meet one that is just being closed.
server.keepAliveTimeout = 75_000;

// A drain begins (drainit --drain-signal USR2): it goes on accepting.
process.on('SIGUSR2', () => (isLeaving = true));
// close() closes idle connections, and lets requests end.
process.on('SIGTERM', () => {
  isLeaving = true;
  server.close();
});

server.listen(8080);
