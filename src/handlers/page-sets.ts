import type { Log } from '../telemetry/log.ts';
import { ErrorPages } from './error-pages.ts';

/** The pages of sites and locations; most share theirs, and each file is read and complained of once. */
export class PageSets {
  readonly #log: Log;
  readonly #known = new Map<string, ErrorPages>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** `files`: as for ErrorPages. */
  of(files: Readonly<Record<string, string>>): ErrorPages {
    const key = JSON.stringify(Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const pages = new ErrorPages(files, this.#log);
    this.#known.set(key, pages);
    return pages;
  }
}
