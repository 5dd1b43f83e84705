import type { FileRoot } from './file-root.ts';
import { readListing } from './listing.ts';
import type { Listing } from './listing.ts';
import { isMiss } from './miss.ts';
import type { Miss } from './miss.ts';

type Done = (listing: Listing | Miss) => void;

interface Known {
  readonly root: FileRoot;
  readonly name: string;
  readonly at: number;
  /** Milliseconds for which it counts from then on. */
  keptMs: number;
  /** Null as long as it is being read. */
  listing: Listing | null;
  readonly waiters: Done[];
}

/**
 * Listings that are read once for all who ask within a second: reading a large folder is work that anybody can cause. One that took long
 * to read is kept longer, so that not more than a fifth of the time goes into it.
 */
export class Listings {
  readonly #now: () => number;
  #known: readonly Known[] = [];

  /** @param now milliseconds on a clock that is never set back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Calls back once, perhaps at once. */
  read(root: FileRoot, name: string, done: Done): void {
    const now = this.#now();
    this.#known = this.#known.filter((one) => one.listing === null || now - one.at <= one.keptMs);
    const known = this.#known.find((one) => one.root === root && one.name === name);
    if (known !== undefined) {
      if (known.listing === null) known.waiters.push(done);
      else done(known.listing);
      return;
    }
    const fresh: Known = { root, name, at: now, keptMs: KEPT_MS, listing: null, waiters: [done] };
    // One that is being read stays, or it would be read again beside.
    const excess = Math.max(0, this.#known.length - KEPT_MAX + 1);
    this.#known = [...this.#known.filter((one, index) => one.listing === null || index >= excess), fresh];
    readListing(root, name, (listing) => {
      if (isMiss(listing)) this.#known = this.#known.filter((one) => one !== fresh);
      else {
        fresh.listing = listing;
        fresh.keptMs = Math.max(KEPT_MS, KEPT_TIMES * (this.#now() - now));
      }
      for (const waiter of fresh.waiters) waiter(listing);
    });
  }
}

const KEPT_MS = 1000;
/** From its beginning, as many times as the reading took. */
const KEPT_TIMES = 5;
const KEPT_MAX = 16;
