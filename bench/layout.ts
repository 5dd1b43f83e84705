// Which processors the servers get, and which the load.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

export type LayoutName = 'one-core' | 'all-cores';

/** Put before a command, it keeps the process and its children where they belong. Empty: anywhere. */
export interface Layout {
  readonly name: LayoutName;
  readonly server: readonly string[];
  readonly load: readonly string[];
  /** Workers where a work does not say how many. */
  readonly workers: number;
  /** Threads of the load. */
  readonly loadThreads: number;
}

/** Throws where no two processors can be kept apart. */
export function layout(name: LayoutName): Layout {
  const cores = allowedCores();
  if (name === 'all-cores') {
    return { name, server: [], load: [], workers: cores.length, loadThreads: cores.length > 2 ? 2 : 1 };
  }
  if (spawnSync('taskset', ['-V']).error !== undefined) {
    throw new Error('--layout one-core needs taskset (Linux: util-linux); --layout all-cores works without');
  }
  const [server, load] = cores;
  if (server === undefined || load === undefined) {
    throw new Error(
      '--layout one-core needs two processors: one for the server, one for the load; --layout all-cores works with one',
    );
  }
  const pin = (core: number) => ['taskset', '-c', String(core)];
  return { name, server: pin(server), load: pin(load), workers: 1, loadThreads: 1 };
}

/** The processors that this process may use. */
function allowedCores(): number[] {
  try {
    const status = readFileSync('/proc/self/status', 'latin1');
    const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? '';
    return list.split(',').flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
  } catch {
    return Array.from({ length: availableParallelism() }, (_, index) => index); // no Linux
  }
}
