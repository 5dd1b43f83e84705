import { randomBytes } from 'node:crypto';
import { responseHead } from '../../handlers/respond.ts';
import type { Exchange, Handler, ResponseSink } from '../../http/exchange.ts';
import type { PageEvent } from '../../wire/dev.ts';
import { PAGE_SCRIPT } from './page-script.ts';

/** Nobody has as many pages open. */
const PAGES_MAX = 200;

const EVENTS_PATH = '/-/dev/events';
const SCRIPT_PATH = '/-/dev/reload.js';

/** Tells open pages of changes, by server-sent events; and has the script for them. */
export class PageEvents {
  readonly #run = randomBytes(4).toString('hex');
  /** Since the gateway began: what loaded pages again, and style sheets. */
  #count = 0;
  #styles = 0;
  readonly #pages = new Map<Exchange, ResponseSink>();

  /** The element that a page needs; it says which state of the code the page is from. */
  get element(): string {
    return `<script src="${SCRIPT_PATH}" data-state="${this.#state}" data-events="${EVENTS_PATH}" async></script>`;
  }

  /** The handler of a path of ours; null: it is none. */
  handlerOf(path: string): Handler | null {
    if (path === EVENTS_PATH) return (exchange, sink) => this.#listen(exchange, sink);
    if (path === SCRIPT_PATH) return (_exchange, sink) => respondScript(sink);
    return null;
  }

  tell(event: PageEvent): void {
    if (event.kind === 'reload') {
      this.#count += 1;
      this.#send(`event: reload\ndata: ${this.#state}\n\n`);
    } else {
      this.#styles += 1;
      this.#send(`event: css\ndata: ${JSON.stringify({ state: this.#state, names: event.names })}\n\n`);
    }
  }

  /** Nothing more will be told. */
  close(): void {
    const pages = [...this.#pages];
    this.#pages.clear();
    for (const [exchange, sink] of pages) {
      exchange.onGone = null;
      sink.end(null);
    }
  }

  get #state(): string {
    return `${this.#run}.${this.#count}/${this.#styles}`;
  }

  #listen(exchange: Exchange, sink: ResponseSink): void {
    if (this.#pages.size >= PAGES_MAX) {
      sink.start(responseHead(204, []), 0);
      sink.end(null);
      return;
    }
    const fields = ['Content-Type', 'text/event-stream', 'Cache-Control', 'no-store'];
    sink.start(responseHead(200, fields), -1);
    this.#pages.set(exchange, sink);
    exchange.onGone = () => this.#pages.delete(exchange);
    write(sink, `retry: 300\nevent: hello\ndata: ${this.#state}\n\n`);
  }

  #send(text: string): void {
    for (const sink of this.#pages.values()) write(sink, text);
  }
}

function respondScript(sink: ResponseSink): void {
  const body = Buffer.from(PAGE_SCRIPT, 'utf8');
  const fields = ['Content-Type', 'text/javascript; charset=utf-8', 'Content-Length', String(body.length)];
  sink.start(responseHead(200, [...fields, 'Cache-Control', 'no-cache']), body.length);
  sink.write(body, 0, body.length);
  sink.end(null);
}

function write(sink: ResponseSink, text: string): void {
  const bytes = Buffer.from(text, 'utf8');
  sink.write(bytes, 0, bytes.length);
}
