import type { Middleware, ResponseHead, ResponseSink } from '../http/exchange.ts';
import { PassingSink } from './passing-sink.ts';

/**
 * Adds headers to every response, errors included; `fields` is flat name, value. A header that the response has already
 * is replaced, except Link, Set-Cookie and Vary, which may come several times and are added. The framing is never
 * touched: Content-Length and Transfer-Encoding are passed over. An empty value removes the header, whoever has set it. What lets a response be kept (`Cache-Control:
 * max-age=604800`, `Expires`) is not added to errors, which would stay for as long; `no-store` is.
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
  readonly #toSuccess: Additions;
  readonly #toError: Additions;
  readonly #known = new WeakMap<ResponseHead, ResponseHead>();

  constructor(fields: readonly string[]) {
    this.#toSuccess = additions(fields);
    this.#toError = additions(filtered(fields, (name, value) => !letsKeep(name, value)));
  }

  added(head: ResponseHead): ResponseHead {
    const known = this.#known.get(head);
    if (known !== undefined) return known;
    const { fields: own, replaced } = head.status < 400 ? this.#toSuccess : this.#toError;
    const fields = filtered(head.fields, (name) => !replaced.has(name));
    const made: ResponseHead = {
      status: head.status,
      reason: head.reason,
      fields: [...fields, ...own],
      memo: null,
    };
    this.#known.set(head, made);
    return made;
  }
}

/** What is added, and the names, in lower case, that it takes the place of. */
interface Additions {
  readonly fields: readonly string[];
  readonly replaced: ReadonlySet<string>;
}

function additions(fields: readonly string[]): Additions {
  const replaced = new Set<string>();
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i]?.toLowerCase() ?? '';
    if (fields[i + 1] === '' || !REPEATABLE.has(name)) replaced.add(name);
  }
  return { fields: filtered(fields, (_, value) => value !== ''), replaced };
}

/** RFC 9111 section 5, RFC 9213 (`CDN-Cache-Control` and its like), and what proxies have. */
function letsKeep(name: string, value: string): boolean {
  return CACHING.test(name) && !/\bno-store\b/i.test(value);
}

const CACHING =
  /^(?:(?:[\w-]+-)?cache-control|expires|age|pragma|surrogate-control|x-accel-expires|etag|last-modified)$/;

function withoutFraming(fields: readonly string[]): readonly string[] {
  return filtered(fields, (name) => !FRAMING.has(name));
}

/** The pairs that `keep` says yes to; it gets the name in lower case. */
function filtered(
  fields: readonly string[],
  keep: (name: string, value: string) => boolean,
): readonly string[] {
  const kept: string[] = [];
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i] ?? '';
    const value = fields[i + 1] ?? '';
    if (keep(name.toLowerCase(), value)) kept.push(name, value);
  }
  return kept;
}
