import type { Exchange, ResponseHead, ResponseSink } from '../http/exchange.ts';
import type { ConnectWaiter, PeerAttempt } from '../peers/peer-attempt.ts';
import type { PeerConnection, PeerEvents } from '../peers/peer-connection.ts';
import { peerFailure, type PeerFailure } from '../peers/peer-failure.ts';
import type { PeerHead } from '../peers/peer-head.ts';
import type { NoPeer, PeerAsker } from '../peers/peer-group.ts';
import type { Peer } from '../peers/peer.ts';
import { clientPreface } from '../peers/proxy-preface.ts';
import { namedFile } from './app-files.ts';
import { CollectedBody } from './collected-body.ts';
import type { EncodableBody } from './app-encoder.ts';
import { ProxyBody } from './proxy-body.ts';
import { HeldResponse } from './held-response.ts';
import {
  logProxyFailure,
  logProxyRetry,
  type ProxyFailure,
  proxyStatus,
  proxyText,
} from './proxy-failure.ts';
import type { ProxyOptions } from './proxy-options.ts';
import { ProxyRetry } from './proxy-retry.ts';
import { INLINE_BYTES_MAX, sendRequest, tunnelTo } from './proxy-send.ts';
import { ProxyTunnel } from './proxy-tunnel.ts';
import { isWebSocketAccepted } from './proxy-websocket-key.ts';
import { StreamedBody } from './streamed-body.ts';

/** Bytes of a body that nobody wants are read past up to this, so that its connection is kept. */
const UNWANTED_BYTES_MAX = 65_536;
const ACCEL_ONLY = ['accel'] as const;
// What may be sent twice without harm, on a new connection to the same peer (RFC 9110, section 9.2.2).
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** One request that is passed on: ties the client's exchange and sink to a connection to a peer. */
export class ProxyRequest implements PeerEvents, ConnectWaiter, PeerAsker {
  readonly #options: ProxyOptions;
  readonly exchange: Exchange;
  readonly #retry: ProxyRetry;
  readonly #sink: ResponseSink;
  #body: (EncodableBody & { readonly length: number }) | null = null;
  #sending: ProxyBody | null = null;
  #peer: Peer | null = null;
  /** Why another peer is asked; null: it is the first. */
  #before: PeerFailure | null = null;
  /** Something of an answer was sent to the client already. */
  #informed = false;
  #attempt: PeerAttempt | null = null;
  #connection: PeerConnection | null = null;
  #askedAt = 0;
  #heldBytes = 0;
  #diskBytes = 0;
  #passed = 0;
  #held: HeldResponse | null = null;
  /** On a new connection to the same peer. */
  #again = false;
  #over = false;

  constructor(options: ProxyOptions, exchange: Exchange, sink: ResponseSink) {
    this.#options = options;
    this.exchange = exchange;
    const { group } = options;
    this.#retry = new ProxyRetry(group.spec.balance.retry, group.budget, exchange);
    this.#sink = sink;
    exchange.onGone = () => this.#gone();
  }

  start(): void {
    const { body } = this.exchange;
    if (body.length === 0) this.#ask();
    else if (this.#collects(body.length)) this.#collect();
    else this.#stream();
  }

  // From the group.

  get tried(): readonly Peer[] {
    return this.#retry.tried;
  }

  picked(peer: Peer): void {
    this.exchange.queueMs += performance.now() - this.#askedAt;
    const { tried } = this;
    const failed = tried[tried.length - 1];
    if (failed !== undefined && this.#before !== null)
      logProxyRetry(this.#options.log, this.#before.message, failed, this.exchange, peer);
    this.#again = false;
    this.#connect(peer);
  }

  unpicked(kind: NoPeer): void {
    // What the last one did wrong says more than that there is nobody else.
    this.#fail(this.#before ?? { kind });
  }

  // On the way to a connection.

  connected(connection: PeerConnection): void {
    this.#attempt = null;
    const record = this.exchange.upstream;
    if (record !== null) record.connectMs = performance.now() - this.#askedAt;
    this.#send(connection);
  }

  unconnected(failure: PeerFailure): void {
    this.#attempt = null;
    this.failed(failure);
  }

  // From the peer.

  drained(): void {
    this.#sending?.pump();
  }

  interim({ head }: PeerHead): void {
    this.#informed = true;
    this.#sink.inform(head);
  }

  response(peerHead: PeerHead): void {
    const { heads, group } = this.#options;
    const { head, heldBytes, diskBytes } = heads.of(peerHead);
    const peer = this.#peer;
    this.#heldBytes = heldBytes;
    this.#diskBytes = diskBytes;
    const record = this.exchange.upstream;
    if (record !== null) record.status = head.status;
    if (peer === null) return;
    group.answered(peer, head.status);
    if (this.#another(peer, head.status)) return;
    const cookie = group.sticky?.cookie(this.exchange, peer, performance.now()) ?? null;
    const shown =
      cookie === null ? head : { ...head, fields: [...head.fields, 'Set-Cookie', cookie], memo: null };
    if (!this.#sentByName(shown)) this.#sink.start(shown, peerHead.contentLength);
  }

  data(chunk: Buffer, start: number, end: number): void {
    if (this.#over) return this.#pass(end - start);
    if (this.#held !== null) return this.#held.take(chunk, start, end);
    const sink = this.#sink;
    sink.write(chunk, start, end);
    if (sink.pending <= this.#heldBytes || this.#over) return;
    if (this.#diskBytes > 0) this.#hold();
    else {
      this.#connection?.pause();
      sink.onDrain ??= () => this.#connection?.resume();
    }
  }

  complete(trailers: readonly string[] | null): void {
    this.#connection = null;
    if (this.#over) return;
    this.#finish(true);
    if (this.#held === null) this.#sink.end(trailers);
    else this.#held.end(trailers);
  }

  switched(peerHead: PeerHead): void {
    const connection = this.#connection;
    const { tunnel, upstream } = this.exchange;
    if (connection === null || tunnel === null) return this.#gone();
    if (!isWebSocketAccepted(this.exchange, peerHead)) {
      connection.abandon();
      return this.failed(peerFailure('protocol', 'sent a Sec-WebSocket-Accept for another key'));
    }
    if (upstream !== null) upstream.status = 101;
    const { spec, log, group } = this.#options;
    const peer = this.#peer;
    // It stays with the peer for as long as the tunnel does.
    this.#peer = null;
    this.#finish(true);
    const { exchange } = this;
    const ended = (): void => {
      if (peer !== null) group.release(peer);
    };
    if (peer !== null) group.answered(peer, 101);
    const opened = new ProxyTunnel(connection, { idleMs: spec.tunnelMs, log, exchange, ended });
    if (!opened.open(tunnel, peerHead)) connection.abandon();
  }

  failed(failure: PeerFailure): void {
    this.#connection = null;
    const peer = this.#peer;
    if (peer === null || this.#over) return;
    if (failure.stale && this.#repeatable) {
      this.#again = true;
      this.#connect(peer);
      return;
    }
    this.#options.group.failed(peer, failure);
    const fresh = !this.#sink.started && !this.#informed;
    if (fresh && this.#retry.afterFailure(failure, this.#replayable)) this.#askAnother(peer, failure);
    else this.#fail(failure);
  }

  /** Whether somebody else is asked in the place of this answer. */
  #another(peer: Peer, status: number): boolean {
    const { group } = this.#options;
    if (group.spec.balance.retry.status.length === 0) return false;
    if (this.#informed || !group.hasAnother(this, peer)) return false;
    if (!this.#retry.afterStatus(status, this.#replayable)) return false;
    this.#connection?.abandon();
    this.#connection = null;
    this.#askAnother(peer, peerFailure('status', `answered ${status}`));
    return true;
  }

  #askAnother(failed: Peer, failure: PeerFailure): void {
    const { group } = this.#options;
    this.#retry.failed(failed);
    this.#before = failure;
    this.#sending?.stop();
    this.#sending = null;
    this.#peer = null;
    group.release(failed);
    this.#ask();
  }

  #collects(length: number): boolean {
    const { spec, group } = this.#options;
    if (spec.requestBuffering !== 'auto') return spec.requestBuffering === 'on';
    // Without a length it may be one half of a conversation; but the uwsgi protocol has to know how long it is.
    return length >= 0 || group.peers.some((peer) => peer.spec.protocol === 'uwsgi');
  }

  #collect(): void {
    const { body } = this.exchange;
    const collected = new CollectedBody(body, {
      spool: this.#options.spool,
      memoryBytesMax: this.#options.bodyMemoryBytes,
      ready: () => this.#ask(),
      aborted: () => this.#gone(),
    });
    this.#body = collected;
    body.start(collected);
  }

  #stream(): void {
    const { body, head } = this.exchange;
    const streamed = new StreamedBody(body, () => this.#gone());
    this.#body = streamed;
    // Whoever waits for 100 Continue is let go on when there is somebody to send it to.
    if (!head.block.expectContinue) streamed.start();
    this.#ask();
  }

  #ask(): void {
    if (this.#over) return;
    this.#askedAt = performance.now();
    this.#options.group.ask(this);
  }

  #connect(peer: Peer): void {
    this.#peer = peer;
    this.#askedAt = performance.now();
    this.exchange.upstream = { address: peer.address, status: 0, connectMs: -1, responseMs: -1 };
    const connection = this.#again ? null : peer.take();
    if (connection === null) {
      const preface = clientPreface(peer.proxyProtocol, this.exchange);
      this.#attempt = peer.connect(this, this.#options.spec.connectMs, preface);
    } else {
      this.exchange.upstream.connectMs = 0;
      this.#send(connection);
    }
  }

  #send(connection: PeerConnection): void {
    const { spec } = this.#options;
    const { exchange } = this;
    const peer = this.#peer;
    if (peer === null) return connection.abandon();
    this.#connection = connection;
    connection.begin(this, {
      isHead: exchange.head.method === 'HEAD',
      upgrade: tunnelTo(exchange, peer) !== null,
      readMs: spec.readMs,
      sendMs: spec.sendMs,
    });
    const sending = sendRequest({ exchange, options: this.#options, body: this.#body, peer }, connection);
    if (sending === null || sending instanceof ProxyBody) this.#sending = sending;
    else {
      connection.abandon();
      this.failed(sending);
    }
  }

  /** Nothing would be different if it were sent once more. */
  get #repeatable(): boolean {
    if (this.#again || this.#sink.started || !IDEMPOTENT.has(this.exchange.head.method)) return false;
    return this.#replayable;
  }

  /** Whether the body is still there, whole. */
  get #replayable(): boolean {
    if (this.#sending !== null) return false;
    return this.#body === null || this.#body.whole(INLINE_BYTES_MAX) !== null;
  }

  /** The peer asks for a file of this server instead of its body (X-Accel-Redirect): exchange and sink are that one's then. */
  #sentByName(head: ResponseHead): boolean {
    const { sendfile } = this.#options;
    const named = sendfile === null ? null : namedFile(head, ACCEL_ONLY);
    if (sendfile === null || named === null) return false;
    this.#finish(true);
    sendfile(this.exchange, this.#sink, head, named.kind, named.value);
    return true;
  }

  /** A body that nobody wants is read past, within bounds. */
  #pass(bytes: number): void {
    this.#passed += bytes;
    if (this.#passed > UNWANTED_BYTES_MAX) this.#connection?.abandon();
  }

  /** The client is slow: from here on the response waits for it on the disk. */
  #hold(): void {
    this.#held = new HeldResponse({
      exchange: this.exchange,
      sink: this.#sink,
      spool: this.#options.spool,
      bytesMax: this.#diskBytes,
      pause: () => this.#connection?.pause(),
      resume: () => this.#connection?.resume(),
      failed: (reason) => this.#holdFailed(reason),
    });
  }

  /** The connection to the peer may be long gone. */
  #holdFailed(reason: string): void {
    const { head, id } = this.exchange;
    this.#options.log.error(`The response to ${head.method} ${head.target.raw} was cut off: ${reason}`, {
      request_id: id,
    });
    this.#gone();
    this.#sink.abort(reason);
  }

  #fail(failure: ProxyFailure): void {
    if (this.#over) return;
    const { log, errorPages } = this.#options;
    const sink = this.#sink;
    this.#held?.close();
    this.#finish(false);
    const status = proxyStatus(failure);
    const outcome = sink.started ? 'the response was cut off' : `the client got ${status}`;
    logProxyFailure(log, failure, this.exchange, outcome);
    if (sink.started) return sink.abort(failure.kind);
    const fields = status === 503 ? ['Retry-After', '1'] : [];
    errorPages.respond(sink, status, proxyText(failure), { requestId: this.exchange.id, fields });
  }

  #gone(): void {
    this.#held?.close();
    this.#attempt?.cancel();
    this.#connection?.abandon();
    this.#connection = null;
    const { group } = this.#options;
    group.leave(this);
    if (this.#peer !== null) group.left(this.#peer);
    this.#finish(false);
  }

  #finish(complete: boolean): void {
    if (this.#over) return;
    this.#over = true;
    const exchange = this.exchange;
    exchange.onGone = null;
    this.#sink.onDrain = null;
    this.#sending?.stop();
    this.#body?.close();
    const { upstream } = exchange;
    if (upstream !== null && complete)
      upstream.responseMs = performance.now() - this.#askedAt - upstream.connectMs;
    const peer = this.#peer;
    this.#peer = null;
    if (peer !== null) this.#options.group.release(peer);
  }
}
