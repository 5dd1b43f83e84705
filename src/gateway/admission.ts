import type { Socket } from 'node:net';
import type { PeerInfo } from '../http/exchange.ts';
import { trusts } from '../http/trust.ts';
import type { GatewayListener } from '../wire/gateway-control.ts';
import { ClientCounts } from './client-counts.ts';
import type { ClientConnection } from './client-connection.ts';
import { plainAddress } from './client-resolver.ts';
import type { GatewayContext } from './context.ts';
import { type Spoken, turnAway } from './turn-away.ts';
import { ProxyHeaderReader } from './proxy-header-reader.ts';

const SAY_AGAIN_MS = 10_000;

/** Where the connections are that have not got in yet. */
export interface AdmissionOwner {
  readonly context: GatewayContext;
  /** False: there is no room, and the socket was ended. */
  makeRoom(socket: Socket, spoken: Spoken): boolean;
  add(connection: ClientConnection): void;
  closed(connection: ClientConnection): void;
}

/** Finds out who is at the other end of a new connection, before TLS and HTTP, and whether it has room. */
export class Admission {
  readonly #owner: AdmissionOwner;
  readonly #counts = new ClientCounts();
  #failures = 0;
  #refused = 0;
  #sayAgainAt = 0;

  constructor(owner: AdmissionOwner) {
    this.#owner = owner;
  }

  /** Calls `entered` unless the connection is ended; null: its peer is its client. */
  admit(
    socket: Socket,
    { unix, tls }: Pick<GatewayListener, 'unix' | 'tls'>,
    entered: (peer: PeerInfo | null) => void,
  ): void {
    const { proxySources } = this.#owner.context;
    const address = plainAddress(socket.remoteAddress);
    if (proxySources === null || !(unix ? proxySources.unix : trusts(proxySources, address))) {
      if (this.#counted(socket, unix ? '' : address, tls)) entered(null);
      return;
    }
    if (!this.#owner.makeRoom(socket, tls ? 'tls' : 'http1')) return;
    const reader = new ProxyHeaderReader(socket, {
      identified: (peer) => {
        if (peer === null || this.#counted(socket, peer.address, tls)) entered(peer);
      },
      failed: (reason) => this.#failed(address, reason),
      closed: (closed) => this.#owner.closed(closed),
    });
    this.#owner.add(reader);
  }

  /** Trusted proxies, and whoever has no address, may have as many connections as they need. */
  #counted(socket: Socket, address: string, tls: boolean): boolean {
    const { limits, trust } = this.#owner.context;
    const max = limits.connectionsPerClientMax;
    if (max === 0 || address === '' || trusts(trust, address)) return true;
    if (this.#counts.add(socket, address, max)) return true;
    this.#refused += 1;
    this.#tell(
      `A client has all the connections it may have (connections_per_client_max, ${max}): ${address}; turned away ${this.#refused} so far`,
    );
    turnAway(socket, tls ? 'tls' : 'http1');
    return false;
  }

  #failed(address: string, reason: string): void {
    this.#failures += 1;
    this.#tell(
      `Closed a connection from ${address || 'a Unix socket'} (proxy_protocol): ${reason}; ${this.#failures} so far`,
    );
  }

  /** Every few seconds: whoever can make it say so does not fill the log. */
  #tell(message: string): void {
    const now = performance.now();
    if (now < this.#sayAgainAt) return;
    this.#sayAgainAt = now + SAY_AGAIN_MS;
    this.#owner.context.log.warning(message);
  }
}
