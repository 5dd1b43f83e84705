// Connections that a process of its own holds, while something else is measured.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Layout } from './layout.ts';
import { clientCommand } from './load.ts';
import { BENCH } from './places.ts';

export interface Held {
  /** Connections that were opened and not closed again by the server. */
  readonly count: number;
  /** Lets go of them; resolves to how many there were until now, and the bytes that were read slowly. */
  readonly release: () => Promise<{ held: number; bytes: number }>;
}

/** Opens `count` connections that ask for `path`; `bytesPerSecond` 0: the answer is read, and the connection stays. */
export async function hold(
  layout: Layout,
  {
    port,
    path,
    count,
    bytesPerSecond,
  }: { port: number; path: string; count: number; bytesPerSecond: number },
): Promise<Held> {
  const [program = '', ...args] = [...layout.load, ...clientCommand('hold')];
  const child = spawn(program, [...args, String(port), path, String(count), String(bytesPerSecond)], {
    cwd: BENCH,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<{ held: number; bytes: number }> => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the client that holds connections ended by itself');
    return { bytes: 0, ...JSON.parse(value) };
  };
  const { held } = await next();
  return {
    count: held,
    release: async () => {
      child.stdin.end();
      const last = await next();
      if (child.exitCode === null) await new Promise((resolve) => child.once('exit', resolve));
      return last;
    },
  };
}
