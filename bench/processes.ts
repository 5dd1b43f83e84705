// What whole trees of processes use.
import { readFileSync } from 'node:fs';

/** Clock ticks of a second in /proc; the same on every Linux that matters. */
const TICKS_PER_SECOND = 100;

/** Bytes of memory of these processes together; what several of them share counts once (PSS). NaN where the system does not tell. */
export function pssBytes(pids: readonly number[]): number {
  return sum(pids, 'smaps_rollup', (text) => Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024);
}

/** Seconds of processor time these processes have had since they began, in hundredths. NaN where the system does not tell. */
export function cpuSeconds(pids: readonly number[]): number {
  return sum(pids, 'stat', (text) => {
    // Behind the name, which may hold anything: state, ten numbers, user time, system time.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  });
}

function sum(pids: readonly number[], file: string, value: (text: string) => number): number {
  if (process.platform !== 'linux') return Number.NaN;
  let total = 0;
  for (const pid of pids) {
    try {
      total += value(readFileSync(`/proc/${pid}/${file}`, 'latin1'));
    } catch {
      // it has ended meanwhile
    }
  }
  return total;
}
