import type { ChallengeSpec } from '../wire/challenge-spec.ts';

/** The ways to show an authority that a name leads here. */
export type ChallengeType = 'http-01' | 'tls-alpn-01';

export const CHALLENGE_TYPES: readonly ChallengeType[] = ['http-01', 'tls-alpn-01'];

/** Where the gateways hear of challenges; resolves when all of them answer these, and no others. */
export type PublishChallenges = (answers: ChallengeSpec) => Promise<void>;

/** All challenges of all orders that run: gateways are told the whole of it each time. */
export class ChallengeBoard {
  readonly #publish: PublishChallenges;
  readonly #http = new Map<string, string>();
  readonly #tls = new Map<string, { readonly chain: string; readonly key: string }>();

  constructor(publish: PublishChallenges) {
    this.#publish = publish;
  }

  get answers(): ChallengeSpec {
    return { http: [...this.#http], tls: [...this.#tls] };
  }

  async showHttp(token: string, answer: string): Promise<void> {
    this.#http.set(token, answer);
    await this.#publish(this.answers);
  }

  async showTls(name: string, pair: { readonly chain: string; readonly key: string }): Promise<void> {
    this.#tls.set(name, pair);
    await this.#publish(this.answers);
  }

  async withdraw(tokens: readonly string[], names: readonly string[]): Promise<void> {
    const gone = tokens.filter((token) => this.#http.delete(token)).length;
    const closed = names.filter((name) => this.#tls.delete(name)).length;
    if (gone + closed > 0) await this.#publish(this.answers);
  }
}
