// Asks the gateway, through allocation-probe.cjs, how many bytes it allocates meanwhile.
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { BENCH } from './places.ts';

/** What a server is started with so that `allocatedBytes` can ask it. */
export function probeEnvironment(socketPath: string): Record<string, string> {
  return { NODE_OPTIONS: `--require ${join(BENCH, 'allocation-probe.cjs')}`, BENCH_PROBE: socketPath };
}

/** Bytes that were allocated on the gateway's heap while `work` ran. */
export async function allocatedBytes(socketPath: string, work: () => Promise<unknown>): Promise<number> {
  const socket = connect(socketPath).setEncoding('utf8');
  await once(socket, 'data');
  await work();
  socket.write('stop\n');
  let text = '';
  for await (const part of socket) text += String(part);
  return Number(text);
}
