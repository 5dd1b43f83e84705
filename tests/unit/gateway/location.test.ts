import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byLocation } from '../../../src/gateway/location.ts';
import type { Handler } from '../../../src/http/exchange.ts';
import { FakeExchange, FakeSink } from '../handlers/fake-exchange.ts';

function chosen(paths: string[], target: string): string {
  let name = '';
  const handler =
    (of: string): Handler =>
    () => {
      name = of;
    };
  const locations = paths.map((path) => ({
    match: 'prefix' as const,
    pattern: null,
    path,
    bare: path === '/files/' ? '/files' : '',
    handler: handler(path),
  }));
  byLocation(locations, handler('otherwise'))(
    new FakeExchange(`GET ${target} HTTP/1.1\r\nHost: h`),
    new FakeSink(),
  );
  return name;
}

test('the first path that the decoded path begins with is chosen, else the main app', () => {
  const paths = ['/ws/deep/', '/files/', '/ws/', '/events'];
  for (const [target, name] of [
    ['/ws/deep/1', '/ws/deep/'],
    ['/ws/1', '/ws/'],
    ['/ws', 'otherwise'],
    ['/files', '/files/'],
    ['/files-of-others', 'otherwise'],
    ['/events', '/events'],
    ['/eventsource', '/events'],
    ['/%77s/1', '/ws/'],
    ['/x/../ws/1', '/ws/'],
    ['/WS/1', 'otherwise'],
    ['/', 'otherwise'],
  ] as const) {
    assert.equal(chosen(paths, target), name, target);
  }
});

test('without locations the handler stays what it was', () => {
  const handler: Handler = () => undefined;
  assert.equal(byLocation([], handler), handler);
});
