/** What is made of a server's answers; times in milliseconds. */
export interface HealthRules {
  /** Failures within the window that ban it; 0: never. */
  readonly failMax: number;
  readonly failWindowMs: number;
  /** How long it is not asked then; twice as long each time it fails again at once, up to four times. */
  readonly banMs: number;
  /** How long its share grows after it came back; 0: it has all of it at once. */
  readonly slowStartMs: number;
  /** Whether it is asked how it is, and what that says in a row until it is believed. */
  readonly rise: number;
  readonly fall: number;
}

const BAN_FACTOR_MAX = 4;
/** The least share of one that has just come back. */
const SHARE_MIN = 0.05;

/**
 * What is known of one server: from the requests that it failed (passive), from questions (active), from the operator. Those that run on it are
 * not touched by any of it.
 */
export class PeerHealth {
  /** The operator wants it to get no new request. */
  draining = false;
  readonly #rules: HealthRules;
  readonly #failures: number[] = [];
  #bannedUntil = 0;
  #banFactor = 1;
  /** One request is on its way to find out whether it is back. */
  #probing = false;
  #up = true;
  #streak = 0;
  #backAt = -Infinity;

  constructor(rules: HealthRules) {
    this.#rules = rules;
  }

  /** Whether it may get a request. */
  available(now: number): boolean {
    return !this.draining && this.usable(now);
  }

  /** Whether it may get a request of somebody who is bound to it, whatever the operator wants for others. */
  usable(now: number): boolean {
    if (!this.#up) return false;
    if (this.#bannedUntil === 0) return true;
    return now >= this.#bannedUntil && !this.#probing;
  }

  /** When its ban ends; 0: there is none. Infinity: it is not to be asked at all, even when there is nobody else. */
  get lastResort(): number {
    return this.draining || !this.#up ? Infinity : this.#bannedUntil;
  }

  /** What it is for people. */
  state(now: number): 'up' | 'banned' | 'down' | 'draining' {
    if (this.draining) return 'draining';
    if (!this.#up) return 'down';
    return this.#bannedUntil !== 0 && now < this.#bannedUntil ? 'banned' : 'up';
  }

  /** The part of its weight that it has now, above 0 and up to 1. */
  share(now: number): number {
    const { slowStartMs } = this.#rules;
    const since = now - this.#backAt;
    if (slowStartMs === 0 || since >= slowStartMs) return 1;
    return Math.max(SHARE_MIN, since / slowStartMs);
  }

  /** It was chosen. After a ban one request at a time finds out how it is. */
  chosen(): void {
    if (this.#bannedUntil !== 0) this.#probing = true;
  }

  /** It answered. Returns whether that ended a ban; answers to what it was asked before the ban don't. */
  succeeded(now: number): boolean {
    if (!this.#probing) return false;
    this.#probing = false;
    return this.#back(now);
  }

  /** It was asked, and nobody waits for the answer any more. */
  abandoned(): void {
    this.#probing = false;
  }

  /** It did not. Returns whether it was banned for that just now. */
  failed(now: number): boolean {
    const { failMax, failWindowMs, banMs } = this.#rules;
    if (failMax === 0) return false;
    if (this.#bannedUntil !== 0) {
      // What it was asked before the ban says nothing new.
      if (!this.#probing) return false;
      this.#probing = false;
      this.#banFactor = Math.min(BAN_FACTOR_MAX, this.#banFactor * 2);
      this.#bannedUntil = now + banMs * this.#banFactor;
      return false;
    }
    while (this.#failures.length > 0 && now - (this.#failures[0] ?? 0) > failWindowMs) this.#failures.shift();
    this.#failures.push(now);
    if (this.#failures.length < failMax) return false;
    this.#failures.length = 0;
    this.#bannedUntil = now + banMs;
    return true;
  }

  /** A question was answered well, or not. Returns whether that changed what is believed. */
  asked(well: boolean, now: number): boolean {
    if (well === this.#up) {
      this.#streak = 0;
      // What the operator's own question says counts more than a few failures.
      return well && this.#back(now);
    }
    this.#streak += 1;
    if (this.#streak < (well ? this.#rules.rise : this.#rules.fall)) return false;
    this.#streak = 0;
    this.#up = well;
    if (well) {
      this.#back(now);
      this.#backAt = now;
    }
    return true;
  }

  /** Whatever ban there was is over. Returns whether there was one. */
  #back(now: number): boolean {
    if (this.#bannedUntil === 0) return false;
    this.#bannedUntil = 0;
    this.#banFactor = 1;
    this.#probing = false;
    this.#failures.length = 0;
    this.#backAt = now;
    return true;
  }
}
