import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { Place } from '../base/linked-list.ts';
import type { LocalInfo } from '../http/exchange.ts';
import { HeadReader } from '../http/head-reader.ts';
import type { RequestFault, RequestHead } from '../http/request.ts';
import { afterPoll } from './after-poll.ts';
import type { ClientConnection } from './client-connection.ts';
import { ClientExchange } from './client-exchange.ts';
import type { ConnectionOwner } from './connection-owner.ts';
import { ClientResolver } from './client-resolver.ts';
import type { GatewayContext } from './context.ts';
import { faultResponse, http1Protocol, logFault, noteFault } from './fault-response.ts';
import { type BodyConnection, Http1Body } from './http1-body.ts';
import { offerUpgrade, type UpgradableConnection } from './upgrade.ts';
import { Http1Sink, type SinkConnection } from './http1-sink.ts';
import { idleEnd, Linger } from './linger.ts';
import type { Phase } from './phase.ts';
import { listen, unlisten } from './shared-socket.ts';
import { Stash } from './stash.ts';
import { cutSocket } from './tls/cut-socket.ts';
import { WriteClock } from './write-clock.ts';

/** A client that sends requests ahead gets no further answer while more than this of the last ones waits for it to be read. */
const UNREAD_BYTES_MAX = 65_536;

/**
 * One HTTP/1 connection: bytes to requests, one at a time and in order, and their responses back. Pipelined requests wait unparsed.
 * Works on any socket (TCP, Unix, TLS); bytes given to `receive` are not kept beyond the call.
 */
export class Http1Connection
  implements ClientConnection, SinkConnection, BodyConnection, UpgradableConnection
{
  readonly socket: Socket;
  readonly openedStatus = 101;
  readonly place: Place<ClientConnection> = new Place<ClientConnection>(this);
  deadline: number;
  phase: Phase = 'idle';
  context: GatewayContext;
  readonly #owner: ConnectionOwner;
  #clients: ClientResolver;
  readonly #local: LocalInfo;
  #reader: HeadReader;
  #writeClock: WriteClock;
  #exchange: ClientExchange<Http1Body> | null = null;
  #sink: Http1Sink | null = null;
  /** Bytes that came before they were wanted: the next request, or a body nobody has asked for yet. */
  readonly #stash: Stash;
  #requests = 0;
  readonly #linger = new Linger();
  #processing = false;
  #drainUpgraded: () => void = () => undefined;
  readonly #onData = (chunk: Buffer): void => this.receive(chunk);
  readonly #onDrain = (): void => this.#drained();
  readonly #onEnd = (): void => this.#left();

  constructor(socket: Socket, context: GatewayContext, owner: ConnectionOwner, local: LocalInfo) {
    this.socket = socket;
    this.#stash = new Stash(socket);
    this.context = context;
    this.#owner = owner;
    this.#local = local;
    this.#clients = new ClientResolver(socket.remoteAddress, socket.remotePort, local, context.trust);
    this.#reader = new HeadReader(context.limits.head);
    this.#writeClock = new WriteClock(socket, context.limits.writeMs);
    this.deadline = performance.now() + context.limits.headerMs;
    listen(socket, this.#onData);
    socket.on('drain', this.#onDrain);
    socket.on('end', this.#onEnd);
    socket.on('close', () => this.#closed());
  }

  receive(chunk: Buffer): void {
    if (this.phase === 'closing') {
      if (this.#linger.tooMuch(chunk.length)) this.socket.destroy();
      return;
    }
    if (this.#stash.empty) this.#process(chunk);
    else this.#stash.keep(chunk);
  }

  expire(now: number): void {
    if (this.socket.writableLength > 0 && !this.#bodyFlowing) this.#checkWrites(now);
    else if (this.phase === 'busy') this.#checkBody(now);
    else if (this.phase === 'head') this.#refuse({ status: 408, reason: 'the request head took too long' });
    else if (this.phase === 'idle') this.#closeIdle();
    else this.socket.destroy();
  }

  /** Ends a busy connection after its response, an idle one unless its client may be about to use it. */
  drain(): void {
    if (this.phase === 'upgraded' && !this.#owner.patient) this.#drainUpgraded();
    else if (this.phase === 'busy' && !this.#owner.patient) this.#sink?.drain();
    else if (this.phase === 'idle') {
      this.deadline = idleEnd(this.deadline, this.#requests > 0, this.context.limits, this.#owner.patient);
      if (this.deadline <= performance.now()) this.#closeIdle();
    }
  }

  // For the sink.

  mayKeepAlive(): boolean {
    const exchange = this.#exchange;
    if (exchange === null || exchange.head.block.close || this.#owner.leaving) return false;
    const { keepAliveRequests } = this.context.limits;
    if (keepAliveRequests !== 0 && this.#requests >= keepAliveRequests) return false;
    return exchange.body.done;
  }

  wrote(): void {
    if (this.socket.writableLength > 0 && this.deadline === Infinity)
      this.deadline = this.#writeClock.start(performance.now());
  }

  responded(keepAlive: boolean): void {
    this.#finishExchange();
    this.#reader.reset();
    if (!keepAlive || this.socket.destroyed) this.#lingerClose();
    else if (this.socket.writableLength > UNREAD_BYTES_MAX) {
      this.phase = 'unread';
      this.deadline = this.#writeClock.start(performance.now());
      this.#stash.pause();
    } else this.#rest();
  }

  /** Ready for the next request. */
  #rest(): void {
    this.phase = 'idle';
    this.deadline = performance.now() + this.context.limits.keepAliveMs;
    this.#owner.idle(this);
    if (this.#owner.draining) this.drain();
    this.#unstash();
  }

  cut(): void {
    cutSocket(this.socket, this.#local.unix);
  }

  discard(): void {
    this.socket.destroy();
    this.#owner.closed(this);
  }

  detach(drain: () => void): Buffer | null {
    if (this.phase !== 'busy' || this.socket.destroyed) return null;
    const head = this.#stash.take() ?? Buffer.alloc(0);
    this.phase = 'upgraded';
    this.deadline = Infinity;
    this.#drainUpgraded = drain;
    this.#sink?.dead();
    unlisten(this.socket, this.#onData);
    this.socket.off('drain', this.#onDrain);
    this.socket.off('end', this.#onEnd);
    if (this.#owner.draining && !this.#owner.patient) setImmediate(drain);
    return head;
  }

  // For the exchange's body.

  bodyStarted(): void {
    const exchange = this.#exchange;
    if (exchange === null) return;
    if (exchange.head.block.expectContinue && !exchange.answered && this.#stash.empty)
      this.socket.write('HTTP/1.1 100 Continue\r\n\r\n', 'latin1');
    this.#setBodyDeadline(exchange.body);
    this.#unstash();
  }

  bodyPaused(): void {
    this.#setBodyDeadline(this.#exchange?.body);
    this.#stash.pause();
  }

  bodyResumed(): void {
    this.#setBodyDeadline(this.#exchange?.body);
    this.#unstash();
  }

  get #reading(): boolean {
    return this.phase !== 'closing' && this.phase !== 'upgraded' && this.phase !== 'closed';
  }

  get #bodyFlowing(): boolean {
    return this.#exchange?.body.flowing === true;
  }

  /** What was kept comes first. */
  #unstash(): void {
    if (this.#processing) return;
    const bytes = this.#stash.take();
    if (bytes !== null) this.#process(bytes);
    if (this.#stash.empty && this.#exchange?.body.paused !== true) this.#stash.resume();
  }

  #process(chunk: Buffer): void {
    this.#processing = true;
    let at = 0;
    while (at < chunk.length && this.#reading) {
      if (this.phase === 'idle' || this.phase === 'head') at = this.#readHead(chunk, at);
      else if (this.#bodyFlowing) at = this.#readBody(chunk, at);
      else {
        this.#stash.keep(chunk.subarray(at));
        break;
      }
    }
    this.#processing = false;
  }

  #readHead(chunk: Buffer, at: number): number {
    if (this.phase === 'idle' && this.context !== this.#owner.context) this.#adopt(this.#owner.context);
    const reader = this.#reader;
    const next = reader.read(chunk, at, chunk.length);
    if (reader.fault !== null) this.#refuse(reader.fault);
    else if (reader.head !== null) this.#begin(reader.head);
    else if (this.phase === 'idle' && reader.started) {
      this.phase = 'head';
      this.#owner.hearing(this);
      this.deadline = performance.now() + this.context.limits.headerMs;
    }
    return next;
  }

  /** The server was configured anew since the last request. */
  #adopt(context: GatewayContext): void {
    const { socket } = this;
    this.context = context;
    this.#clients = new ClientResolver(socket.remoteAddress, socket.remotePort, this.#local, context.trust);
    this.#reader = new HeadReader(context.limits.head);
    this.#writeClock = new WriteClock(socket, context.limits.writeMs);
  }

  #begin(head: RequestHead): void {
    const context = this.context;
    this.#owner.busy(this);
    this.phase = 'busy';
    this.deadline = Infinity;
    this.#requests += 1;
    const { block } = head;
    const client = this.#clients.resolve(head);
    if (client === null) {
      this.#refuse({ status: 400, reason: 'the forwarding headers contradict each other' });
      return;
    }
    if (block.dropped.length > 0) context.droppedNames.dropped(block.dropped);
    const body = new Http1Body(this, head, context.limits);
    if (body.fault !== null) {
      this.#refuse(body.fault, head);
      return;
    }
    const { ids } = context;
    const exchange = new ClientExchange(head, http1Protocol(head), ids.next(), client, this.#local, body);
    if (block.upgrade !== '') offerUpgrade(this, exchange, context.webSockets);
    const sink = new Http1Sink(this, exchange);
    this.#exchange = exchange;
    this.#sink = sink;
    context.handler(exchange, sink);
  }

  #readBody(chunk: Buffer, at: number): number {
    const body = this.#exchange?.body;
    if (body === undefined) return at;
    const next = body.read(chunk, at);
    if (body.fault !== null) this.#bodyFault(body.fault);
    else this.#setBodyDeadline(body);
    return next;
  }

  /** While a body comes its pace counts; else how the client takes the response. */
  #setBodyDeadline(body: Http1Body | undefined): void {
    if (body === undefined || body !== this.#exchange?.body) return;
    this.deadline = body.deadline;
    if (this.deadline === Infinity) this.wrote();
  }

  #checkBody(now: number): void {
    const body = this.#exchange?.body;
    if (body?.flowing !== true) this.deadline = Infinity;
    else if (body.late(now)) this.#bodyFault({ status: 408, reason: 'the request body came too slowly' });
    else this.#setBodyDeadline(body);
  }

  /** The body can't be had. The consumer gives up; the client is told why if nothing was sent yet. */
  #bodyFault(fault: RequestFault): void {
    const exchange = this.#exchange;
    const answered = exchange?.answered === true;
    if (exchange !== null) {
      // With that it is done: for its line in the access log, and for whoever counts requests.
      if (!answered) exchange.status = fault.status;
      // The handler may want to answer with an error of its own: it would be the second answer, or the wrong one.
      this.#sink?.dead();
      exchange.body.consumer?.abort();
      exchange.cancel();
    }
    this.#finishExchange();
    if (answered) this.cut();
    else this.#refuse(fault, exchange?.head, exchange !== null);
  }

  /** Answers a request that is none, and closes: what follows on this connection has no certain meaning. */
  #refuse(fault: RequestFault, head?: RequestHead, logged = false): void {
    this.#finishExchange();
    (logged ? noteFault : logFault)(this.context, this.#clients.peer.address, fault, head);
    this.socket.write(faultResponse(fault, this.context.serverHeader, head?.method === 'HEAD'), 'latin1');
    this.#lingerClose();
  }

  #finishExchange(): void {
    const exchange = this.#exchange;
    this.#exchange = null;
    this.#sink?.dead();
    this.#sink = null;
    exchange?.done();
  }

  /** A request that the system has received by now is still answered; after our end nothing could be. */
  #closeIdle(): void {
    const requests = this.#requests;
    this.deadline = Infinity;
    afterPoll(() => {
      if (this.phase === 'idle' && this.#requests === requests) this.#lingerClose();
    });
  }

  #lingerClose(): void {
    if (this.phase === 'closed') return;
    this.phase = 'closing';
    this.#stash.take();
    this.#linger.begin(this.socket, this.#writeClock, this.#owner.draining, (at) => {
      this.deadline = at;
    });
  }

  #drained(): void {
    if (this.phase === 'unread') this.#rest();
    else if (this.phase === 'busy' && !this.#bodyFlowing) this.deadline = Infinity;
    this.#sink?.onDrain?.();
  }

  /** The client must take something of its response within each period. */
  #checkWrites(now: number): void {
    if (!this.#writeClock.stalled) {
      this.deadline = this.#writeClock.start(now);
      return;
    }
    const { address } = this.#clients.peer;
    this.context.log.info(
      `Closed a connection from ${address}: it took nothing of its response for too long`,
    );
    this.socket.destroy();
  }

  /** The client sent its end. In the middle of a request that means it has left, as for every server of this kind. */
  #left(): void {
    if (this.phase === 'busy' || this.phase === 'head') this.socket.destroy();
  }

  #closed(): void {
    if (this.phase === 'closed') return;
    this.phase = 'closed';
    this.deadline = Infinity;
    this.#stash.take();
    const exchange = this.#exchange;
    if (exchange !== null) {
      this.#sink?.dead();
      if (exchange.status === 0) exchange.status = 499;
      if (!exchange.body.done) exchange.body.consumer?.abort();
      exchange.cancel();
    }
    this.#finishExchange();
    this.#owner.closed(this);
  }
}
