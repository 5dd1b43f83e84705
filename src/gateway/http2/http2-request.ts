import type { ServerHttp2Stream } from 'node:http2';
import { errorPage } from '../../handlers/respond.ts';
import type { LocalInfo } from '../../http/exchange.ts';
import type { Http2Head } from '../../http/http2-head.ts';
import { isFault, type RequestFault, type RequestHead } from '../../http/request.ts';
import { ClientExchange } from '../client-exchange.ts';
import type { ClientResolver } from '../client-resolver.ts';
import type { GatewayContext } from '../context.ts';
import { faultSentence, logFault, noteFault } from '../fault-response.ts';
import { offerUpgrade } from '../upgrade.ts';
import { type BodyOwner, Http2Body } from './http2-body.ts';
import { Http2Sink } from './http2-sink.ts';
import { Http2Upgradable } from './http2-upgradable.ts';
import { CANCEL, NO_ERROR, resetStream } from './reset-stream.ts';

/** What a request has of its connection. */
export interface RequestSurroundings {
  readonly context: GatewayContext;
  readonly local: LocalInfo;
  readonly clients: ClientResolver;
  /** Whether what lasts is to end at once. */
  draining(): boolean;
}

/** A reset that the client has not taken by then is taken by nobody: it reads nothing at all, or the codec has given the connection up. */
const RESET_MS = 5_000;

/** One stream of an HTTP/2 connection from its headers to its close. */
export class Http2Request implements BodyOwner {
  readonly #stream: ServerHttp2Stream;
  readonly #around: RequestSurroundings;
  #exchange: ClientExchange<Http2Body> | null = null;
  #sink: Http2Sink | null = null;
  #upgradable: Http2Upgradable | null = null;
  /** It was refused: nobody has worked for it. */
  #refused = false;
  /** When the client must have taken its refusal. */
  #refusedUntil = Infinity;
  /** When the client must have taken its reset. */
  #resetUntil = Infinity;

  constructor(stream: ServerHttp2Stream, around: RequestSurroundings) {
    this.#stream = stream;
    this.#around = around;
    stream.on('error', ignore);
  }

  /** Gives the request to whoever answers it. */
  begin(read: Http2Head | RequestFault): void {
    if (isFault(read)) {
      this.#refuse(read, undefined);
      return;
    }
    const { head } = read;
    const { context, clients, local } = this.#around;
    const client = clients.resolve(head);
    if (client === null) {
      this.#refuse({ status: 400, reason: 'the forwarding headers contradict each other' }, head);
      return;
    }
    if (head.block.dropped.length > 0) context.droppedNames.dropped(head.block.dropped);
    if (read.protocol !== '' && read.protocol !== 'websocket') {
      this.#refuse({ status: 501, reason: 'only WebSockets are opened with CONNECT' }, head);
      return;
    }
    const { limits } = context;
    const body = new Http2Body(this.#stream, head, limits, this);
    if (body.fault !== null) {
      this.#refuse(body.fault, head);
      return;
    }
    const exchange = new ClientExchange(head, 'HTTP/2.0', context.ids.next(), client, local, body);
    const sink = new Http2Sink(context, exchange, this.#stream);
    this.#exchange = exchange;
    this.#sink = sink;
    if (read.protocol !== '') this.#offerWebSocket(exchange, sink);
    context.handler(exchange, sink);
  }

  /** Looks at the paces: how the body comes, or how the response is taken. False: there is no way to end the stream but with the connection. */
  expire(now: number): boolean {
    if (this.#resetUntil !== Infinity) return now < this.#resetUntil;
    if (this.#upgradable?.detached === true) return true;
    const { body } = this.#exchange ?? {};
    if (body !== undefined && body.deadline <= now && body.late(now))
      this.bodyFault({ status: 408, reason: 'the request body came too slowly' });
    else if (this.#sink?.stalled(now) === true || now >= this.#refusedUntil) {
      const { context, clients } = this.#around;
      context.log.info(
        `Reset a stream of ${clients.peer.address}: it took nothing of its response for too long`,
      );
      this.#resetUntil = now + RESET_MS;
      resetStream(this.#stream, CANCEL);
    }
    return true;
  }

  /** What has no end of its own ends. */
  drain(): void {
    if (this.#upgradable?.detached === true) this.#upgradable.drain();
    else this.#sink?.drain();
  }

  /** The stream is closed. True: before a handler answered, so that it cost the client nothing. */
  closed(): boolean {
    const exchange = this.#exchange;
    const sink = this.#sink;
    this.#exchange = null;
    this.#sink = null;
    if (exchange === null) return this.#refused;
    const wasted = !exchange.answered && this.#upgradable?.detached !== true;
    sink?.dead();
    if (exchange.status === 0) exchange.status = 499;
    exchange.body.abort();
    exchange.cancel();
    exchange.done();
    return wasted;
  }

  #offerWebSocket(exchange: ClientExchange<Http2Body>, sink: Http2Sink): void {
    const { context } = this.#around;
    this.#upgradable = new Http2Upgradable(this.#stream, sink, context, () => this.#around.draining());
    offerUpgrade(this.#upgradable, exchange, context.webSockets);
  }

  /** The body can't be had. The consumer gives up; the client is told why if nothing was sent yet. */
  bodyFault(fault: RequestFault): void {
    const exchange = this.#exchange;
    if (exchange === null) return;
    const { answered, head } = exchange;
    this.#sink?.dead();
    // With that it is done: for its line in the access log, and for whoever counts requests.
    if (!answered) exchange.status = fault.status;
    exchange.body.abort();
    exchange.cancel();
    exchange.done();
    this.#exchange = null;
    this.#sink = null;
    if (answered) resetStream(this.#stream, CANCEL);
    else this.#refuse(fault, head, true);
  }

  /** Other streams of the connection go on: only what this one said has no meaning. */
  #refuse(fault: RequestFault, head: RequestHead | undefined, logged = false): void {
    const { context, clients } = this.#around;
    const stream = this.#stream;
    const { address } = clients.peer;
    this.#refused = true;
    this.#refusedUntil = performance.now() + context.limits.writeMs;
    if (logged) noteFault(context, address, fault);
    else logFault(context, address, fault, head, 'HTTP/2.0');
    if (stream.destroyed || stream.closed) return;
    const page = errorPage(fault.status, faultSentence(fault), '');
    const server = context.serverHeader === '' ? {} : { server: context.serverHeader };
    stream.respond({
      ':status': fault.status,
      'content-type': 'text/html; charset=utf-8',
      'content-length': String(Buffer.byteLength(page)),
      ...server,
    });
    if (head?.method !== 'HEAD') stream.end(page);
    // What the client is still sending is not read.
    stream.once('finish', () => stream.close(NO_ERROR));
  }
}

/** What went wrong with a stream is told by its close. */
function ignore(): void {
  // Without a listener it would be an uncaught exception.
}
