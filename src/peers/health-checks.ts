import type { HealthCheckSpec } from '../wire/balance-spec.ts';
import { HealthCheck } from './health-check.ts';
import type { Peer } from './peer.ts';

/** By how much a time between questions is longer or shorter, at most, so that gateways and peers don't keep step. */
const JITTER = 0.1;

interface Asking {
  timer: NodeJS.Timeout | null;
  check: HealthCheck | null;
}

/** Asks peers how they are, one after the other over the interval. Neither timers nor questions keep the process alive. */
export class HealthChecks {
  readonly #spec: HealthCheckSpec;
  readonly #told: (peer: Peer, well: boolean, why: string) => void;
  readonly #asking = new Map<Peer, Asking>();

  constructor(spec: HealthCheckSpec, told: (peer: Peer, well: boolean, why: string) => void) {
    this.#spec = spec;
    this.#told = told;
  }

  /** These are asked from now on. */
  follow(peers: readonly Peer[]): void {
    for (const [peer, asking] of this.#asking) if (!peers.includes(peer)) this.#stop(peer, asking);
    const added = peers.filter((peer) => !this.#asking.has(peer));
    added.forEach((peer, i) => {
      const asking: Asking = { timer: null, check: null };
      this.#asking.set(peer, asking);
      this.#later(peer, asking, (i / added.length) * this.#spec.intervalMs);
    });
  }

  close(): void {
    for (const [peer, asking] of this.#asking) this.#stop(peer, asking);
  }

  #later(peer: Peer, asking: Asking, ms: number): void {
    asking.timer = setTimeout(() => this.#ask(peer, asking), ms).unref();
  }

  #ask(peer: Peer, asking: Asking): void {
    asking.check = new HealthCheck(peer, this.#spec, peer.proxyProtocol, (well, why) => {
      asking.check = null;
      this.#later(peer, asking, this.#spec.intervalMs * (1 + JITTER * (2 * Math.random() - 1)));
      this.#told(peer, well, why);
    });
  }

  #stop(peer: Peer, { timer, check }: Asking): void {
    this.#asking.delete(peer);
    if (timer !== null) clearTimeout(timer);
    check?.cancel();
  }
}
