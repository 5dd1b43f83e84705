import { connect } from 'node:net';

const LOOPBACK = '127.0.0.1';

/** Asks a service how it is. Resolves to null when it is well, else to the reason in words; never rejects. */
export function probe(port: number, path: string, withinMs: number): Promise<string | null> {
  return path === '' ? accepts(port, withinMs) : answers(port, path, withinMs);
}

function accepts(port: number, withinMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: LOOPBACK });
    const done = (reason: string | null): void => {
      socket.destroy();
      resolve(reason);
    };
    socket.setTimeout(withinMs, () => done(`port ${port} did not answer within ${withinMs} ms`));
    socket.once('connect', () => done(null));
    socket.once('error', () => done(`nobody listens on port ${port}`));
  });
}

function answers(port: number, path: string, withinMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    const request = process
      .getBuiltinModule('node:http')
      .get({ port, host: LOOPBACK, path, agent: false, headers: { connection: 'close' } }, (response) => {
        const { statusCode: status = 0 } = response;
        response.destroy();
        clearTimeout(timer);
        resolve(status >= 200 && status < 400 ? null : `${path} answered ${status}`);
      });
    const timer = setTimeout(() => {
      request.destroy();
      resolve(`${path} did not answer within ${withinMs} ms`);
    }, withinMs);
    request.on('error', () => {
      clearTimeout(timer);
      resolve(`nobody answers on port ${port}`);
    });
  });
}
