import { createHmac, randomBytes } from 'node:crypto';
import type { ComparePassword } from './password-thread.ts';

/** Comparisons that wait; more are turned away. */
const WAITING_MAX = 64;
/** Of them by one client: nobody who guesses keeps others from signing in. */
const WAITING_PER_CLIENT_MAX = 4;
/** Pairs of name and password that were right, and how long each is believed without looking again. */
const KNOWN_MAX = 1024;
const KNOWN_MS = 600_000;

/** `busy`: there is no time to look; `greedy`: this client has asked for enough. */
export type Verdict = 'right' | 'wrong' | 'busy' | 'greedy';

/**
 * Looks whether passwords are right. What was right is remembered by a keyed hash, never by itself, and so is what is being
 * looked at: the ten requests of one page cost one comparison. A name that does not exist takes as long as one that does.
 */
export class PasswordCheck {
  readonly #users: ReadonlyMap<string, string>;
  readonly #compare: ComparePassword;
  readonly #clock: () => number;
  readonly #secret = randomBytes(32);
  readonly #knownUntil = new Map<string, number>();
  readonly #waiting = new Map<string, ((verdict: Verdict) => void)[]>();
  readonly #perClient = new Map<string, number>();

  constructor(
    users: readonly (readonly [name: string, hash: string])[],
    compare: ComparePassword,
    clock: () => number = () => performance.now(),
  ) {
    this.#users = new Map(users);
    this.#compare = compare;
    this.#clock = clock;
  }

  /** Calls `done` once: at once when it is known, else later. `client`: who asks. */
  look(name: string, password: string, client: string, done: (verdict: Verdict) => void): void {
    const mark = createHmac('sha256', this.#secret).update(`${name}\0${password}`).digest('base64');
    if (this.#isKnown(mark)) return done('right');
    const others = this.#waiting.get(mark);
    if (others !== undefined) {
      if (others.length < WAITING_MAX) others.push(done);
      else done('busy');
      return;
    }
    const mine = this.#perClient.get(client) ?? 0;
    if (mine >= WAITING_PER_CLIENT_MAX) return done('greedy');
    if (this.#waiting.size >= WAITING_MAX) return done('busy');
    this.#perClient.set(client, mine + 1);
    this.#waiting.set(mark, [done]);
    const hash = this.#users.get(name);
    this.#compare(password, hash ?? this.#anyHash, (same) => {
      const left = (this.#perClient.get(client) ?? 1) - 1;
      if (left === 0) this.#perClient.delete(client);
      else this.#perClient.set(client, left);
      const verdict = same === null ? 'busy' : same && hash !== undefined ? 'right' : 'wrong';
      if (verdict === 'right') this.#remember(mark);
      const waiting = this.#waiting.get(mark) ?? [];
      this.#waiting.delete(mark);
      for (const one of waiting) one(verdict);
    });
  }

  get #anyHash(): string {
    return this.#users.values().next().value ?? '';
  }

  #isKnown(mark: string): boolean {
    const until = this.#knownUntil.get(mark);
    if (until === undefined) return false;
    if (until > this.#clock()) return true;
    this.#knownUntil.delete(mark);
    return false;
  }

  #remember(mark: string): void {
    const [oldest] = this.#knownUntil.keys();
    if (this.#knownUntil.size >= KNOWN_MAX && oldest !== undefined) this.#knownUntil.delete(oldest);
    this.#knownUntil.set(mark, this.#clock() + KNOWN_MS);
  }
}
