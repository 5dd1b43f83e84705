import { randomBytes } from 'node:crypto';
import type { Pair, PairFault } from '../certificates/pair.ts';
import type { Log } from '../telemetry/log.ts';
import type { CertificateSpec, TlsSpec } from '../wire/tls-spec.ts';
import type { TlsPlan } from './tls-plan.ts';

/** How often the files of certificates are looked at. */
const LOOK_MS = 5_000;
/** Warnings about dates come again after this. */
const WARN_AGAIN_MS = 86_400_000;
/** Name, HMAC key and AES key of session tickets. */
const TICKET_KEY_BYTES = 48;

/** A gateway, as far as it is told of certificates. */
export interface SecuredGateway {
  secure(spec: TlsSpec): void;
}

/**
 * Holds what the gateways need for TLS and tells them of every change: certificates that were renewed on disk, keys of session tickets. What
 * cannot be read leaves in place what was there before.
 */
export class TlsKeeper {
  readonly #log: Log;
  readonly #gateways = new Set<SecuredGateway>();
  #plan: TlsPlan | null = null;
  #files: readonly CertificateSpec[] = [];
  #issued: readonly CertificateSpec[] = [];
  #authorities: ReadonlyMap<string, string> = new Map();
  #ticketKey = '';
  #looking: NodeJS.Timeout | null = null;
  #rotating: NodeJS.Timeout | null = null;
  #faults = '';
  #warned: readonly string[] = [];
  #warnedAt = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** This holds from now on; null: there is no TLS by files. */
  adopt(plan: TlsPlan | null): void {
    if (plan === this.#plan) return;
    const rotationMs = this.#plan?.ticketRotationMs ?? -1;
    this.#plan = plan;
    this.#faults = '';
    this.#files = (plan?.read.pairs ?? []).map(contentOf);
    this.#authorities = plan?.read.authorities ?? new Map();
    this.#warn(plan?.read.pairs ?? []);
    if ((plan?.ticketRotationMs ?? 0) !== rotationMs) this.#rotateEvery(plan?.ticketRotationMs ?? 0);
    this.#lookAgain();
    this.#tell();
  }

  /** Certificates that come from elsewhere than files of the configuration; they follow those. */
  issue(certificates: readonly CertificateSpec[]): void {
    this.#issued = certificates;
    this.#tell();
  }

  /** Tells the gateway, now and at every change. */
  follow(gateway: SecuredGateway): void {
    this.#gateways.add(gateway);
    if (this.#known) gateway.secure(this.#spec);
  }

  forget(gateway: SecuredGateway): void {
    this.#gateways.delete(gateway);
  }

  /** Looks at the files, and takes what has changed. */
  look(now = Date.now()): void {
    const plan = this.#plan;
    if (plan === null) return;
    if (!plan.files.changed && this.#faults === '') return this.#warnAgain(plan, now);
    const read = plan.files.read(now);
    // Certificate and key are written one after the other: in between they do not fit.
    if (read.faults.length > 0) return this.#tellFaults(read.faults);
    this.#faults = '';
    const files = read.pairs.map(contentOf);
    const same =
      JSON.stringify([files, ...read.authorities]) === JSON.stringify([this.#files, ...this.#authorities]);
    if (same) return;
    this.#files = files;
    this.#authorities = read.authorities;
    this.#tell();
    this.#log.info(`Certificates were changed on disk; new connections get ${described(read.pairs)}`);
    this.#warn(read.pairs);
  }

  close(): void {
    if (this.#looking !== null) clearInterval(this.#looking);
    if (this.#rotating !== null) clearInterval(this.#rotating);
  }

  get #known(): boolean {
    return this.#files.length > 0 || this.#issued.length > 0;
  }

  get #spec(): TlsSpec {
    const { clientCa = '', clientRules = [], orderedNames = [] } = this.#plan ?? {};
    const text = (path: string): string => this.#authorities.get(path) ?? '';
    return {
      certificates: [...this.#files, ...this.#issued],
      orderedNames,
      clientCa: text(clientCa),
      clientRules: clientRules.map((rule) => ({ ...rule, ca: text(rule.ca) })),
      ticketKey: this.#ticketKey,
    };
  }

  #tell(): void {
    if (!this.#known) return;
    for (const gateway of this.#gateways) gateway.secure(this.#spec);
  }

  #lookAgain(): void {
    if (this.#looking !== null) clearInterval(this.#looking);
    this.#looking = this.#plan === null ? null : setInterval(() => this.look(), LOOK_MS).unref();
  }

  #rotateEvery(ms: number): void {
    if (this.#rotating !== null) clearInterval(this.#rotating);
    this.#rotating = null;
    this.#ticketKey = ms === 0 ? '' : newTicketKey();
    if (ms === 0) return;
    this.#rotating = setInterval(() => {
      this.#ticketKey = newTicketKey();
      this.#tell();
    }, ms).unref();
  }

  #tellFaults(faults: readonly PairFault[]): void {
    const text = faults.map(({ fault, hint }) => `${fault} ${hint}`.trim()).join('; ');
    if (text === this.#faults) return;
    this.#faults = text;
    this.#log.error(`Certificates were changed on disk and cannot be used; the old ones stay: ${text}`);
  }

  #warn(pairs: readonly Pair[]): void {
    this.#warned = pairs.flatMap(({ warnings }) => warnings);
    this.#warnedAt = Date.now();
    for (const warning of this.#warned) this.#log.warning(warning);
  }

  /** A certificate expires while nothing is changed. */
  #warnAgain({ files }: TlsPlan, now: number): void {
    if (now - this.#warnedAt < WARN_AGAIN_MS) return;
    const { pairs, faults } = files.read(now);
    if (faults.length === 0) this.#warn(pairs);
  }
}

function contentOf({ chain, key }: Pair): CertificateSpec {
  return { chain, key };
}

function newTicketKey(): string {
  return randomBytes(TICKET_KEY_BYTES).toString('base64');
}

/** `example.com, www.example.com (until 2027-02-19)`. */
function described(pairs: readonly Pair[]): string {
  return pairs
    .map(
      ({ names, notAfter }) => `${names.join(', ')} (until ${new Date(notAfter).toISOString().slice(0, 10)})`,
    )
    .join('; ');
}
