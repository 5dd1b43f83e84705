import type { Log } from '../telemetry/log.ts';

/** Clients choose the names, so there is an end to how many are remembered. */
const NAMES_MAX = 100;

/** Says once per header name that it was dropped; a client that repeats it does not fill the log. */
export class FieldNames {
  readonly #seen = new Set<string>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  dropped(names: readonly string[]): void {
    for (const name of names) {
      const key = name.toLowerCase();
      if (this.#seen.has(key) || this.#seen.size >= NAMES_MAX) continue;
      this.#seen.add(key);
      this.#log.warning(
        `Dropped the request header "${name}": with "_" it could pass for "${name.replaceAll('_', '-')}" in WSGI. ` +
          'Send it with "-" instead. (Said once per name.)',
      );
    }
  }
}
