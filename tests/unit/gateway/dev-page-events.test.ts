import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { PageEvents } from '../../../src/gateway/dev/page-events.ts';
import { PAGE_SCRIPT } from '../../../src/gateway/dev/page-script.ts';
import { FakeExchange, FakeSink } from '../handlers/fake-exchange.ts';

function open(events: PageEvents): { readonly exchange: FakeExchange; readonly sink: FakeSink } {
  const exchange = new FakeExchange('GET /-/dev/events HTTP/1.1\r\nHost: a');
  const sink = new FakeSink();
  events.handlerOf('/-/dev/events')?.(exchange, sink);
  return { exchange, sink };
}

const stateOf = (events: PageEvents): string => /data-state="([^"]+)"/.exec(events.element)?.[1] ?? '';

test('a page is greeted with the state that the next page will be from', () => {
  const events = new PageEvents();
  const { sink } = open(events);
  assert.deepEqual(sink.head?.fields.slice(0, 2), ['Content-Type', 'text/event-stream']);
  assert.equal(sink.text, `retry: 300\nevent: hello\ndata: ${stateOf(events)}\n\n`);
  assert.equal(sink.ended, undefined);
  assert.notEqual(stateOf(new PageEvents()), stateOf(events), 'another gateway is another state');
});

test('pages that are open hear of changes, in the order of states; those that left do not', () => {
  const events = new PageEvents();
  const [one, gone] = [open(events), open(events)];
  gone.exchange.onGone?.();
  const before = gone.sink.text;
  one.sink.text = '';
  events.tell({ kind: 'css', names: ['a.css', 'b"\n.css'] });
  const style = stateOf(events);
  events.tell({ kind: 'reload' });
  assert.equal(
    one.sink.text,
    `event: css\ndata: ${JSON.stringify({ state: style, names: ['a.css', 'b"\n.css'] })}\n\n` +
      `event: reload\ndata: ${stateOf(events)}\n\n`,
  );
  assert.match(style, /\.0\/1$/);
  assert.match(stateOf(events), /\.1\/1$/);
  assert.equal(gone.sink.text, before);
});

test('one page too many is told not to ask again, and at the end all are let go', () => {
  const events = new PageEvents();
  const pages = Array.from({ length: 200 }, () => open(events));
  // 204 keeps an EventSource from coming again.
  assert.equal(open(events).sink.head?.status, 204);
  events.close();
  assert.ok(pages.every(({ sink, exchange }) => sink.ended === null && exchange.onGone === null));
});

interface Link {
  href: string;
  removed: boolean;
  addEventListener(name: string, call: () => void): void;
  cloneNode(): Link;
  after(other: Link): void;
  remove(): void;
}

/** As much of a browser as the script needs. */
function browser(hrefs: readonly string[]) {
  const links: Link[] = [];
  const link = (href: string): Link => ({
    href,
    removed: false,
    addEventListener: (name, call) => {
      if (name === 'load') call();
    },
    cloneNode: () => link(href),
    after: (other) => void links.push(other),
    remove() {
      this.removed = true;
    },
  });
  links.push(...hrefs.map(link));
  const sources: { closed: boolean; on: Map<string, (event: { data: string }) => void> }[] = [];
  const page = { loads: 0, visibility: 'visible', on: new Map<string, () => void>() };
  class EventSource {
    readonly on = new Map<string, (event: { data: string }) => void>();
    closed = false;
    constructor() {
      sources.push(this);
    }
    addEventListener(name: string, call: (event: { data: string }) => void): void {
      this.on.set(name, call);
    }
    close(): void {
      this.closed = true;
    }
  }
  const listen = (name: string, call: () => void): void => void page.on.set(name, call);
  const world = {
    window: {},
    URL,
    Date: { now: () => 7 },
    EventSource,
    addEventListener: listen,
    location: { href: 'http://h/shop/', origin: 'http://h', reload: () => (page.loads += 1) },
    document: {
      currentScript: { dataset: { state: 'run.0/0', events: '/-/dev/events' } },
      querySelectorAll: () => links,
      addEventListener: listen,
      get visibilityState() {
        return page.visibility;
      },
    },
  };
  const tell = (name: string, data: string): void => sources.at(-1)?.on.get(name)?.({ data });
  const shown = (): string[] => links.filter(({ removed }) => !removed).map(({ href }) => href);
  const look = (visibility: string): void => {
    page.visibility = visibility;
    page.on.get('visibilitychange')?.();
  };
  runInNewContext(PAGE_SCRIPT, world);
  return { page, sources, tell, shown, look, again: () => runInNewContext(PAGE_SCRIPT, world) };
}

test('the script loads the page again when the code is another, and not for the state it has', () => {
  const { page, tell } = browser([]);
  tell('hello', 'run.0/0');
  assert.equal(page.loads, 0);
  tell('reload', 'run.1/0');
  assert.equal(page.loads, 1);
  const anew = browser([]);
  anew.tell('hello', 'other.0/0');
  assert.equal(anew.page.loads, 1, 'the server was started anew');
});

test('the script exchanges the style sheet that is meant, and all when none is; never those of others', () => {
  const hrefs = ['/static/a.css', '/static/b.css', 'http://cdn/a.css'];
  const { tell, shown, page } = browser(hrefs);
  tell('css', JSON.stringify({ state: 'run.0/1', names: ['a.css'] }));
  assert.deepEqual(shown(), ['/static/b.css', 'http://cdn/a.css', 'http://h/static/a.css?licorne=7']);
  const other = browser(hrefs);
  other.tell('css', JSON.stringify({ state: 'run.0/1', names: ['part.css'] }));
  assert.deepEqual(other.shown(), [
    'http://cdn/a.css',
    'http://h/static/a.css?licorne=7',
    'http://h/static/b.css?licorne=7',
  ]);
  other.tell('hello', 'run.0/1');
  assert.equal(other.shown().length, 3);
  assert.equal(page.loads + other.page.loads, 0);
});

test('a hidden page lets go of its connection, and one that has the script twice has one', () => {
  const { sources, look, again } = browser([]);
  again();
  assert.equal(sources.length, 1);
  look('hidden');
  assert.equal(sources[0]?.closed, true);
  look('visible');
  look('visible');
  assert.equal(sources.length, 2);
});
