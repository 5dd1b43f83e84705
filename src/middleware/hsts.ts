import type { Middleware, ResponseHead, ResponseSink } from '../http/exchange.ts';
import { PassingSink } from './passing-sink.ts';

export interface HstsOptions {
  /** Seconds; 0 tells browsers to forget it. */
  readonly maxAge: number;
  readonly subdomains: boolean;
  readonly preload: boolean;
}

const NAME = 'strict-transport-security';

/** Says Strict-Transport-Security (RFC 6797) over https, unless the app says it itself: it may have its reasons. */
export function hsts({ maxAge, subdomains, preload }: HstsOptions): Middleware {
  const value = `max-age=${maxAge}${subdomains ? '; includeSubDomains' : ''}${preload ? '; preload' : ''}`;
  // Heads that come again and again are extended once.
  const known = new WeakMap<ResponseHead, ResponseHead>();
  const extended = (head: ResponseHead): ResponseHead => {
    const before = known.get(head);
    if (before !== undefined) return before;
    const own = head.fields.some((field, index) => index % 2 === 0 && field.toLowerCase() === NAME);
    const fields = ['Strict-Transport-Security', value];
    const made = own ? head : { ...head, fields: [...head.fields, ...fields], memo: null };
    known.set(head, made);
    return made;
  };
  return (next) => (exchange, sink) => {
    // A WebSocket is opened by its sink's owner, and has no response to add to.
    const applies = exchange.client.scheme === 'https' && exchange.websocket === null;
    next(exchange, applies ? new HstsSink(sink, extended) : sink);
  };
}

class HstsSink extends PassingSink {
  readonly #extended: (head: ResponseHead) => ResponseHead;

  constructor(inner: ResponseSink, extended: (head: ResponseHead) => ResponseHead) {
    super(inner);
    this.#extended = extended;
  }

  override start(head: ResponseHead, wholeBytes: number): void {
    this.inner.start(this.#extended(head), wholeBytes);
  }
}
