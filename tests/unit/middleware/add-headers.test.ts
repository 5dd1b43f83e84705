import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exchange, ResponseHead } from '../../../src/http/exchange.ts';
import { addHeaders } from '../../../src/middleware/add-headers.ts';
import { FakeExchange, FakeSink } from '../handlers/fake-exchange.ts';

function head(...fields: string[]): ResponseHead {
  return { status: 200, reason: 'OK', fields, memo: null };
}

function withStatus(status: number, ...fields: string[]): ResponseHead {
  return { status, reason: 'X', fields, memo: null };
}

function added(fields: readonly string[], given: ResponseHead, middleware = addHeaders(fields)): FakeSink {
  const inner = new FakeSink();
  middleware((_, sink) => sink.start(given, 5))(new FakeExchange('GET / HTTP/1.0'), inner);
  return inner;
}

test('headers are added, and take the place of those of the same name', () => {
  const inner = added(
    ['X-A', '1', 'cache-control', 'no-store'],
    head('Content-Type', 'x', 'Cache-Control', 'public'),
  );
  assert.deepEqual(inner.head?.fields, ['Content-Type', 'x', 'X-A', '1', 'cache-control', 'no-store']);
  assert.equal(inner.wholeBytes, 5);
  assert.equal(inner.head?.memo, null);
});

test('Link, Set-Cookie and Vary may come several times', () => {
  const fields = ['Link', '</a>', 'Set-Cookie', 'a=1', 'Vary', 'Origin'];
  const inner = added(fields, head('link', '</b>', 'SET-COOKIE', 'b=1', 'vary', 'Cookie'));
  assert.deepEqual(inner.head?.fields, ['link', '</b>', 'SET-COOKIE', 'b=1', 'vary', 'Cookie', ...fields]);
});

test('what lets a response be kept is for those that succeed, the rest is for all', () => {
  const fields = [
    ...['Cache-Control', 'public, max-age=604800', 'Expires', 'Thu, 01 Jan 2099 00:00:00 GMT', 'Age', '1'],
    ...['CDN-Cache-Control', 'max-age=60', 'Surrogate-Control', 'max-age=60', 'Pragma', 'cache', 'X-A', '1'],
  ];
  for (const status of [200, 204, 206, 301, 304])
    assert.deepEqual(added(fields, withStatus(status)).head?.fields, fields, `${status}`);
  for (const status of [400, 403, 404, 416, 500, 503])
    assert.deepEqual(
      added(fields, withStatus(status, 'Cache-Control', 'no-store')).head?.fields,
      ['Cache-Control', 'no-store', 'X-A', '1'],
      `${status}`,
    );
});

test('what forbids to keep a response is for all', () => {
  const fields = ['Cache-Control', 'private, No-Store'];
  assert.deepEqual(added(fields, withStatus(404, 'cache-control', 'max-age=5')).head?.fields, fields);
});

test('the framing is not touched', () => {
  const inner = added(
    ['Content-Length', '9', 'X', 'y', 'transfer-encoding', 'x'],
    head('Content-Length', '5'),
  );
  assert.deepEqual(inner.head?.fields, ['Content-Length', '5', 'X', 'y']);
});

test('heads that come again keep what is remembered about them', () => {
  const middleware = addHeaders(['X', 'y']);
  const given = head();
  assert.equal(added([], given, middleware).head, added([], given, middleware).head);
  assert.notEqual(added([], given, middleware).head, added([], head(), middleware).head);
});

test('everything else passes through', () => {
  const inner = new FakeSink();
  let drained = 0;
  addHeaders(['X', 'y'])((_, sink) => {
    sink.inform(head());
    assert.equal(sink.started, false);
    sink.start(head(), -1);
    assert.equal(sink.started, true);
    sink.write(Buffer.from('abc'), 1, 3);
    sink.writeShared(Buffer.from('def'), 0, 1);
    inner.pending = 7;
    assert.equal(sink.pending, 7);
    sink.onDrain ??= () => {
      drained += 1;
    };
    sink.end(['T', 'u']);
    sink.abort('x');
  })(new FakeExchange('GET / HTTP/1.0'), inner);
  inner.onDrain?.();
  assert.deepEqual([drained, inner.text, inner.ended, inner.aborted], [1, 'bcd', ['T', 'u'], 'x']);
});

test('with nothing to add, and for WebSockets, nothing is wrapped', () => {
  const handler = (): void => undefined;
  assert.equal(addHeaders([])(handler), handler);
  const websocket = { key: 'k' } as unknown as NonNullable<Exchange['websocket']>;
  const inner = new FakeSink();
  let seen: unknown;
  addHeaders(['X', 'y'])((_, sink) => {
    seen = sink;
  })(new FakeExchange('GET / HTTP/1.0', { websocket }), inner);
  assert.equal(seen, inner);
});
