import type { ClientInfo, LocalInfo } from '../http/exchange.ts';
import { resolveClient, type Trust, trusts } from '../http/forwarded.ts';
import type { HeaderBlock, RequestHead } from '../http/request.ts';

/** Says who the client of a request is; on one connection, so that it is worked out once while the headers repeat. */
export class ClientResolver {
  readonly peer: { readonly address: string; readonly port: number };
  readonly #unix: boolean;
  readonly #trust: Trust;
  readonly #trusted: boolean;
  readonly #scheme: 'http' | 'https';
  #block: HeaderBlock | null = null;
  #client: ClientInfo | null = null;

  constructor(address: string | undefined, port: number | undefined, local: LocalInfo, trust: Trust) {
    const { peer = null } = local;
    this.peer = peer ?? { address: plainAddress(address), port: port ?? 0 };
    this.#trust = trust;
    // Whoever a PROXY header names has an address, whatever the socket is.
    this.#unix = local.unix && peer === null;
    this.#trusted = this.#unix ? trust.unix : trusts(trust, this.peer.address);
    this.#scheme = local.tls === null ? 'http' : 'https';
  }

  /** Null when trusted forwarding headers contradict each other. */
  resolve(head: RequestHead): ClientInfo | null {
    const { block, target } = head;
    if (this.#block === block && target.authority === '') return this.#client;
    const found = resolveClient(block, this.peer, this.#trust, this.#unix);
    if (found.conflict) return null;
    const asked = target.authority === '' ? block.host : target.authority;
    const client: ClientInfo = {
      address: found.address,
      port: found.port,
      // What a trusted proxy says counts more: it knows how the client came.
      scheme: found.scheme === '' ? this.#scheme : found.scheme,
      host: found.host === '' ? asked : found.host,
      proxy: this.#trusted ? this.peer.address : null,
    };
    this.#block = target.authority === '' ? block : null;
    this.#client = client;
    return client;
  }
}

/** IPv4 peers of a dual-stack socket come as ::ffff:1.2.3.4; apps and logs want the plain form. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return '';
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
