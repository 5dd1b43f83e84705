import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import { Place } from '../../base/linked-list.ts';
import type { LocalInfo } from '../../http/exchange.ts';
import { Http2HeadReader } from '../../http/http2-head.ts';
import type { ClientConnection } from '../client-connection.ts';
import { ClientResolver } from '../client-resolver.ts';
import type { ConnectionOwner } from '../connection-owner.ts';
import type { GatewayContext } from '../context.ts';
import { FloodGuard } from './flood-guard.ts';
import { Http2Request, type RequestSurroundings } from './http2-request.ts';
import { ENHANCE_YOUR_CALM } from './reset-stream.ts';
import { sessionOptions } from './session-options.ts';

/** How often the paces of all streams are looked at. */
const LOOK_MS = 1_000;
/** Time for the client to take the end of the connection. */
const GOODBYE_MS = 5_000;

/** What an accepted socket is, besides a stream of bytes. */
export interface AcceptedSocket extends Duplex {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
}

/**
 * One HTTP/2 connection (RFC 9113): streams to requests, and their responses back. Frames, header compression and flow control are
 * Node's (nghttp2); what a request means, limits, paces and ends are ours.
 */
export class Http2Connection implements ClientConnection {
  readonly place: Place<ClientConnection> = new Place<ClientConnection>(this);
  deadline: number;
  readonly #session: ServerHttp2Session;
  readonly #owner: ConnectionOwner;
  readonly #local: LocalInfo;
  readonly #socket: AcceptedSocket;
  readonly #requests = new Set<Http2Request>();
  readonly #flood = new FloodGuard();
  #context: GatewayContext;
  #around: RequestSurroundings;
  #heads: Http2HeadReader;
  #served = 0;
  #ending = false;
  #closed = false;

  /** The preface may have been read already: it is given back to the socket with `unshift`. */
  constructor(socket: AcceptedSocket, context: GatewayContext, owner: ConnectionOwner, local: LocalInfo) {
    this.#socket = socket;
    this.#context = context;
    this.#owner = owner;
    this.#local = local;
    this.#around = this.#surroundings();
    this.#heads = new Http2HeadReader(context.limits.head);
    this.deadline = performance.now() + context.limits.headerMs;
    socket.on('error', () => undefined);
    // Read when it is wanted first: who speaks no HTTP/2 does not keep it.
    const { performServerHandshake } = process.getBuiltinModule('node:http2');
    const session = performServerHandshake(socket, sessionOptions(context.limits));
    this.#session = session;
    session.on('stream', (stream: ServerHttp2Stream, _headers: unknown, flags: number, raw: string[]) =>
      this.#stream(stream, flags, raw),
    );
    session.on('ping', () => this.#spend('pings'));
    session.on('remoteSettings', () => this.#spend('settings'));
    session.on('error', () => undefined);
    session.on('close', () => this.#gone());
  }

  /** How many requests run on it. */
  get size(): number {
    return this.#requests.size;
  }

  expire(now: number): void {
    if (this.#requests.size === 0) {
      if (this.#ending) this.#session.destroy();
      else this.#end();
      return;
    }
    this.deadline = now + LOOK_MS;
    for (const request of this.#requests) {
      if (request.expire(now)) continue;
      this.cut();
      return;
    }
  }

  drain(): void {
    this.#end();
    if (!this.#owner.patient) for (const request of this.#requests) request.drain();
  }

  cut(): void {
    this.#session.destroy();
    this.#socket.destroy();
  }

  discard(): void {
    this.cut();
    this.#gone();
  }

  #surroundings(): RequestSurroundings {
    const { remoteAddress, remotePort } = this.#socket;
    const context = this.#context;
    const owner = this.#owner;
    return {
      context,
      local: this.#local,
      clients: new ClientResolver(remoteAddress, remotePort, this.#local, context.trust),
      draining: () => owner.draining && !owner.patient,
    };
  }

  #stream(stream: ServerHttp2Stream, flags: number, list: readonly string[]): void {
    const { context } = this.#owner;
    if (context !== this.#context) {
      this.#context = context;
      this.#around = this.#surroundings();
      this.#heads = new Http2HeadReader(context.limits.head);
    }
    this.#served += 1;
    const END_STREAM = 0x1;
    const read = this.#heads.read(list, (flags & END_STREAM) === 0);
    if (this.#requests.size === 0) {
      this.#owner.busy(this);
      this.deadline = performance.now() + LOOK_MS;
    }
    const request = new Http2Request(stream, this.#around);
    this.#requests.add(request);
    stream.on('close', () => this.#over(request));
    request.begin(read);
    const { keepAliveRequests } = context.limits;
    if (this.#owner.leaving || (keepAliveRequests !== 0 && this.#served >= keepAliveRequests)) this.#end();
  }

  #over(request: Http2Request): void {
    this.#requests.delete(request);
    if (request.closed()) this.#spend('streams that were reset or refused');
    if (this.#requests.size > 0 || this.#closed) return;
    this.#owner.idle(this);
    const { keepAliveMs } = this.#context.limits;
    this.deadline = performance.now() + (this.#ending ? GOODBYE_MS : keepAliveMs);
  }

  /** No more streams; the connection ends with the last one that runs (RFC 9113, section 6.8). Clients send elsewhere what was too late. */
  #end(): void {
    if (this.#ending || this.#session.destroyed) return;
    this.#ending = true;
    this.#session.close();
    if (this.#requests.size === 0) this.deadline = performance.now() + GOODBYE_MS;
  }

  #spend(what: string): void {
    if (this.#flood.spend() || this.#session.destroyed) return;
    const { address } = this.#around.clients.peer;
    this.#context.log.warning(
      `Closed an HTTP/2 connection from ${address || 'a Unix socket'}: too many ${what}`,
    );
    this.#session.destroy(undefined, ENHANCE_YOUR_CALM);
  }

  #gone(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.deadline = Infinity;
    for (const request of this.#requests) request.closed();
    this.#requests.clear();
    this.#owner.closed(this);
  }
}
