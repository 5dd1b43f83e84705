import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Development } from '../../../src/gateway/dev/development.ts';
import { Gate } from '../../../src/gateway/dev/gate.ts';
import type { Exchange, Handler } from '../../../src/http/exchange.ts';
import { FakeExchange, FakeSink } from '../handlers/fake-exchange.ts';

const request = (path = '/', more = ''): FakeExchange =>
  new FakeExchange(`GET ${path} HTTP/1.1\r\nHost: a${more}`);

function counted(): { readonly seen: Exchange[]; readonly handler: Handler } {
  const seen: Exchange[] = [];
  return { seen, handler: (exchange) => void seen.push(exchange) };
}

test('requests wait in their order while the gate is closed, and those whose client left are forgotten', () => {
  const gate = new Gate();
  const { seen, handler } = counted();
  const guarded = gate.middleware(handler);
  const [first, second, third, fourth] = [request(), request(), request(), request()];
  guarded(first, new FakeSink());
  assert.deepEqual(seen, [first]);
  gate.close();
  for (const exchange of [second, third, fourth]) guarded(exchange, new FakeSink());
  assert.deepEqual(seen, [first]);
  third.onGone?.();
  gate.open();
  assert.deepEqual(seen, [first, second, fourth]);
  assert.equal(second.onGone, null, 'whoever answers now may hear of its leaving');
});

test('more requests than anybody has are not kept', () => {
  const gate = new Gate();
  const { seen, handler } = counted();
  const guarded = gate.middleware(handler);
  gate.close();
  const exchange = request();
  for (let number = 0; number <= 1_000; number += 1) guarded(exchange, new FakeSink());
  assert.equal(seen.length, 1);
  gate.open();
  assert.equal(seen.length, 1_001);
});

const OPTIONS = { liveReload: false, runserverLines: null, color: false };
const FAULT = { title: 'NameError', traceback: '', hint: '' };

test('requests wait as long as one of several apps is being loaded', () => {
  const development = new Development(OPTIONS);
  const { seen, handler } = counted();
  const guarded = development.gate(handler);
  development.show('app', { kind: 'hold' });
  development.show('api', { kind: 'hold' });
  guarded(request(), new FakeSink());
  development.show('app', { kind: 'open' });
  assert.equal(seen.length, 0);
  development.show('api', { kind: 'fault', fault: FAULT });
  assert.equal(seen.length, 1);
});

test('an app with a fault is explained, with a script that waits for the mending; the others go on', () => {
  const development = new Development(OPTIONS);
  const { seen, handler } = counted();
  development.show('app', { kind: 'fault', fault: FAULT });
  const sink = new FakeSink();
  development.around('app', handler)(request('/', '\r\nAccept: text/html'), sink);
  assert.equal(sink.head?.status, 500);
  assert.equal(sink.text.split('<script src="/-/dev/reload.js"').length - 1, 1);
  development.around('api', handler)(request(), new FakeSink());
  assert.equal(seen.length, 1);
  development.show('app', { kind: 'open' });
  development.around('app', handler)(request(), new FakeSink());
  assert.equal(seen.length, 2);
});

test('with live reload the page of a fault has its script once', () => {
  const development = new Development({ ...OPTIONS, liveReload: true });
  development.show('app', { kind: 'fault', fault: FAULT });
  const sink = new FakeSink();
  development.around('app', () => undefined)(request('/', '\r\nAccept: text/html'), sink);
  assert.equal(sink.text.split('<script src="/-/dev/reload.js"').length - 1, 1);
  assert.equal(sink.wholeBytes, Buffer.byteLength(sink.text));
});

test('only the paths that are its own are taken from the app', () => {
  const development = new Development(OPTIONS);
  const { seen, handler } = counted();
  const outer = development.endpoints(handler);
  for (const path of ['/', '/-/dev/', '/-/dev/other', '/x/-/dev/events'])
    outer(request(path), new FakeSink());
  assert.equal(seen.length, 4);
  const sink = new FakeSink();
  outer(request('/-/dev/reload.js?1'), sink);
  assert.match(sink.text, /EventSource/);
  assert.equal(seen.length, 4);
});

test('a gateway that is about to end lets go of whoever waits', () => {
  const development = new Development(OPTIONS);
  const { seen, handler } = counted();
  development.show('app', { kind: 'hold' });
  development.gate(handler)(request(), new FakeSink());
  const stream = new FakeSink();
  development.endpoints(handler)(request('/-/dev/events'), stream);
  assert.equal(stream.ended, undefined);
  development.close();
  assert.equal(seen.length, 1);
  assert.equal(stream.ended, null);
});
