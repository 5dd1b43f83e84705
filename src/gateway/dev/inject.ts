import type { Exchange, Middleware, ResponseHead, ResponseSink } from '../../http/exchange.ts';
import { PassingSink } from '../../middleware/passing-sink.ts';
import { fieldOf } from './field.ts';

const CSP = 'content-security-policy';

/** Puts an element at the end of every HTML page. @param element printable ASCII, asked for each page. */
export function inject(element: () => string): Middleware {
  return (next) => (exchange, sink) => {
    if (exchange.websocket === null && exchange.head.method === 'GET' && isForPage(exchange))
      next(exchange, new InjectingSink(sink, element()));
    else next(exchange, sink);
  };
}

/** A page that a person looks at, not a piece that a script puts into one. */
function isForPage(exchange: Exchange): boolean {
  const destination = fieldOf(exchange, 'sec-fetch-dest');
  if (destination !== '') return destination === 'document' || destination === 'iframe';
  return fieldOf(exchange, 'accept').includes('text/html') && fieldOf(exchange, 'hx-request') === '';
}

class InjectingSink extends PassingSink {
  readonly #element: Buffer;
  #wanted = false;

  constructor(inner: ResponseSink, element: string) {
    super(inner);
    this.#element = Buffer.from(element, 'latin1');
  }

  override start(head: ResponseHead, wholeBytes: number): void {
    this.#wanted = isWholePage(head) && policiesOf(head).every(isAllowed);
    if (!this.#wanted) this.inner.start(head, wholeBytes);
    else
      this.inner.start(
        longer(head, this.#element.length),
        wholeBytes < 0 ? -1 : wholeBytes + this.#element.length,
      );
  }

  override end(trailers: readonly string[] | null): void {
    if (this.#wanted) this.inner.writeShared(this.#element, 0, this.#element.length);
    this.#wanted = false;
    this.inner.end(trailers);
  }
}

function isWholePage(head: ResponseHead): boolean {
  const { status } = head;
  if (status < 200 || status === 204 || status === 206 || status === 304) return false;
  const type = valueOf(head, 'content-type').toLowerCase();
  const coding = valueOf(head, 'content-encoding').toLowerCase();
  return (
    /^text\/html\b/.test(type) &&
    !/charset=["']?utf-?(?:16|32)/.test(type) &&
    (coding === '' || coding === 'identity')
  );
}

/** A browser obeys all of them; they stand in several fields, or in one, with commas (CSP 3, 3.1). */
function policiesOf(head: ResponseHead): readonly string[] {
  return head.fields
    .filter((_, index) => index % 2 === 1 && head.fields[index - 1]?.toLowerCase() === CSP)
    .flatMap((value) => value.split(','));
}

/** Whether a policy lets a script of the site itself run, and speak to it. The site is an http one, so `https:` does not mean it. */
function isAllowed(policy: string): boolean {
  const rules = new Map<string, string>();
  for (const rule of policy.toLowerCase().split(';')) {
    const [name = '', ...sources] = rule.trim().split(/\s+/);
    if (!rules.has(name)) rules.set(name, sources.join(' '));
  }
  if (rules.has('sandbox')) return false;
  const open = (sources: string | undefined): boolean =>
    sources === undefined ||
    (/(?:^| )(?:'self'|\*|http:)(?: |$)/.test(sources) && !sources.includes("'strict-dynamic'"));
  const common = rules.get('default-src');
  const scripts = rules.get('script-src-elem') ?? rules.get('script-src') ?? common;
  return open(scripts) && open(rules.get('connect-src') ?? common);
}

function valueOf(head: ResponseHead, name: string): string {
  for (let i = 0; i < head.fields.length; i += 2)
    if (head.fields[i]?.toLowerCase() === name) return head.fields[i + 1] ?? '';
  return '';
}

function longer(head: ResponseHead, bytes: number): ResponseHead {
  const fields = head.fields.map((value, index) =>
    index % 2 === 1 && head.fields[index - 1]?.toLowerCase() === 'content-length'
      ? String(Number(value) + bytes)
      : value,
  );
  return { status: head.status, reason: head.reason, fields, memo: null };
}
