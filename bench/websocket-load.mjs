// node websocket-load.mjs URL SOCKETS SECONDS: sends on every socket, again whenever an answer to its own came; prints messages received per second.
import { WebSocket } from 'ws';

const [url, count, seconds] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const broadcast = url.endsWith('/broadcast');
let received = 0;
const sockets = await Promise.all(
  Array.from({ length: count }, () => {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(socket));
      socket.once('error', reject);
    });
  }),
);
for (const [index, socket] of sockets.entries()) {
  const own = `message of ${index}, some forty bytes in all`;
  socket.on('message', (data) => {
    received += 1;
    if (!broadcast || (index === 0 && data.toString() === own)) socket.send(own);
  });
  if (!broadcast || index === 0) socket.send(own);
}
const started = performance.now();
setTimeout(() => {
  process.stdout.write(`${(received / (performance.now() - started)) * 1000}\n`);
  process.exit(0);
}, seconds * 1000);
