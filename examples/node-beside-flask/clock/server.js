// The Node half: tells the time once a second to everybody who listens. No dependencies.
const { createServer } = require('node:http');

const clients = new Set();

const server = createServer((request, response) => {
  if (request.url === '/healthz') return response.end('ok\n');
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  response.write(`data: ${new Date().toISOString()}\n\n`);
  clients.add(response);
  response.on('close', () => clients.delete(response));
});

setInterval(() => {
  for (const client of clients) client.write(`data: ${new Date().toISOString()}\n\n`);
}, 1000);

// The server behind which this runs chooses the port.
server.listen(process.env.PORT, '127.0.0.1');

process.on('SIGTERM', () => process.exit(0));
