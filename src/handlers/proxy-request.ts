import type { Exchange, ResponseHead, ResponseSink } from '../http/exchange.ts';
import type { TunnelOffer } from '../http/tunnel.ts';
import { latin1 } from '../http/latin1.ts';
import type { ConnectWaiter, PeerAttempt } from '../peers/peer-attempt.ts';
import type { PeerConnection, PeerEvents } from '../peers/peer-connection.ts';
import { peerFailure, type PeerFailure } from '../peers/peer-failure.ts';
import type { PeerHead } from '../peers/peer-head.ts';
import type { Peer } from '../peers/peer.ts';
import { uwsgiBlock } from '../peers/uwsgi.ts';
import { namedFile } from './app-files.ts';
import { CollectedBody } from './collected-body.ts';
import type { EncodableBody } from './app-encoder.ts';
import { ProxyBody } from './proxy-body.ts';
import { HeldResponse } from './held-response.ts';
import { logProxyFailure, type ProxyFailure, proxyStatus, proxyText } from './proxy-failure.ts';
import type { ProxyOptions } from './proxy-options.ts';
import { proxyTarget } from './proxy-target.ts';
import { ProxyTunnel } from './proxy-tunnel.ts';
import { proxyVariables } from './proxy-variables.ts';
import { StreamedBody } from './streamed-body.ts';

/** A body of at most this many bytes leaves in one piece with its head, and can be sent again. */
const INLINE_BYTES_MAX = 65_536;
/** Bytes of a body that nobody wants are read past up to this, so that its connection is kept. */
const UNWANTED_BYTES_MAX = 65_536;
const ACCEL_ONLY = ['accel'] as const;
/** Up to this it is joined to the head's text. */
const JOIN_BYTES_MAX = 8192;
const HTTP_AGAIN = /(?:^|[,\s])(?:h2c?|https?|tls)(?:$|[,\s/])/;
// What may be sent twice without harm (RFC 9110, section 9.2.2).
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
// Their requests say how long their body is, even when there is none (RFC 9110, section 8.6).
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);

/** One request that is passed on: ties the client's exchange and sink to a connection to a peer. */
export class ProxyRequest implements PeerEvents, ConnectWaiter {
  readonly #options: ProxyOptions;
  readonly #exchange: Exchange;
  readonly #sink: ResponseSink;
  #body: (EncodableBody & { readonly length: number }) | null = null;
  #sending: ProxyBody | null = null;
  #peer: Peer | null = null;
  #attempt: PeerAttempt | null = null;
  #connection: PeerConnection | null = null;
  #askedAt = 0;
  #heldBytes = 0;
  #diskBytes = 0;
  #passed = 0;
  #held: HeldResponse | null = null;
  #again = false;
  #over = false;

  constructor(options: ProxyOptions, exchange: Exchange, sink: ResponseSink) {
    this.#options = options;
    this.#exchange = exchange;
    this.#sink = sink;
    exchange.onGone = () => this.#gone();
  }

  start(): void {
    const { body } = this.#exchange;
    if (body.length === 0) this.#ask();
    else if (this.#collects(body.length)) this.#collect();
    else this.#stream();
  }

  // On the way to a connection.

  connected(connection: PeerConnection): void {
    this.#attempt = null;
    const record = this.#exchange.upstream;
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
    this.#sink.inform(head);
  }

  response(peerHead: PeerHead): void {
    const { head, heldBytes, diskBytes } = this.#options.heads.of(peerHead);
    this.#heldBytes = heldBytes;
    this.#diskBytes = diskBytes;
    const record = this.#exchange.upstream;
    if (record !== null) record.status = head.status;
    if (!this.#sentByName(head)) this.#sink.start(head, peerHead.contentLength);
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
    this.#finish(null, true);
    if (this.#held === null) this.#sink.end(trailers);
    else this.#held.end(trailers);
  }

  switched(peerHead: PeerHead): void {
    const connection = this.#connection;
    const { tunnel, upstream } = this.#exchange;
    if (connection === null || tunnel === null) return this.#gone();
    if (upstream !== null) upstream.status = 101;
    const { spec, log } = this.#options;
    this.#finish(null, true);
    const opened = new ProxyTunnel(connection, { idleMs: spec.tunnelMs, log, exchange: this.#exchange });
    if (!opened.open(tunnel, peerHead)) connection.abandon();
  }

  failed(failure: PeerFailure): void {
    this.#connection = null;
    if (this.#over) return;
    if (failure.stale && this.#repeatable) {
      this.#again = true;
      this.#connect(this.#peer);
      return;
    }
    this.#fail(failure);
  }

  #collects(length: number): boolean {
    const { spec, group } = this.#options;
    if (spec.requestBuffering !== 'auto') return spec.requestBuffering === 'on';
    // Without a length it may be one half of a conversation; but the uwsgi protocol has to know how long it is.
    return length >= 0 || group.peers.some((peer) => peer.spec.protocol === 'uwsgi');
  }

  #collect(): void {
    const { body } = this.#exchange;
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
    const { body, head } = this.#exchange;
    const streamed = new StreamedBody(body, () => this.#gone());
    this.#body = streamed;
    // Whoever waits for 100 Continue is let go on when there is somebody to send it to.
    if (!head.block.expectContinue) streamed.start();
    this.#ask();
  }

  #ask(): void {
    if (this.#over) return;
    this.#connect(this.#options.group.pick(this.#exchange));
  }

  #connect(peer: Peer | null): void {
    this.#peer = peer;
    if (peer === null) return this.#fail({ kind: 'no_peer' });
    this.#askedAt = performance.now();
    this.#exchange.upstream = { address: peer.address, status: 0, connectMs: -1, responseMs: -1 };
    const connection = this.#again ? null : peer.take();
    if (connection === null) this.#attempt = peer.connect(this, this.#options.spec.connectMs);
    else {
      this.#exchange.upstream.connectMs = 0;
      this.#send(connection);
    }
  }

  #send(connection: PeerConnection): void {
    const { spec } = this.#options;
    const { head } = this.#exchange;
    this.#connection = connection;
    connection.begin(this, {
      isHead: head.method === 'HEAD',
      upgrade: this.#tunnel !== null,
      readMs: spec.readMs,
      sendMs: spec.sendMs,
    });
    if (this.#peer?.spec.protocol === 'uwsgi') this.#sendUwsgi(connection);
    else this.#sendHttp(connection);
  }

  #sendHttp(connection: PeerConnection): void {
    const { fields } = this.#options;
    const exchange = this.#exchange;
    const whole = this.#body?.whole(INLINE_BYTES_MAX) ?? null;
    const length = whole === null ? this.#bodyBytes : whole.length;
    const head =
      `${exchange.head.method} ${this.#target()} HTTP/1.1\r\nHost: ${fields.host(exchange, this.#peer?.host ?? '')}\r\n` +
      `${fields.text(exchange)}${this.#framing(length)}\r\n`;
    if (this.#body === null || (whole !== null && whole.length <= JOIN_BYTES_MAX)) {
      connection.writeText(whole === null ? head : head + latin1(whole, 0, whole.length));
      connection.requestSent();
      return;
    }
    connection.cork();
    connection.writeText(head);
    if (whole === null) this.#sendBody(connection, this.#body, length === -1);
    else {
      connection.write(whole);
      connection.requestSent();
    }
    connection.uncork();
  }

  #sendUwsgi(connection: PeerConnection): void {
    const { fields } = this.#options;
    const exchange = this.#exchange;
    const bodyBytes = this.#bodyBytes;
    const block = uwsgiBlock(
      proxyVariables(exchange, {
        target: this.#target(),
        host: fields.host(exchange, this.#peer?.host ?? ''),
        fields: fields.list(exchange),
        bodyBytes: Math.max(0, bodyBytes),
      }),
    );
    if (block === null || bodyBytes === -1) {
      connection.abandon();
      const message =
        block === null
          ? 'speaks a protocol with at most 64 KiB of headers'
          : 'has to be told how long the body is';
      return this.failed(peerFailure('too_large', message));
    }
    connection.write(block);
    if (this.#body === null) connection.requestSent();
    else this.#sendBody(connection, this.#body, false);
  }

  #sendBody(connection: PeerConnection, body: EncodableBody, chunked: boolean): void {
    this.#sending = new ProxyBody(body, connection, chunked, () => connection.requestSent());
    this.#sending.pump();
  }

  #target(): string {
    const { spec, path } = this.#options;
    return proxyTarget(this.#exchange.head.target, path, spec.prefix);
  }

  /** Exactly one way to tell where the body ends (RFC 9112, section 6); and the protocol the client would like to change to. */
  #framing(length: number): string {
    const { head } = this.#exchange;
    const offer = this.#tunnel;
    if (offer !== null) return `Connection: upgrade\r\nUpgrade: ${offer.protocol}\r\n`;
    if (length === -1) return 'Transfer-Encoding: chunked\r\n';
    const told = length > 0 || head.block.contentLength === 0 || WITH_BODY.has(head.method);
    return told ? `Content-Length: ${length}\r\n` : '';
  }

  /** Of the body; -1 while nobody knows. One that is streamed still says how long it is to be. */
  get #bodyBytes(): number {
    const body = this.#body;
    if (body === null) return 0;
    return body.length === -1 ? this.#exchange.body.length : body.length;
  }

  /** Other protocols are the peer's affair, but for those that are HTTP again: requests in them would pass by everything that is said here. */
  get #tunnel(): TunnelOffer | null {
    const { tunnel } = this.#exchange;
    if (tunnel === null || this.#peer?.spec.protocol === 'uwsgi') return null;
    return HTTP_AGAIN.test(tunnel.protocol) ? null : tunnel;
  }

  /** Nothing would be different if it were sent once more. */
  get #repeatable(): boolean {
    if (this.#again || this.#over || this.#sink.started || !IDEMPOTENT.has(this.#exchange.head.method))
      return false;
    if (this.#sending !== null) return false;
    return this.#body === null || this.#body.whole(INLINE_BYTES_MAX) !== null;
  }

  /** The peer asks for a file of this server instead of its body (X-Accel-Redirect): exchange and sink are that one's then. */
  #sentByName(head: ResponseHead): boolean {
    const { sendfile } = this.#options;
    const named = sendfile === null ? null : namedFile(head, ACCEL_ONLY);
    if (sendfile === null || named === null) return false;
    this.#finish(null, true);
    sendfile(this.#exchange, this.#sink, head, named.kind, named.value);
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
      exchange: this.#exchange,
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
    const { head, id } = this.#exchange;
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
    this.#finish(failure, false);
    const status = proxyStatus(failure);
    const outcome = sink.started ? 'the response was cut off' : `the client got ${status}`;
    logProxyFailure(log, failure, this.#exchange, outcome);
    if (sink.started) return sink.abort(failure.kind);
    const fields = status === 503 ? ['Retry-After', '1'] : [];
    errorPages.respond(sink, status, proxyText(failure), { requestId: this.#exchange.id, fields });
  }

  #gone(): void {
    this.#held?.close();
    this.#attempt?.cancel();
    this.#connection?.abandon();
    this.#connection = null;
    this.#finish(null, false);
  }

  #finish(failure: ProxyFailure | null, complete: boolean): void {
    if (this.#over) return;
    this.#over = true;
    const exchange = this.#exchange;
    exchange.onGone = null;
    this.#sink.onDrain = null;
    this.#sending?.stop();
    this.#body?.close();
    const { upstream } = exchange;
    if (upstream !== null && complete)
      upstream.responseMs = performance.now() - this.#askedAt - upstream.connectMs;
    if (this.#peer !== null && failure?.kind !== 'no_peer') this.#options.group.settle(this.#peer, failure);
  }
}
