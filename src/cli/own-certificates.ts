import { CertificateManager } from '../acme/certificate-manager.ts';
import type { HeldCertificate } from '../acme/held-certificate.ts';
import type { Resolution } from '../config/resolve.ts';
import { ChallengeNotices } from '../supervisor/challenge-notices.ts';
import { startTimeOf } from '../children/process-time.ts';
import type { Log } from '../telemetry/log.ts';
import type { CertificateStatus } from '../wire/certificate-status.ts';
import { acmePlan } from './acme-plan.ts';

/** After an upgrade the gateways of the old master accept for a moment longer. */
const PREDECESSOR_MS = 10_000;

export interface OwnCertificatesOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly log: Log;
  /** Called with all that are to be shown from now on. */
  readonly show: (held: readonly HeldCertificate[]) => void;
}

/** Between who orders certificates, who shows them, and who answers the authority's challenges. */
export class OwnCertificates {
  /** What gateways answer authorities. */
  readonly challenges = new ChallengeNotices();
  readonly #options: OwnCertificatesOptions;
  #manager: CertificateManager | null = null;
  #listening = false;
  #closed = false;

  constructor(options: OwnCertificatesOptions) {
    this.#options = options;
  }

  get status(): readonly CertificateStatus[] {
    return this.#manager?.status ?? [];
  }

  /**
   * Reads what is to be had; nothing follows before the function that comes back is called. Throws, in words, when a file cannot
   * be read.
   */
  prepare(resolution: Resolution): () => void {
    const { env, version } = this.#options;
    const plan = acmePlan(resolution, env, version);
    return () => {
      if (this.#closed) return;
      if (plan === null) this.#drop();
      else if (this.#manager === null) this.#manager = this.#open(plan);
      else this.#manager.follow(plan);
      if (this.#listening) this.#manager?.start();
    };
  }

  /**
   * The gateways listen: orders may begin.
   * @param follows others still accept on the same sockets, who do not know our challenges.
   */
  start(follows: boolean): void {
    const begin = (): void => {
      this.#listening = true;
      if (!this.#closed) this.#manager?.start();
    };
    if (follows) setTimeout(begin, PREDECESSOR_MS).unref();
    else begin();
  }

  /** What is there is shown to the end. */
  close(): void {
    this.#closed = true;
    this.#manager?.close();
  }

  #open(plan: NonNullable<ReturnType<typeof acmePlan>>): CertificateManager {
    const { log, show } = this.#options;
    const manager = new CertificateManager(plan, {
      log,
      processes: { pid: process.pid, startTimeOf },
      publish: (spec) => this.challenges.show(spec),
      onCertificates: show,
    });
    show(manager.held);
    return manager;
  }

  #drop(): void {
    if (this.#manager === null) return;
    this.#manager.close();
    this.#manager = null;
    this.#options.show([]);
  }
}
