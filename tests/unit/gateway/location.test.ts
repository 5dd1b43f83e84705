import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byLocation } from '../../../src/gateway/location.ts';
import type { Handler } from '../../../src/http/exchange.ts';
import { choosable, type LocationMatch } from '../../../src/routing/location-choice.ts';
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

test('repeated slashes are no way around a location, and its handler sees a path that fits it', () => {
  const seen: string[] = [];
  const see =
    (name: string): Handler =>
    ({ head }) =>
      void seen.push(`${name} ${head.target.path}`);
  const paths: [LocationMatch, string, boolean][] = [
    ['prefix', '/', false],
    ['prefix', '/admin', false],
    ['prefix', '/files', true],
    ['exact', '/one', false],
    ['prefix-only', '/only/', false],
    ['regex', '^/old/(.*)$', false],
    ['regex', '//old', false],
    ['prefix', '/two//slashes', false],
  ];
  const locations = paths.map(([match, path, folder]) => ({
    ...choosable(match, path, folder),
    handler: see(`${match} ${path}`),
  }));
  const handler = byLocation(locations, see('otherwise'));
  const answered = (raw: string): string => {
    handler(new FakeExchange(`GET ${raw} HTTP/1.1\r\nHost: h`), new FakeSink());
    return seen.pop() ?? '';
  };
  for (const [raw, wanted] of [
    ['//admin', 'prefix /admin /admin'],
    ['/%2fadmin', 'prefix /admin /admin'],
    ['///admin//x', 'prefix /admin /admin/x'],
    ['/admin//x', 'prefix /admin /admin//x'],
    ['//files//a', 'prefix /files /files/a'],
    ['//one', 'exact /one /one'],
    ['/only//old/x', 'prefix-only /only/ /only//old/x'],
    ['//only/x', 'prefix-only /only/ /only/x'],
    ['/old//x', 'regex ^/old/(.*)$ /old//x'],
    ['//old/x', 'regex ^/old/(.*)$ /old/x'],
    ['/x//old', 'regex //old /x//old'],
    ['/two//slashes', 'prefix /two//slashes /two//slashes'],
    ['//other//x', 'prefix / //other//x'],
  ] as const)
    assert.equal(answered(raw), wanted, raw);
});

test('without locations the handler stays what it was', () => {
  const handler: Handler = () => undefined;
  assert.equal(byLocation([], handler), handler);
});
