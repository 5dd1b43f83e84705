import { closeSync, openSync, writeSync } from 'node:fs';

/** Where this process's error log goes: standard error, or a file that can be opened anew after rotation. */
export class ErrorOutput {
  #path: string;
  #fd: number;

  /** @param destination `-` for standard error, else a path. Throws when it can't be opened. */
  constructor(destination: string) {
    this.#path = destination === '-' ? '' : destination;
    this.#fd = this.#path === '' ? STDERR_FD : openSync(this.#path, 'a', 0o640);
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

  /** From now on to another place. Throws when it can't be opened; then all stays as it was. */
  redirect(destination: string): void {
    const next = new ErrorOutput(destination);
    const [old, wasFile] = [this.#fd, this.#path !== ''];
    this.#path = next.#path;
    this.#fd = next.#fd;
    if (wasFile) closeSync(old);
  }

  reopen(): void {
    if (this.#path === '') return;
    const old = this.#fd;
    this.#fd = openSync(this.#path, 'a', 0o640);
    closeSync(old);
  }
}

const STDOUT_FD = 1;
const STDERR_FD = 2;
