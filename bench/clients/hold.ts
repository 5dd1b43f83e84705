// hold.ts PORT PATH COUNT BYTES_PER_SECOND: opens so many connections and asks for PATH on each. With 0 bytes per second the answer is read and the connection kept as it
// is; else the answer is read that slowly. Prints a line of JSON when all have asked, another with how many are still there when standard input ends.
import { connect, type Socket } from 'node:net';

const [port = 0, , count = 0, perSecond = 0] = process.argv.slice(2).map(Number);
const path = process.argv[3] ?? '/';

/** So many at a time: more than a backlog holds would only wait for each other. */
const AT_ONCE = 64;
/** Whoever is not answered in this time is let go, in milliseconds. */
const ANSWER_MS = 3_000;
/** All have to be there after this time, in milliseconds; those that are not are not opened any more. */
const ALL_MS = 25_000;
/** Slow readers read so often, in milliseconds. */
const TICK_MS = 250;

const open = new Set<Socket>();
let bytes = 0;
const deadline = performance.now() + ALL_MS;

await Promise.all(
  Array.from({ length: AT_ONCE }, async (_, lane) => {
    for (let number = lane; number < count && performance.now() < deadline; number += AT_ONCE)
      await one().catch(() => undefined);
  }),
);
say({ held: open.size });
if (perSecond > 0) setInterval(readSlowly, TICK_MS);
process.stdin.on('end', () => {
  say({ held: open.size, bytes });
  process.exit(0);
});
process.stdin.resume();

/** Resolves when it has asked, or (what is idle) when it was answered. */
function one(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => {
      if (perSecond > 0) open.add(socket);
      socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: keep-alive\r\n\r\n`);
      if (perSecond > 0) resolve();
    });
    const gone = (): void => {
      open.delete(socket);
      reject(new Error('closed'));
    };
    socket.once('error', gone).once('close', gone);
    if (perSecond > 0) {
      socket.on('readable', () => undefined); // reading is up to the tick below
      return;
    }
    socket.setTimeout(ANSWER_MS, () => socket.destroy());
    socket.on('data', () => {
      socket.setTimeout(0);
      open.add(socket);
      resolve();
    });
  });
}

function readSlowly(): void {
  const most = Math.ceil((perSecond * TICK_MS) / 1000);
  for (const socket of open) {
    const chunk: unknown = socket.read(Math.min(most, socket.readableLength));
    if (chunk instanceof Buffer) bytes += chunk.length;
  }
}

function say(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
