import { createServer } from 'node:net';

const LOOPBACK = '127.0.0.1';

/** A port of 127.0.0.1 that nobody listens on now: the one that is wanted, if possible. Somebody may before it is used: whoever uses it tries another then. */
export function freePort(wanted = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => {
      if (wanted === 0) reject(error);
      else resolve(freePort());
    });
    server.listen(wanted, LOOPBACK, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
