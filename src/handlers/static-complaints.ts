import type { Miss } from '../files/miss.ts';
import { type Log, oneLine } from '../telemetry/log.ts';

/** A client can ask for the same refused file as often as it likes; the log hears of it this often. */
const PERIOD_MS = 1_000;

/** Tells the operator about files that are there and cannot be served. */
export class Complaints {
  readonly #log: Log;
  #next = 0;
  #unsaid = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  refused(miss: Miss): void {
    this.#say(`${miss.path} is not served: ${miss.detail}`);
  }

  broken(path: string, reason: string): void {
    this.#say(`${path} was not sent whole: ${reason}`);
  }

  #say(message: string): void {
    const now = performance.now();
    if (now < this.#next) {
      this.#unsaid += 1;
      return;
    }
    this.#next = now + PERIOD_MS;
    const line = oneLine(message);
    this.#log.warning(this.#unsaid === 0 ? line : `${line} (and ${this.#unsaid} more like this)`);
    this.#unsaid = 0;
  }
}
