import { createHmac } from 'node:crypto';
import type { Exchange } from '../http/exchange.ts';
import type { StickySpec } from '../wire/balance-spec.ts';
import { cookieOf } from './balance/request-key.ts';
import type { Peer } from './peer.ts';

/** Of a token, bytes: more than anybody can guess. */
const TOKEN_BYTES = 18;

/**
 * Binds clients to the peer that answered them first, by a cookie. Its value is a keyed digest of the peer's name: nobody can make one up, and it says
 * nothing of where the peer is.
 */
export class StickyPeers {
  readonly #spec: StickySpec;
  readonly #group: string;
  readonly #peers = new Map<string, Peer>();
  readonly #tokens = new Map<Peer, string>();

  constructor(spec: StickySpec, group: string) {
    this.#spec = spec;
    this.#group = group;
  }

  /** These are there from now on. */
  follow(peers: readonly Peer[]): void {
    this.#peers.clear();
    this.#tokens.clear();
    for (const peer of peers) {
      const digest = createHmac('sha256', this.#spec.secret).update(`${this.#group}\0${peer.name}`).digest();
      const token = digest.subarray(0, TOKEN_BYTES).toString('base64url');
      this.#peers.set(token, peer);
      this.#tokens.set(peer, token);
    }
  }

  /** The peer that the client is bound to; null: none, or one that is not there any more. */
  of(exchange: Exchange): Peer | null {
    const token = cookieOf(exchange, this.#spec.cookie);
    return token === '' ? null : (this.#peers.get(token) ?? null);
  }

  /** The value of Set-Cookie that binds the client to a peer; null: it is bound already, or to another that is only busy. */
  cookie(exchange: Exchange, peer: Peer, now: number): string | null {
    const before = this.of(exchange);
    if (before === peer || (before !== null && before.health.usable(now))) return null;
    const token = this.#tokens.get(peer);
    if (token === undefined) return null;
    const secure = exchange.client.scheme === 'https' ? '; Secure' : '';
    return `${this.#spec.cookie}=${token}; Path=/; HttpOnly; SameSite=Lax${secure}`;
  }
}
