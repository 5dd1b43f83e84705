import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const KIB = 1024;

/**
 * Resident memory of a process, bytes; with `shared` the proportional set, in which a page that n processes share counts as a part of n. Null when it
 * can't be told: the process is gone, or the system has no way.
 */
export function processMemory(pid: number, shared = false): number | null {
  if (process.platform === 'linux')
    return shared
      ? kibibytes(`/proc/${pid}/smaps_rollup`, /^Pss:\s+(\d+) kB/m)
      : kibibytes(`/proc/${pid}/status`, /^VmRSS:\s+(\d+) kB/m);
  const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  const rss = Number.parseInt(stdout, 10);
  return Number.isNaN(rss) ? null : rss * KIB;
}

function kibibytes(path: string, pattern: RegExp): number | null {
  try {
    const found = pattern.exec(readFileSync(path, 'latin1'));
    return found === null ? null : Number(found[1]) * KIB;
  } catch {
    return null;
  }
}
