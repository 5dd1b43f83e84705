import type { ChallengeSpec } from '../wire/challenge-spec.ts';
import { ChallengeServer } from './tls/challenge-server.ts';

/** What this gateway answers a certificate authority. It changes while requests come; most of the time there is nothing. */
export class Challenges {
  /** Of http-01, with their answers. */
  readonly tokens = new Map<string, string>();
  #server: ChallengeServer | null = null;

  /** For handshakes of tls-alpn-01; null: there are none to be answered. */
  get server(): ChallengeServer | null {
    return this.#server;
  }

  /** These from now on, and no others. */
  show(spec: ChallengeSpec): void {
    this.tokens.clear();
    for (const [token, answer] of spec.http) this.tokens.set(token, answer);
    this.#server = spec.tls.length === 0 ? null : new ChallengeServer(spec.tls);
  }
}
