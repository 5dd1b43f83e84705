// Memory of whole trees of processes.
import { readFileSync } from 'node:fs';

/** Bytes of memory of these processes together; what several of them share counts once (PSS). NaN where the system does not tell. */
export function pssBytes(pids: readonly number[]): number {
  let sum = 0;
  for (const pid of pids) {
    try {
      const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
      sum += Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
    } catch {
      if (process.platform !== 'linux') return Number.NaN;
    }
  }
  return sum;
}
