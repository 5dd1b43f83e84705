import type { Log } from '../telemetry/log.ts';
import { AcmeError } from './acme-error.ts';
import type { CertificateStatus } from '../wire/certificate-status.ts';
import type { Clock } from './clock.ts';
import { covers, type HeldCertificate } from './held-certificate.ts';
import type { OrderLock } from './order-lock.ts';
import { renewalTime, restAfterSuccess, waitAfterFailure } from './pace.ts';
import type { RenewalWindow } from './renewal-info.ts';
import { NO_FAILURES, type OrderMemory, type StateFolder } from './state-folder.ts';

export interface KeeperOptions {
  /** In lower case; the first one names the files. */
  readonly names: readonly string[];
  readonly folder: StateFolder;
  readonly lock: OrderLock;
  readonly clock: Clock;
  readonly log: Log;
  /** Rejects with AcmeError. `current`: the one whose place it takes. */
  readonly obtain: (
    names: readonly string[],
    current: HeldCertificate | null,
    signal: AbortSignal,
  ) => Promise<HeldCertificate>;
  /** Null: the authority has no wishes. */
  readonly askRenewal: (held: HeldCertificate, signal: AbortSignal) => Promise<RenewalWindow | null>;
  /** Another one is to be shown from now on. */
  readonly onCertificate: () => void;
}

/** Clocks are set, machines sleep: nothing is waited for longer than this without looking again. */
const LOOK_MS_MAX = 3_600_000;
/** How often it is looked whether another process has finished its order. */
const OTHER_ORDERS_MS = 5_000;
/** After a start it is tried again so long after a failure: who restarts a server may have mended something. */
const AFTER_START_MS = 60_000;
/** An authority's wishes that it could not be asked for are asked for again. */
const ASK_AGAIN_MS = 3_600_000;
/** Whatever an authority wishes, a certificate is renewed before this much of its life is over. */
const LIFE_SPENT_MAX = 0.9;

/**
 * Keeps one certificate good: loads it, renews it in time, and tries again when that fails. Whatever happens, the last good one is shown until there
 * is a better one.
 */
export class CertificateKeeper {
  readonly names: readonly string[];
  readonly #options: KeeperOptions;
  readonly #stop = new AbortController();
  readonly #name: string;
  #held: HeldCertificate | null;
  #memory: OrderMemory;
  #renewAt = 0;
  #window: RenewalWindow | null = null;
  /** When the authority's wishes are asked for next. */
  #askAt = 0;
  #restUntil = 0;
  #ordering = false;
  #waitsForOther = false;
  #cancel: () => void = () => undefined;

  constructor(options: KeeperOptions) {
    this.names = options.names;
    this.#options = options;
    this.#name = options.names[0] ?? '';
    this.#held = options.folder.certificate(this.#name);
    const memory = options.folder.memory(this.#name);
    const soon = Math.max(memory.at + AFTER_START_MS, memory.patience);
    this.#memory = { ...memory, notBefore: Math.min(memory.notBefore, soon) };
    this.#chooseTime();
  }

  /** What is to be shown; null: nothing yet. */
  get held(): HeldCertificate | null {
    return this.#held;
  }

  get status(): CertificateStatus {
    const { error, notBefore } = this.#memory;
    const due = this.#isDue();
    return {
      names: this.names,
      certificate:
        this.#held === null
          ? null
          : {
              names: this.#held.names,
              issuer: this.#held.issuer,
              serial: this.#held.serial,
              notBefore: this.#held.notBefore,
              notAfter: this.#held.notAfter,
            },
      renewAt: this.#held === null ? null : this.#renewAt,
      ordering: this.#ordering,
      error: error === '' ? null : error,
      tryAt: due && !this.#ordering ? Math.max(notBefore, this.#restUntil) : null,
    };
  }

  start(): void {
    this.#next();
  }

  /** Nothing more is ordered, and what is being ordered is given up. */
  stop(): void {
    this.#cancel();
    this.#stop.abort();
  }

  get #stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  #isDue(): boolean {
    if (this.#held === null || !covers(this.#held, this.names)) return true;
    return this.#options.clock.now() >= this.#renewAt;
  }

  #next(): void {
    if (this.#stopped) return;
    const { clock } = this.#options;
    const now = clock.now();
    let at = Math.min(this.#renewAt, this.#askAt);
    if (this.#waitsForOther) at = now + OTHER_ORDERS_MS * (1 + clock.random());
    else if (this.#isDue()) at = Math.max(this.#memory.notBefore, this.#restUntil);
    this.#cancel = clock.after(Math.max(0, Math.min(LOOK_MS_MAX, at - now)), () => {
      void this.#look().then(() => this.#next());
    });
  }

  async #look(): Promise<void> {
    const now = this.#options.clock.now();
    if (this.#isDue()) {
      if (now >= Math.max(this.#memory.notBefore, this.#restUntil)) await this.#order();
    } else if (now >= this.#askAt) await this.#ask();
  }

  async #order(): Promise<void> {
    const { folder, lock } = this.#options;
    this.#ordering = true;
    try {
      folder.prepare();
      if (!lock.take()) {
        if (!this.#waitsForOther)
          this.#options.log.info(
            `Another server orders the certificate for ${this.#names()}; waiting for it`,
          );
        this.#waitsForOther = true;
        return;
      }
      try {
        if (!this.#doneByOther()) await this.#orderNow();
      } finally {
        this.#waitsForOther = false;
        lock.release();
      }
    } catch (error) {
      if (!this.#stopped) this.#failed(error);
    } finally {
      this.#ordering = false;
    }
  }

  async #orderNow(): Promise<void> {
    const { folder, log, obtain } = this.#options;
    log.info(`${this.#held === null ? 'Ordering a' : 'Renewing the'} certificate for ${this.#names()}`);
    const held = await obtain(this.names, this.#held, this.#stop.signal);
    folder.keepCertificate(this.#name, held);
    folder.keepMemory(this.#name, NO_FAILURES);
    this.#adopt(held);
    log.info(
      `The certificate for ${this.#names()} is there: from ${held.issuer}, good until ${day(held.notAfter)}, to be renewed on ${day(this.#renewAt)}`,
    );
  }

  /** Whether another process has ordered, or failed to, since we looked. */
  #doneByOther(): boolean {
    const { folder, clock, log } = this.#options;
    const stored = folder.certificate(this.#name);
    const isNew = stored !== null && stored.serial !== this.#held?.serial;
    if (isNew && covers(stored, this.names) && clock.now() < renewalTime(stored, 0.5)) {
      this.#adopt(stored);
      log.info(
        `The certificate for ${this.#names()} was ordered by another server, good until ${day(stored.notAfter)}`,
      );
      return true;
    }
    const memory = folder.memory(this.#name);
    if (memory.at <= this.#memory.at || memory.notBefore <= clock.now()) return false;
    this.#memory = memory;
    return true;
  }

  #adopt(held: HeldCertificate): void {
    const { clock, onCertificate } = this.#options;
    this.#held = held;
    this.#memory = NO_FAILURES;
    this.#restUntil = clock.now() + restAfterSuccess(held);
    this.#window = null;
    this.#chooseTime();
    onCertificate();
  }

  async #ask(): Promise<void> {
    const { askRenewal, clock, log } = this.#options;
    const held = this.#held;
    if (held === null) return;
    this.#askAt = clock.now() + ASK_AGAIN_MS;
    try {
      const window = await askRenewal(held, this.#stop.signal);
      if (window === null) {
        this.#askAt = Infinity;
        return;
      }
      this.#askAt = clock.now() + window.askAgainMs;
      if (window.start === this.#window?.start && window.end === this.#window.end) return;
      this.#window = window;
      this.#chooseTime();
      const why = window.explanation === '' ? '' : `; why: ${window.explanation}`;
      log.debug(`The authority of ${this.#names()} would like it renewed on ${day(this.#renewAt)}${why}`);
    } catch (error) {
      if (!this.#stopped)
        log.debug(`The authority of ${this.#names()} does not say when to renew: ${textOf(error)}`);
    }
  }

  /** Some moment of the authority's window, or of our own. */
  #chooseTime(): void {
    const held = this.#held;
    if (held === null) return;
    const random = this.#options.clock.random();
    const wished = this.#window;
    const latest = held.notBefore + (held.notAfter - held.notBefore) * LIFE_SPENT_MAX;
    this.#renewAt =
      wished === null
        ? renewalTime(held, random)
        : Math.min(latest, wished.start + (wished.end - wished.start) * random);
  }

  #failed(error: unknown): void {
    const { clock, folder, log } = this.#options;
    const now = clock.now();
    const retryAfterMs = error instanceof AcmeError ? error.retryAfterMs : 0;
    const failures = this.#memory.failures + 1;
    const waitMs = waitAfterFailure(failures, retryAfterMs, clock.random());
    this.#memory = {
      failures,
      at: now,
      notBefore: Math.round(now + waitMs),
      patience: retryAfterMs === 0 ? 0 : Math.round(now + waitMs),
      error: textOf(error),
    };
    folder.keepMemory(this.#name, this.#memory);
    const again = `tried again in ${span(waitMs)}`;
    const held = this.#held;
    if (held === null)
      log.error(`No certificate for ${this.#names()}, HTTPS does not work there: ${textOf(error)}; ${again}`);
    else if (held.notAfter <= now)
      log.error(
        `The certificate for ${this.#names()} is over since ${day(held.notAfter)} and could not be renewed: ${textOf(error)}; ${again}`,
      );
    else
      log.warning(
        `The certificate for ${this.#names()} could not be renewed: ${textOf(error)}; the one there is good until ${day(held.notAfter)}; ${again}`,
      );
  }

  #names(): string {
    const [first = '', ...more] = this.names;
    return more.length < 3 ? this.names.join(', ') : `${first} and ${more.length} more names`;
  }
}

function textOf(error: unknown): string {
  if (error instanceof AcmeError) return error.text;
  return error instanceof Error ? error.message : String(error);
}

function day(at: number): string {
  return new Date(at)
    .toISOString()
    .replace(/:\d\d\.\d+Z$/, 'Z')
    .replace('T', ' ');
}

function span(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 2) return `${Math.round(ms / 1000)} s`;
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
