// websocket.ts URL SOCKETS SECONDS: sends on every socket, again whenever an answer to its own came; prints messages received per second.
import { WebSocket } from 'ws';

const [url = '', count = '1', seconds = '1'] = process.argv.slice(2);
const broadcast = url.endsWith('/broadcast');
let received = 0;
const sockets = await Promise.all(Array.from({ length: Number(count) }, open));
for (const [index, socket] of sockets.entries()) {
  const own = `message of ${index}, some forty bytes in all`;
  socket.on('message', (data: Buffer) => {
    received += 1;
    if (!broadcast || (index === 0 && data.toString() === own)) socket.send(own);
  });
  if (!broadcast || index === 0) socket.send(own);
}
const started = performance.now();
setTimeout(() => {
  process.stdout.write(JSON.stringify((received / (performance.now() - started)) * 1000));
  process.exit(0);
}, Number(seconds) * 1000);

function open(): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
  });
}
