import type { BalanceSpec, HealthCheckSpec } from '../wire/balance-spec.ts';
import { inRanges } from '../wire/balance-spec.ts';
import type { ConnectWaiter, PeerAttempt } from './peer-attempt.ts';
import type { PeerConnection, PeerEvents } from './peer-connection.ts';
import type { PeerFailure } from './peer-failure.ts';
import type { PeerHead } from './peer-head.ts';
import type { Peer } from './peer.ts';
import { ownPreface } from './proxy-preface.ts';
import { uwsgiBlock } from './uwsgi.ts';

/** So much of an answer is looked at for what it is to hold. */
const BODY_BYTES_MAX = 65_536;

/** What became of a question: `why` is a predicate whose subject is the peer; empty when all is well. */
export type Asked = (well: boolean, why: string) => void;

/** One question to a peer, on a connection of its own: how are you? */
export class HealthCheck implements ConnectWaiter, PeerEvents {
  readonly #spec: HealthCheckSpec;
  readonly #peer: Peer;
  readonly #done: Asked;
  readonly #timer: NodeJS.Timeout;
  #attempt: PeerAttempt | null;
  #connection: PeerConnection | null = null;
  #body: Buffer[] = [];
  #bytes = 0;
  #over = false;

  constructor(peer: Peer, spec: HealthCheckSpec, proxyProtocol: BalanceSpec['proxyProtocol'], done: Asked) {
    this.#spec = spec;
    this.#peer = peer;
    this.#done = done;
    this.#timer = setTimeout(
      () => this.#end(`gave no answer within ${spec.withinMs / 1000} s`),
      spec.withinMs,
    ).unref();
    this.#attempt = peer.connect(this, spec.withinMs, ownPreface(proxyProtocol));
  }

  /** Nobody wants to know any more. */
  cancel(): void {
    this.#over = true;
    this.#let();
  }

  connected(connection: PeerConnection): void {
    this.#attempt = null;
    this.#connection = connection;
    const { withinMs } = this.#spec;
    connection.begin(this, { isHead: false, upgrade: false, readMs: withinMs, sendMs: withinMs });
    if (this.#peer.spec.protocol === 'uwsgi') connection.write(this.#uwsgiRequest());
    else
      connection.writeText(
        `GET ${this.#spec.target} HTTP/1.1\r\nHost: ${this.#host}\r\nUser-Agent: licorne (health)\r\nAccept: */*\r\nConnection: close\r\n\r\n`,
      );
    connection.requestSent();
  }

  unconnected(failure: PeerFailure): void {
    this.#attempt = null;
    this.#end(failure.message);
  }

  interim(): void {
    // The answer is still to come.
  }

  response({ head: { status } }: PeerHead): void {
    if (!inRanges(status, this.#spec.status)) this.#end(`answered ${status}`);
    else if (this.#spec.body === '') this.#end('');
  }

  data(chunk: Buffer, start: number, end: number): void {
    if (this.#over) return;
    this.#body.push(Buffer.from(chunk.subarray(start, end)));
    this.#bytes += end - start;
    if (this.#bytes >= BODY_BYTES_MAX) this.#judge();
  }

  complete(): void {
    this.#judge();
  }

  switched(): void {
    this.#end('answered 101');
  }

  drained(): void {
    // It is all sent.
  }

  failed(failure: PeerFailure): void {
    this.#connection = null;
    this.#end(failure.message);
  }

  #judge(): void {
    if (this.#over) return;
    const held = Buffer.concat(this.#body).includes(this.#spec.body);
    this.#end(held ? '' : 'gave an answer without what it has to hold (health_body)');
  }

  /** @param why empty: all is well */
  #end(why: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#let();
    this.#done(why === '', why);
  }

  #let(): void {
    clearTimeout(this.#timer);
    this.#body = [];
    this.#attempt?.cancel();
    this.#connection?.abandon();
  }

  get #host(): string {
    return this.#spec.host === '' ? this.#peer.host : this.#spec.host;
  }

  #uwsgiRequest(): Buffer {
    const { target } = this.#spec;
    const [path = '/', query = ''] = target.split('?', 2);
    const block = uwsgiBlock([
      ...['REQUEST_METHOD', 'GET', 'REQUEST_URI', target, 'PATH_INFO', decodeURI(path)],
      ...['QUERY_STRING', query, 'SERVER_PROTOCOL', 'HTTP/1.1', 'CONTENT_LENGTH', '', 'CONTENT_TYPE', ''],
      ...['HTTP_HOST', this.#host, 'SERVER_NAME', this.#host, 'SERVER_PORT', String(this.#peer.spec.port)],
      ...['REMOTE_ADDR', '127.0.0.1', 'HTTP_USER_AGENT', 'licorne (health)'],
    ]);
    // What is configured is far shorter than the protocol allows.
    return block ?? Buffer.alloc(0);
  }
}
