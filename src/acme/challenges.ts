/** The ways to show an authority that a name leads here. */
export type ChallengeType = 'http-01' | 'tls-alpn-01';

export const CHALLENGE_TYPES: readonly ChallengeType[] = ['http-01', 'tls-alpn-01'];

/** What all gateways have to answer while orders run. */
export interface ChallengeAnswers {
  /** Token, and the text that answers it under /.well-known/acme-challenge/. */
  readonly http: readonly (readonly [token: string, answer: string])[];
  /** Name in lower case, and what its handshake for `acme-tls/1` shows, PEM. */
  readonly tls: readonly (readonly [
    name: string,
    pair: { readonly certificate: string; readonly key: string },
  ])[];
}

/** Where the gateways hear of challenges; resolves when all of them have. */
export type PublishChallenges = (answers: ChallengeAnswers) => Promise<void>;

/** All challenges of all orders that run: gateways are told the whole of it each time. */
export class ChallengeBoard {
  readonly #publish: PublishChallenges;
  readonly #http = new Map<string, string>();
  readonly #tls = new Map<string, { readonly certificate: string; readonly key: string }>();

  constructor(publish: PublishChallenges) {
    this.#publish = publish;
  }

  get answers(): ChallengeAnswers {
    return { http: [...this.#http], tls: [...this.#tls] };
  }

  async showHttp(token: string, answer: string): Promise<void> {
    this.#http.set(token, answer);
    await this.#publish(this.answers);
  }

  async showTls(name: string, pair: { readonly certificate: string; readonly key: string }): Promise<void> {
    this.#tls.set(name, pair);
    await this.#publish(this.answers);
  }

  async withdraw(tokens: readonly string[], names: readonly string[]): Promise<void> {
    const gone = tokens.filter((token) => this.#http.delete(token)).length;
    const closed = names.filter((name) => this.#tls.delete(name)).length;
    if (gone + closed > 0) await this.#publish(this.answers);
  }
}
