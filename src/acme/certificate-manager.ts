import type { Log } from '../telemetry/log.ts';
import { CertificateKeeper } from './certificate-keeper.ts';
import type { CertificateStatus } from '../wire/certificate-status.ts';
import { ChallengeBoard, type PublishChallenges } from './challenges.ts';
import { type Clock, SYSTEM_CLOCK } from './clock.ts';
import type { HeldCertificate } from './held-certificate.ts';
import { type Authority, obtain, type OrderMeans, renewalOf } from './obtain.ts';
import { OrderLock, type ProcessLook } from './order-lock.ts';
import { StateFolder } from './state-folder.ts';

/** What is to be had by itself, as the configuration says it. */
export interface AcmePlan {
  readonly authority: Authority;
  /** Absolute. */
  readonly dir: string;
  /** The names of each certificate, in lower case; no name is in two of them. */
  readonly wanted: readonly (readonly string[])[];
}

export interface ManagerOptions {
  readonly log: Log;
  readonly processes: ProcessLook;
  /** Has all gateways answer these and no others. */
  readonly publish: PublishChallenges;
  /** These are to be shown from now on. */
  readonly onCertificates: (held: readonly HeldCertificate[]) => void;
  readonly clock?: Clock;
}

/** So many orders run at a time. */
const ORDERS_MAX = 2;

/** Looks after all certificates that come by themselves. Made before the gateways are; orders begin with `start`, when these can answer. */
export class CertificateManager {
  readonly #options: ManagerOptions;
  readonly #board: ChallengeBoard;
  readonly #clock: Clock;
  #plan: AcmePlan;
  #keepers: readonly CertificateKeeper[];
  #started = false;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(plan: AcmePlan, options: ManagerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#board = new ChallengeBoard(options.publish);
    this.#plan = plan;
    this.#keepers = plan.wanted.map((names) => this.#keeper(names));
  }

  /** What there is. */
  get held(): readonly HeldCertificate[] {
    return this.#keepers.flatMap(({ held }) => held ?? []);
  }

  get status(): readonly CertificateStatus[] {
    return this.#keepers.map(({ status }) => status);
  }

  /** The gateways listen. */
  start(): void {
    if (this.#started) return;
    this.#started = true;
    for (const keeper of this.#keepers) keeper.start();
  }

  /** The configuration is another: what stays as it was goes on. */
  follow(plan: AcmePlan): void {
    const same =
      JSON.stringify([plan.authority, plan.dir]) === JSON.stringify([this.#plan.authority, this.#plan.dir]);
    const before = new Map(same ? this.#keepers.map((keeper) => [keeper.names.join(), keeper]) : []);
    const old = this.#keepers;
    this.#plan = plan;
    this.#keepers = plan.wanted.map((names) => before.get(names.join()) ?? this.#keeper(names));
    for (const keeper of old) if (!this.#keepers.includes(keeper)) keeper.stop();
    this.#options.onCertificates(this.held);
    if (this.#started) for (const keeper of this.#keepers) if (!old.includes(keeper)) keeper.start();
  }

  /** Nothing more is ordered. */
  close(): void {
    for (const keeper of this.#keepers) keeper.stop();
  }

  #keeper(names: readonly string[]): CertificateKeeper {
    const { authority, dir } = this.#plan;
    const { log, processes } = this.#options;
    const folder = new StateFolder(dir, authority.directory);
    const means: OrderMeans = {
      authority,
      folder,
      board: this.#board,
      clock: this.#clock,
      onAccount: (terms) =>
        log.info(
          `Made an account with ${new URL(authority.directory).host}${terms === '' ? '' : `; its terms: ${terms}`}`,
        ),
    };
    const keeper = new CertificateKeeper({
      names,
      folder,
      lock: new OrderLock(folder.path, names[0] ?? '', processes),
      clock: this.#clock,
      log,
      obtain: (wanted, current, signal) => this.#inTurn(() => obtain(means, wanted, current, signal)),
      askRenewal: (held, signal) => renewalOf(means, held, signal),
      onCertificate: () => {
        if (this.#keepers.includes(keeper)) this.#options.onCertificates(this.held);
      },
    });
    return keeper;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= ORDERS_MAX) await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
