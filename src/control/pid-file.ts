import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { beganAt } from '../children/process-time.ts';

/** Start times are told in ticks of 10 ms, from a boot that is told in seconds. */
const CLOCK_MS = 2_000;

/** The file that names the master's process id. */
export class PidFile {
  readonly #path: string;

  private constructor(path: string) {
    // The working directory may be another one at the end.
    this.#path = resolve(path);
  }

  /** Throws when the file names another process that is alive, and was when it was written. A stale file is replaced. */
  static create(path: string): PidFile {
    const other = pidIn(path);
    if (other !== null && other !== process.pid && alive(other) && !isYounger(other, path)) {
      throw new Error(
        `the pid file ${path} names process ${other}, which is running: stop that server first, or choose another file`,
      );
    }
    return PidFile.takeOver(path);
  }

  /** Puts our number in the place of whatever is there. Nobody ever reads half of it, nor finds no file. */
  static takeOver(path: string): PidFile {
    const next = `${path}.${process.pid}`;
    writeFileSync(next, `${process.pid}\n`, { mode: 0o644 });
    renameSync(next, path);
    return new PidFile(path);
  }

  /** Removes the file if it is still ours. */
  remove(): void {
    if (pidIn(this.#path) === process.pid) rmSync(this.#path, { force: true });
  }
}

function pidIn(path: string): number | null {
  try {
    const pid = Number(readFileSync(path, 'utf8').trim());
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

/** Whether a process began after the file was written: then its id has been used again, and the one that was meant is gone. */
function isYounger(pid: number, path: string): boolean {
  try {
    return beganAt(pid) > statSync(path).mtimeMs + CLOCK_MS;
  } catch {
    return false;
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
