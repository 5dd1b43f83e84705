import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Reads a file of the system as text; null when there is none. */
export type ReadSystemFile = (path: string) => string | null;

/**
 * How many processors this process may use, 1 or more: those it is bound to (affinity), and no more than the quota of its control group pays for, which is
 * how a container is limited. A part of a processor counts as one.
 *
 * @param affinity what the process is bound to.
 */
export function usableCpus(
  affinity: number = availableParallelism(),
  read: ReadSystemFile = readSystemFile,
): number {
  const quota = Math.min(quotaV2(read), quotaV1(read));
  return Math.max(1, Math.min(affinity, Math.ceil(quota)));
}

/** cgroup v2: `cpu.max` is `QUOTA PERIOD` or `max PERIOD`; that of each group above counts too. Infinity: no limit. */
function quotaV2(read: ReadSystemFile): number {
  const path = /^0::(\/.*)$/m.exec(read('/proc/self/cgroup') ?? '')?.[1];
  if (path === undefined) return Infinity;
  let least = Infinity;
  for (const folder of upwards(path)) {
    const [quota, period] = (read(`/sys/fs/cgroup${folder}/cpu.max`) ?? '').trim().split(' ').map(Number);
    least = Math.min(least, processors(quota, period));
  }
  return least;
}

/** cgroup v1: two files of the `cpu` controller; a quota of -1 is none. */
function quotaV1(read: ReadSystemFile): number {
  const group = /^\d+:(?:[^:]*,)?cpu(?:,[^:]*)?:(\/.*)$/m.exec(read('/proc/self/cgroup') ?? '')?.[1];
  if (group === undefined) return Infinity;
  let least = Infinity;
  // In a container its own group may be mounted as if it were the root.
  for (const mount of ['/sys/fs/cgroup/cpu', '/sys/fs/cgroup/cpu,cpuacct'])
    for (const folder of upwards(group)) {
      const quota = read(`${mount}${folder}/cpu.cfs_quota_us`);
      const period = read(`${mount}${folder}/cpu.cfs_period_us`);
      if (quota !== null && period !== null)
        least = Math.min(least, processors(Number(quota), Number(period)));
    }
  return least;
}

function processors(quota = Number.NaN, period = Number.NaN): number {
  return quota > 0 && period > 0 ? quota / period : Infinity;
}

/** `/a/b`, `/a`, and the empty path of the root. */
function upwards(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '' && name !== '..');
  return Array.from({ length: names.length + 1 }, (_, index) =>
    names
      .slice(0, names.length - index)
      .map((name) => `/${name}`)
      .join(''),
  );
}

function readSystemFile(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}
