import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFlags } from '../../../src/config/flags.ts';
import { resolveSettings } from '../../../src/config/resolve.ts';

const errors = (...argv: string[]): string[] =>
  resolveSettings({
    flags: parseFlags(argv),
    env: {},
    file: null,
    base: [{ name: 'target', raw: 'a', origin: { kind: 'default' } }],
  }).diagnostics.map((one) => `${one.message}${one.hint === null ? '' : ` (${one.hint})`}`);

const target = (raw: string): string[] =>
  resolveSettings({
    flags: { entries: [{ name: 'target', raw, origin: { kind: 'flag', flag: 'TARGET' } }], diagnostics: [] },
    env: {},
    file: null,
  }).diagnostics.map((one) => `${one.message}${one.hint === null ? '' : ` (${one.hint})`}`);

test('a target is a module, an attribute of one, or a call', () => {
  for (const good of [
    'app',
    'mysite.wsgi',
    'a.b:app',
    'a:b.c',
    'a:make()',
    "a:make('x', debug=True)",
    'été:app',
    '_a:_b',
  ]) {
    assert.deepEqual(target(good), [], good);
  }
});

test('a target that is a file is told its module', () => {
  assert.deepEqual(target('mysite/wsgi.py'), [
    '`target`: `mysite/wsgi.py` does not name an application (write mysite.wsgi)',
  ]);
  assert.deepEqual(target('./app.py:app'), [
    '`target`: `./app.py:app` does not name an application (write app:app)',
  ]);
  assert.deepEqual(target('my-site.wsgi'), [
    '`target`: `my-site.wsgi` does not name an application (the name of a Python module has no hyphen)',
  ]);
  for (const bad of [':app', 'a:', 'a b', 'a:b c', 'a:b(', '1a', 'a..b', 'a.'])
    assert.equal(target(bad).length, 1, bad);
});

test('forwarded_allow_ips takes addresses, networks, unix and *', () => {
  assert.deepEqual(errors('--forwarded-allow-ips', '*'), []);
  assert.deepEqual(errors('--forwarded-allow-ips', '127.0.0.1,::1,10.0.0.0/8,fd00::/8,unix'), []);
  for (const bad of [
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0',
    'localhost',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    'fe80::1%eth0',
  ]) {
    assert.equal(errors('--forwarded-allow-ips', bad).length, 1, bad);
  }
});

test('a prefix begins with a slash and does not end with one', () => {
  assert.deepEqual(errors('--root-path', '/shop/x'), []);
  for (const bad of ['shop', '/shop/', '/', '/a//b', '/a?b', '/a/../b', '/a b'])
    assert.equal(errors('--root-path', bad).length, 1, bad);
});

test('the Server header cannot carry another header', () => {
  assert.deepEqual(errors('--server-header', 'shop 1.0'), []);
  assert.equal(errors('--server-header', 'a\r\nX: y').length, 1);
  assert.equal(errors('--server-header', ' a').length, 1);
});

test('threads of an ASGI application are a warning, as they have no effect', () => {
  const said = (...argv: string[]): string[] =>
    resolveSettings({ flags: parseFlags(argv), env: {}, file: null }).diagnostics.map(
      (one) => `${one.severity}: ${one.message}`,
    );
  assert.deepEqual(said('--interface', 'asgi', '--threads', '2'), [
    'warning: `threads`: an ASGI application does not use them; it runs in one event loop',
  ]);
  assert.deepEqual(said('--interface', 'asgi'), []);
  assert.deepEqual(said('--interface', 'wsgi', '--threads', '2'), []);
  assert.deepEqual(said('--threads', '2'), []);
});

test('an address given twice is told, port 0 may be asked for again', () => {
  assert.deepEqual(errors('-b', ':80', '-b', '0.0.0.0:80'), ['`bind`: `0.0.0.0:80` is given twice']);
  assert.deepEqual(errors('-b', '127.0.0.1:0', '-b', '127.0.0.1:0'), []);
});

test('no address at all is an error', () => {
  const { diagnostics } = resolveSettings({ flags: parseFlags([]), env: { LICORNE_BIND: '' }, file: null });
  assert.deepEqual(
    diagnostics.map((one) => one.message),
    ['`bind`: there is no address to listen on'],
  );
});

test('a settings module is a dotted name', () => {
  assert.deepEqual(errors('--settings', 'a.b'), []);
  assert.deepEqual(errors('--settings', 'a/b.py'), [
    '`settings_module`: `a/b.py` is not the name of a module (write a.b)',
  ]);
});

test('workers_max is not less than workers', () => {
  assert.deepEqual(errors('a', '-w', '4', '--workers-max', '3'), [
    '`workers_max`: 3 is less than `workers`, which is 4, the fewest there are',
  ]);
  for (const argv of [
    ['-w', '4', '--workers-max', '4'],
    ['-w', '4', '--workers-max', '0'],
    ['-w', 'auto', '--workers-max', '1'],
  ])
    assert.deepEqual(errors('a', ...argv), []);
});
