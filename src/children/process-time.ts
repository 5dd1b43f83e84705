import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const PS_MS_MAX = 2_000;

/**
 * When a process began, in the system's own words; null when there is no such process, or it only waits for its parent to
 * take note of its end. Together with the process id it names one process for good: ids are used again, such pairs are not.
 */
export function startTimeOf(pid: number): string | null {
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
}

const TICKS_PER_SECOND = 100;

/** When a process began, in milliseconds since 1970, to about a second; 0 when that can't be known. */
export function beganAt(pid: number): number {
  const text = startTimeOf(pid);
  if (text === null) return 0;
  if (process.platform !== 'linux') return Date.parse(text) || 0;
  const boot = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1];
  return boot === undefined ? 0 : Number(boot) * 1000 + (Number(text) / TICKS_PER_SECOND) * 1000;
}

/** /proc/PID/stat: after the command's name (which may hold spaces and brackets) come the state, and 19 fields on the start in clock ticks. */
function fromProc(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

function fromPs(pid: number): string | null {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      timeout: PS_MS_MAX,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    const [state = 'Z', ...start] = line.split(/\s+/);
    return state.startsWith('Z') ? null : start.join(' ');
  } catch {
    return null;
  }
}
