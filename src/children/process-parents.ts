import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A zygote's interpreter may have been started by a wrapper, and that by another. */
const GENERATIONS_MAX = 4;
const PS_MS_MAX = 2_000;

interface Facts {
  readonly parent: number;
  /** Real, effective, saved, as far as the system tells. */
  readonly uids: readonly number[];
}

/**
 * Whether a process comes from another (as a child, or a child's child) and runs as this user altogether. What a process says of itself proves neither.
 */
export function descendsFrom(pid: number, ancestor: number, uid: number): boolean {
  let facts = factsOf(pid);
  if (facts === null || !facts.uids.every((one) => one === uid)) return false;
  for (let generation = 0; generation < GENERATIONS_MAX && facts !== null; generation += 1) {
    if (facts.parent === ancestor) return true;
    facts = facts.parent <= 1 ? null : factsOf(facts.parent);
  }
  return false;
}

function factsOf(pid: number): Facts | null {
  try {
    return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
  } catch {
    return null;
  }
}

/** Threads have a folder in /proc, too; theirs is not told from their process's but by `Tgid`. */
function fromProc(pid: number): Facts | null {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const numbers = (name: string): number[] =>
    (new RegExp(`^${name}:((?:\\s+\\d+)+)$`, 'm').exec(status)?.[1] ?? '').trim().split(/\s+/).map(Number);
  const [parent] = numbers('PPid');
  if (parent === undefined || numbers('Tgid')[0] !== pid) return null;
  return { parent, uids: numbers('Uid') };
}

function fromPs(pid: number): Facts | null {
  const line = execFileSync('ps', ['-o', 'ppid=,uid=,ruid=', '-p', String(pid)], {
    encoding: 'utf8',
    timeout: PS_MS_MAX,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [parent, ...uids] = line.trim().split(/\s+/).map(Number);
  return parent === undefined || uids.length !== 2 ? null : { parent, uids };
}
