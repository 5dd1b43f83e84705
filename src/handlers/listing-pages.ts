import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Listing } from '../files/listing.ts';
import type { Coding } from '../http/accept-encoding.ts';

/** What a page can be sent as besides itself, in the order of our liking. */
export const PAGE_CODINGS: readonly Coding[] = ['br', 'gzip'];

/**
 * The pages that were made of listings: all who ask within a second share listing, page and compressed forms, or making them would be
 * work that anybody can cause. They are let go of by age and by their size.
 */
export class ListingPages {
  readonly #now: () => number;
  #byListing = new WeakMap<Listing, Map<string, ListingPage>>();
  /** The oldest first. */
  #kept: { readonly listing: Listing; readonly key: string; readonly bytes: number; readonly at: number }[] =
    [];
  #bytes = 0;

  /** @param now milliseconds on a clock that is never set back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** `key` tells the pages of one listing apart. */
  of(listing: Listing, key: string, render: () => Buffer): ListingPage {
    const known = this.#byListing.get(listing)?.get(key);
    if (known !== undefined) return known;
    const page = new ListingPage(render());
    const { length: bytes } = page.bytes;
    this.#forget(bytes);
    let pages = this.#byListing.get(listing);
    if (pages === undefined) this.#byListing.set(listing, (pages = new Map<string, ListingPage>()));
    pages.set(key, page);
    this.#kept.push({ listing, key, bytes, at: this.#now() });
    this.#bytes += bytes;
    return page;
  }

  #forget(coming: number): void {
    const now = this.#now();
    let over = this.#bytes + coming - PAGES_BYTES_MAX;
    const gone = this.#kept.findIndex(({ bytes, at }) => {
      if (over <= 0 && now - at <= KEPT_MS) return true;
      over -= bytes;
      return false;
    });
    for (const { listing, key, bytes } of this.#kept.splice(0, gone === -1 ? this.#kept.length : gone)) {
      this.#byListing.get(listing)?.delete(key);
      this.#bytes -= bytes;
    }
  }
}

/** A page and its compressed forms, each made once. */
export class ListingPage {
  readonly bytes: Buffer;
  readonly #forms = new Map<Coding, Buffer | null | ((form: Buffer | null) => void)[]>();

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Calls back once, perhaps at once; with null when there is no such form, or it is not smaller. */
  compressed(coding: Coding, done: (form: Buffer | null) => void): void {
    if (this.bytes.length < COMPRESSED_BYTES_MIN) return done(null);
    const form = this.#forms.get(coding);
    if (Array.isArray(form)) form.push(done);
    else if (form !== undefined) done(form);
    else {
      const waiters = [done];
      this.#forms.set(coding, waiters);
      compress(this.bytes, coding, (made) => {
        const smaller = made !== null && made.length < this.bytes.length ? made : null;
        this.#forms.set(coding, smaller);
        for (const waiter of waiters) waiter(smaller);
      });
    }
  }
}

function compress(bytes: Buffer, coding: Coding, done: (made: Buffer | null) => void): void {
  const finish = (error: Error | null, made: Buffer): void => done(error === null ? made : null);
  if (coding === 'gzip') gzip(bytes, finish);
  else if (coding === 'br') {
    const params = {
      [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    };
    brotliCompress(bytes, { params }, finish);
  } else done(null);
}

const PAGES_BYTES_MAX = 33_554_432;
const KEPT_MS = 10_000;
const COMPRESSED_BYTES_MIN = 1_024;
const BROTLI_QUALITY = 4;
