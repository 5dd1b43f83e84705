// Clients that ask again and again, and count what they are told.
import type { TestContext } from 'node:test';
import { RawClient } from './http.ts';

export interface Load {
  /** How often each status was the answer; -1: the connection broke. */
  readonly statuses: Map<number, number>;
  /** The bodies that were seen. */
  readonly bodies: Set<string>;
  /** Requests so far. */
  readonly count: () => number;
  /** Lets each client finish its request. */
  readonly stop: () => Promise<void>;
}

/** Starts `clients` keep-alive connections that ask for `path` without a break. */
export function putUnderLoad(
  t: TestContext,
  place: { port: number },
  { clients = 8, path = '/', withinMs = 30_000 } = {},
): Load {
  const statuses = new Map<number, number>();
  const bodies = new Set<string>();
  const state = { stopped: false, count: 0 };
  const one = async (): Promise<void> => {
    let client = new RawClient(place);
    while (!state.stopped) {
      let status = -1;
      try {
        client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
        const answer = await client.read({ withinMs });
        status = answer.status;
        if (status === 200) bodies.add(answer.text);
        if (answer.header('connection') === 'close') throw new Error('closed');
      } catch {
        client.close();
        client = new RawClient(place);
      }
      state.count += 1;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    client.close();
  };
  const all = Promise.all(Array.from({ length: clients }, one));
  const stop = async (): Promise<void> => {
    state.stopped = true;
    await all;
  };
  t.after(stop);
  return { statuses, bodies, count: () => state.count, stop };
}
