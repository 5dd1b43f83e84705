import { createServer, type Server, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { LinkedList } from '../base/linked-list.ts';
import type { LocalInfo, PeerInfo } from '../http/exchange.ts';
import type { GatewayListener } from '../wire/gateway-control.ts';
import { Admission, type AdmissionOwner } from './admission.ts';
import { afterPoll } from './after-poll.ts';
import type { GatewayContext } from './context.ts';
import type { ConnectionOwner } from './connection-owner.ts';
import type { ClientConnection } from './client-connection.ts';
import { Http1Connection } from './http1-connection.ts';
import { Http2Connection, type AcceptedSocket } from './http2/http2-connection.ts';
import { PrefaceReader } from './http2/preface-reader.ts';
import { shareReads } from './shared-socket.ts';
import { type Spoken, turnAway } from './turn-away.ts';
import type { TlsDoor } from './tls/tls-door.ts';

const SAY_AGAIN_MS = 10_000;
/** Clients come all the time, so that there may be no turn without one: then it is over after this. */
const BACKLOG_MS_MAX = 2_000;
const PLAIN = { tls: null, misplaced: false } as const;
const NOTHING = Buffer.alloc(0);

/** All connections of a gateway, over all its listeners. */
export class Connections implements ConnectionOwner, AdmissionOwner {
  leaving = false;
  draining = false;
  patient = true;
  context: GatewayContext;
  readonly #all = new Set<ClientConnection>();
  /** Those between two requests, the longest idle first. */
  readonly #idle = new LinkedList<ClientConnection>();
  /** Those that have not asked for anything yet, though they may have begun to, the slowest first. */
  readonly #unheard = new LinkedList<ClientConnection>();
  readonly #admission = new Admission(this);
  #whenEmpty: (() => void) | null = null;
  #refused = 0;
  #sayAgainAt = 0;

  constructor(context: GatewayContext) {
    this.context = context;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Calls `entered` when it is known who is there; null: the peer of the socket. */
  admit(
    socket: Socket,
    listener: Pick<GatewayListener, 'unix' | 'tls'>,
    entered: (peer: PeerInfo | null) => void,
  ): void {
    // What goes wrong with it is told by its end.
    socket.on('error', () => undefined);
    this.#admission.admit(socket, listener, entered);
  }

  accept(socket: Socket, local: LocalInfo): void {
    if (!this.makeRoom(socket)) return;
    if (this.context.limits.cleartextHttp2) this.add(new PrefaceReader(socket, local, this));
    else this.add(new Http1Connection(socket, this.context, this, local));
  }

  /** An encrypted connection: what is spoken was agreed on with the handshake (ALPN). */
  acceptSecure(socket: TLSSocket, local: LocalInfo): void {
    socket.on('error', () => undefined);
    const http2 = socket.alpnProtocol === 'h2';
    if (!this.makeRoom(socket, http2 ? 'http2' : 'http1')) return;
    if (http2) this.startHttp2(socket, local);
    else this.startHttp1(socket, local, NOTHING);
  }

  /** A connection without TLS where TLS is spoken; `first` was read of it. */
  acceptMisplaced(socket: Socket, local: LocalInfo, first: Buffer): void {
    if (this.makeRoom(socket)) this.startHttp1(socket, local, first);
  }

  /** The client speaks HTTP/2; what was read of it stands in the socket again. */
  startHttp2(socket: AcceptedSocket, local: LocalInfo): void {
    this.add(new Http2Connection(socket, this.context, this, local));
  }

  /** The client speaks HTTP/1; `head` was read of it. */
  startHttp1(socket: Socket, local: LocalInfo, head: Buffer): void {
    const connection = new Http1Connection(socket, this.context, this, local);
    this.add(connection);
    if (head.length > 0) connection.receive(head);
  }

  makeRoom(socket: Socket, spoken: Spoken = 'http1'): boolean {
    if (this.#all.size < this.context.limits.connectionsMax || this.#evict()) return true;
    this.#turnedAway();
    turnAway(socket, spoken);
    return false;
  }

  add(connection: ClientConnection): void {
    this.#all.add(connection);
    this.#unheard.add(connection.place);
    this.context.sweeper.add(connection);
  }

  idle(connection: ClientConnection): void {
    this.#idle.add(connection.place);
  }

  hearing(connection: ClientConnection): void {
    this.#unheard.add(connection.place);
  }

  busy(connection: ClientConnection): void {
    connection.place.leave();
  }

  closed(connection: ClientConnection): void {
    this.#all.delete(connection);
    connection.place.leave();
    this.context.sweeper.delete(connection);
    if (this.#all.size === 0) this.#whenEmpty?.();
  }

  /** Idle connections end, the others after their response; `done` when none is left. What lasts goes on until `hurry` is called. */
  drain(done: () => void): void {
    this.leaving = true;
    this.draining = true;
    this.#whenEmpty = done;
    for (const connection of this.#all) connection.drain();
    if (this.#all.size === 0) done();
  }

  /** All end now. */
  cut(): void {
    for (const connection of this.#all) connection.cut();
  }

  /** Whatever has no end of its own is ended when connections are drained: now, if they are already. */
  hurry(): void {
    if (!this.patient) return;
    this.patient = false;
    if (this.draining) for (const connection of this.#all) connection.drain();
  }

  /** Says so at most every few seconds: whoever fills the server does not fill the log as well. */
  #turnedAway(): void {
    this.#refused += 1;
    const now = performance.now();
    if (now < this.#sayAgainAt) return;
    this.#sayAgainAt = now + SAY_AGAIN_MS;
    const { connectionsMax } = this.context.limits;
    this.context.log.warning(
      `All ${connectionsMax} connections (connections_max) are in use: turned away ${this.#refused} more so far`,
    );
  }

  /** When full, the connection that has been idle longest makes room, so that idle clients cannot lock others out. */
  /** Who is at it sends a head in milliseconds: the slowest of them are those that want to be. */
  #evict(): boolean {
    const slowest = this.#idle.first ?? this.#unheard.first;
    slowest?.discard();
    return slowest !== null;
  }
}

/** Accepts on one inherited socket. */
export class Listener {
  readonly #server: Server;
  readonly #listener: GatewayListener;
  readonly #connections: Connections;
  readonly #door: TlsDoor;
  /** Counts up, and begins anew at 2^32. */
  #accepted = 0;

  constructor(listener: GatewayListener, connections: Connections, door: TlsDoor) {
    this.#listener = listener;
    this.#connections = connections;
    this.#door = door;
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  listen(backlog: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ fd: this.#listener.fd, backlog }, () => {
        this.#server.removeListener('error', reject);
        shareReads(this.#server, (socket) => {
          if (!this.#listener.unix) socket.setNoDelay(true);
          this.#accept(socket);
        });
        resolve();
      });
    });
  }

  get admin(): boolean {
    return this.#listener.admin;
  }

  /**
   * Stops accepting, then calls `closed`. Clients that the system has let in already, and that wait to be accepted, would be reset by that: it
   * is not done before the event loop has gone round once without finding any.
   */
  close(closed: () => void): void {
    const until = performance.now() + BACKLOG_MS_MAX;
    let seen = -1;
    const look = (): void => {
      if (seen !== this.#accepted && performance.now() < until) {
        seen = this.#accepted;
        afterPoll(look);
        return;
      }
      this.#server.close(() => undefined);
      closed();
    };
    look();
  }

  #accept(socket: Socket): void {
    this.#accepted = (this.#accepted + 1) >>> 0;
    this.#connections.admit(socket, this.#listener, (peer) => this.#admitted(socket, peer));
  }

  #admitted(socket: Socket, peer: PeerInfo | null): void {
    const listener = this.#listener;
    const connections = this.#connections;
    if (!listener.tls) {
      connections.accept(socket, localInfo(listener, socket, peer));
      return;
    }
    this.#door.open(socket, {
      secured: (secure, tls) =>
        connections.acceptSecure(secure, { ...localInfo(listener, secure, peer), tls }),
      plain: (plain, first) =>
        connections.acceptMisplaced(plain, { ...localInfo(listener, plain, peer), misplaced: true }, first),
    });
  }
}

function localInfo(listener: GatewayListener, socket: Socket, peer: PeerInfo | null): LocalInfo {
  if (listener.unix) return { address: listener.address, port: 0, unix: true, peer, ...PLAIN };
  const address = socket.localAddress ?? listener.address;
  return {
    address: address.startsWith('::ffff:') ? address.slice(7) : address,
    port: socket.localPort ?? listener.port,
    unix: false,
    peer,
    ...PLAIN,
  };
}
