import type { Middleware, ResponseHead, ResponseSink } from '../http/exchange.ts';
import { PassingSink } from './passing-sink.ts';

/**
 * Adds headers to every response, errors included; `fields` is flat name, value. A header that the response has already
 * is replaced, except Link, Set-Cookie and Vary, which may come several times and are added. The framing is never
 * touched: Content-Length and Transfer-Encoding are passed over.
 */
export function addHeaders(fields: readonly string[]): Middleware {
  const added = withoutFraming(fields);
  if (added.length === 0) return (next) => next;
  const adder = new HeaderAdder(added);
  return (next) => (exchange, sink) => {
    // A WebSocket is opened by its sink's owner, and has no response to add to.
    if (exchange.websocket === null) next(exchange, new AddingSink(sink, adder));
    else next(exchange, sink);
  };
}

const FRAMING = new Set(['content-length', 'transfer-encoding']);
const REPEATABLE = new Set(['link', 'set-cookie', 'vary']);

class AddingSink extends PassingSink {
  readonly #adder: HeaderAdder;

  constructor(inner: ResponseSink, adder: HeaderAdder) {
    super(inner);
    this.#adder = adder;
  }

  override start(head: ResponseHead, wholeBytes: number): void {
    this.inner.start(this.#adder.added(head), wholeBytes);
  }
}

/** Keeps what became of a head as long as the head lives: most come again and again. */
class HeaderAdder {
  readonly #fields: readonly string[];
  readonly #replaced: ReadonlySet<string>;
  readonly #known = new WeakMap<ResponseHead, ResponseHead>();

  constructor(fields: readonly string[]) {
    this.#fields = fields;
    const names = fields.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    this.#replaced = new Set(names.filter((name) => !REPEATABLE.has(name)));
  }

  added(head: ResponseHead): ResponseHead {
    const known = this.#known.get(head);
    if (known !== undefined) return known;
    const fields: string[] = [];
    for (let i = 0; i < head.fields.length; i += 2) {
      const name = head.fields[i] ?? '';
      if (!this.#replaced.has(name.toLowerCase())) fields.push(name, head.fields[i + 1] ?? '');
    }
    fields.push(...this.#fields);
    const made: ResponseHead = { status: head.status, reason: head.reason, fields, memo: null };
    this.#known.set(head, made);
    return made;
  }
}

function withoutFraming(fields: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i] ?? '';
    if (!FRAMING.has(name.toLowerCase())) kept.push(name, fields[i + 1] ?? '');
  }
  return kept;
}
