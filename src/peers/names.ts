import { lookup, resolve4, resolve6 } from 'node:dns';
import { isIP } from 'node:net';

/** Asks for the addresses of a name; `ttlMs` says how long they hold. */
export type AskName = (host: string, done: (found: FoundAddresses | Error) => void) => void;

export interface FoundAddresses {
  readonly addresses: readonly string[];
  readonly ttlMs: number;
}

/** Used where nobody says how long an address holds (a file of hosts, a name of the local network). */
const TTL_UNKNOWN_MS = 10_000;
const TTL_MIN_MS = 1000;
const TTL_MAX_MS = 300_000;
/** A name that could not be found is not asked for again before. */
const RETRY_MS = 1000;

interface Name {
  addresses: readonly string[];
  /** On the clock of `performance.now()`. */
  until: number;
  error: Error | null;
  waiting: ((result: readonly string[] | Error) => void)[] | null;
}

/** Addresses of the names of peers: asked for when they are needed, and again when their time is over or they lead nowhere. */
export class Names {
  readonly #ask: AskName;
  readonly #now: () => number;
  readonly #names = new Map<string, Name>();

  constructor(ask: AskName = askSystem, now: () => number = () => performance.now()) {
    this.#ask = ask;
    this.#now = now;
  }

  /** At once where it is known, else later; addresses that can't be renewed go on being used. */
  resolve(host: string, done: (result: readonly string[] | Error) => void): void {
    if (isIP(host) !== 0) return done([host]);
    let name = this.#names.get(host);
    if (name === undefined) {
      name = { addresses: [], until: 0, error: null, waiting: null };
      this.#names.set(host, name);
    }
    if (name.waiting !== null && name.addresses.length === 0) name.waiting.push(done);
    else if (this.#now() < name.until) done(name.addresses.length > 0 ? name.addresses : errorOf(name, host));
    else this.#renew(host, name, done);
  }

  /** None of the addresses could be reached: the name is asked for anew the next time. */
  doubt(host: string): void {
    const name = this.#names.get(host);
    if (name !== undefined && name.error === null) name.until = Math.min(name.until, this.#now() + RETRY_MS);
  }

  #renew(host: string, name: Name, done: (result: readonly string[] | Error) => void): void {
    // Whoever has old addresses does not wait for new ones.
    const known = name.addresses;
    if (name.waiting === null) {
      name.waiting = [];
      this.#ask(host, (found) => this.#found(name, found));
    }
    if (known.length > 0) done(known);
    else if (name.waiting === null) done(name.addresses.length > 0 ? name.addresses : errorOf(name, host));
    else name.waiting.push(done);
  }

  #found(name: Name, found: FoundAddresses | Error): void {
    const waiting = name.waiting ?? [];
    name.waiting = null;
    if (found instanceof Error) {
      name.error = found;
      name.until = this.#now() + RETRY_MS;
    } else {
      name.error = null;
      name.addresses = found.addresses;
      name.until = this.#now() + Math.min(TTL_MAX_MS, Math.max(TTL_MIN_MS, found.ttlMs));
    }
    const result =
      found instanceof Error ? (name.addresses.length > 0 ? name.addresses : found) : found.addresses;
    for (const done of waiting) done(result);
  }
}

function errorOf(name: Name, host: string): Error {
  return name.error ?? new Error(`${host} has no address`);
}

/** What this machine says counts (files of hosts, search domains and all); how long it holds is what DNS says of the same addresses. */
export const askSystem: AskName = (host, done) => {
  lookup(host, { all: true, order: 'ipv4first' }, (error, found) => {
    if (error !== null || found.length === 0) return done(error ?? new Error(`${host} has no address`));
    const addresses = found.map(({ address }) => address);
    const resolveTtl = found[0]?.family === 6 ? resolve6 : resolve4;
    resolveTtl(host, { ttl: true }, (fault, records) => {
      const same = fault === null ? records.filter(({ address }) => addresses.includes(address)) : [];
      const ttlMs = same.length === 0 ? TTL_UNKNOWN_MS : Math.min(...same.map(({ ttl }) => ttl * 1000));
      done({ addresses, ttlMs });
    });
  });
};
