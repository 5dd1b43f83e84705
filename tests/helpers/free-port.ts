import { createServer } from 'node:net';

const given = new Set<number>();

/**
 * A port of 127.0.0.1 that nobody has at the moment, for programs that cannot be told to take any. The system may well choose the one that it
 * chose a moment ago: this never gives one twice.
 */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await new Promise((resolve) => server.close(resolve));
  if (given.has(port)) return freePort();
  given.add(port);
  return port;
}
