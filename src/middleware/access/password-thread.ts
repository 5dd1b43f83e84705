import { Worker } from 'node:worker_threads';

export interface PasswordQuestion {
  readonly id: number;
  readonly password: string;
  readonly hash: string;
}

export interface PasswordReply {
  readonly id: number;
  readonly same: boolean;
}

/** Compares passwords with hashes; null: it could not be found out. */
export type ComparePassword = (password: string, hash: string, done: (same: boolean | null) => void) => void;

/** Compares in a thread of its own, one after the other. The thread begins with the first question. */
export class PasswordThread {
  #worker: Worker | null = null;
  #count = 0;
  readonly #waiting = new Map<number, (same: boolean | null) => void>();

  readonly compare: ComparePassword = (password, hash, done) => {
    const id = (this.#count += 1);
    this.#waiting.set(id, done);
    this.#started().postMessage({ id, password, hash } satisfies PasswordQuestion);
  };

  /** Nothing is asked any more. */
  close(): void {
    void this.#worker?.terminate();
  }

  #started(): Worker {
    if (this.#worker !== null) return this.#worker;
    // As it is called once it is compiled: Node's threads read no TypeScript.
    const worker = new Worker(new URL('./password-worker.js', import.meta.url));
    worker.unref();
    worker.on('message', ({ id, same }: PasswordReply) => this.#answered(id, same));
    worker.on('error', () => this.#lost(worker));
    worker.on('exit', () => this.#lost(worker));
    this.#worker = worker;
    return worker;
  }

  #answered(id: number, same: boolean | null): void {
    const done = this.#waiting.get(id);
    this.#waiting.delete(id);
    done?.(same);
  }

  /** The next question begins another. */
  #lost(worker: Worker): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    for (const id of [...this.#waiting.keys()]) this.#answered(id, null);
  }
}
