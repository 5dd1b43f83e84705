import { closeSync, writeSync } from 'node:fs';
import { type LogOwner, openLog } from './open-log.ts';

export interface ErrorOutputOptions {
  /** Whom the other processes run as that shall open the files, too; null: as this one. */
  readonly owner: LogOwner | null;
  /** Log files that only others write; they may not be able to make them. */
  readonly alongside: readonly string[];
}

/** Where this process's error log goes: standard error, or a file that can be opened anew after rotation. */
export class ErrorOutput {
  #options: ErrorOutputOptions;
  #path: string;
  #fd: number;

  /** @param destination `-` for standard error, else a path. Throws when it can't be opened. */
  constructor(destination: string, options: ErrorOutputOptions = { owner: null, alongside: [] }) {
    this.#path = destination === '-' ? '' : destination;
    this.#options = options;
    this.#fd = this.#path === '' ? STDERR_FD : openLog(this.#path, options.owner);
    this.#openAlongside();
  }

  /** The descriptor, for children to inherit as their standard error. */
  get fd(): number {
    return this.#fd;
  }

  /** Where the application's prints go: standard output, or the file, so that nothing of the app is lost to a closed terminal. */
  get stdoutFd(): number {
    return this.#path === '' ? STDOUT_FD : this.#fd;
  }

  readonly write = (line: string): void => {
    try {
      writeSync(this.#fd, line);
    } catch {
      // A full pipe or disk must not stop the server, and there is nowhere left to say so.
    }
  };

  /** From now on these are the files that only others write. Throws when one can't be opened. */
  accompany(alongside: readonly string[]): void {
    this.#options = { ...this.#options, alongside };
    this.#openAlongside();
  }

  /** From now on to another place. Throws when it can't be opened; then all stays as it was. */
  redirect(destination: string): void {
    const next = new ErrorOutput(destination, { ...this.#options, alongside: [] });
    const [old, wasFile] = [this.#fd, this.#path !== ''];
    this.#path = next.#path;
    this.#fd = next.#fd;
    if (wasFile) closeSync(old);
  }

  /** Throws when a file can't be opened; the one before is written on then. */
  reopen(): void {
    if (this.#path !== '') {
      const old = this.#fd;
      this.#fd = openLog(this.#path, this.#options.owner);
      closeSync(old);
    }
    this.#openAlongside();
  }

  #openAlongside(): void {
    const { owner, alongside } = this.#options;
    if (owner === null) return;
    for (const path of alongside) if (path !== '' && path !== '-') closeSync(openLog(path, owner));
  }
}

const STDOUT_FD = 1;
const STDERR_FD = 2;
