import type { ChallengeSpec } from '../wire/challenge-spec.ts';

/** A gateway, as far as it is told of challenges. */
export interface ChallengedGateway {
  challenge(number: number, spec: ChallengeSpec): void;
}

/** A gateway that is busy for longer than this is not waited for: it answers when it can. */
const ANSWER_MS = 5_000;

/** Tells all gateways what to answer a certificate authority, and knows when all of them do. */
export class ChallengeNotices {
  readonly #gateways = new Map<ChallengedGateway, number>();
  #number = 0;
  #spec: ChallengeSpec = { http: [], tls: [] };
  readonly #waiting = new Set<() => void>();

  /** Resolves when every gateway answers these, and no others. */
  show(spec: ChallengeSpec): Promise<void> {
    this.#spec = spec;
    this.#number += 1;
    const number = this.#number;
    for (const gateway of this.#gateways.keys()) gateway.challenge(number, spec);
    return new Promise((resolve) => {
      const look = (): void => {
        if ([...this.#gateways.values()].some((held) => held < number)) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        resolve();
      }, ANSWER_MS);
      this.#waiting.add(look);
      look();
    });
  }

  /** Tells the gateway, now and at every change. */
  follow(gateway: ChallengedGateway): void {
    const { http, tls } = this.#spec;
    const nothing = http.length + tls.length === 0;
    this.#gateways.set(gateway, nothing ? this.#number : this.#number - 1);
    if (!nothing) gateway.challenge(this.#number, this.#spec);
  }

  forget(gateway: ChallengedGateway): void {
    this.#gateways.delete(gateway);
    for (const look of this.#waiting) look();
  }

  /** The gateway answers what it was told under this number. */
  held(gateway: ChallengedGateway, number: number): void {
    const before = this.#gateways.get(gateway);
    if (before === undefined || number <= before) return;
    this.#gateways.set(gateway, number);
    for (const look of this.#waiting) look();
  }
}
