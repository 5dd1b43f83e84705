// The scope of an HTTP request: ASGI, "HTTP Connection Scope", version 2.3. That of a WebSocket is in tests/integration/websocket-scope.test.ts.
import assert from 'node:assert/strict';
import { ask, type Behaviour, get, post, type Subject } from './subject.ts';

const app = 'scope';

export const scopeBehaviours: readonly Behaviour[] = [
  { sentence: 'gives every key of the scope with type and value', app, assertion: every },
  { sentence: 'gives path decoded as UTF-8, raw_path and query as they came', app, assertion: paths },
  { sentence: 'keeps headers apart, in order, with names in lower case', app, assertion: headers },
  { sentence: 'shares nothing of a scope with the next request', app, assertion: copies },
  {
    sentence: 'puts root_path before a path that lacks it',
    app,
    args: ['--root-path', '/app'],
    assertion: mounted,
  },
  { sentence: 'says the version of HTTP', app, assertion: versions },
];

interface Scope {
  types: Record<string, string>;
  [key: string]: unknown;
}

async function scopeOf(subject: Subject, bytes: string): Promise<Scope> {
  const answer = await ask(subject, bytes);
  assert.equal(answer.status, 200, answer.text);
  return JSON.parse(answer.text) as Scope;
}

async function every(subject: Subject): Promise<void> {
  const {
    types,
    client,
    server,
    'licorne.request_id': id,
    ...scope
  } = await scopeOf(subject, post('/p?q=1', 'b'));
  assert.deepEqual(scope, {
    type: "'http'",
    asgi: "{'version': '3.0', 'spec_version': '2.3'}",
    http_version: "'1.1'",
    method: "'POST'",
    scheme: "'http'",
    path: "'/p'",
    raw_path: "b'/p'",
    query_string: "b'q=1'",
    root_path: "''",
    headers: "[(b'host', b'example.test'), (b'content-length', b'1')]",
    state: '{}',
    extensions:
      "{'http.response.early_hint': {}, 'http.response.pathsend': {}, 'http.response.trailers': {}}",
  });
  assert.match(String(id), /^'[0-9a-f]+-[0-9a-z]+'$/);
  if (subject.transport === 'tcp') {
    assert.match(String(client), /^\('127\.0\.0\.1', [0-9]+\)$/);
    assert.equal(server, `('127.0.0.1', ${subject.server.port})`);
  } else {
    assert.equal(client, 'None');
    assert.match(String(server), /^\('\/.*http\.sock', None\)$/);
  }
  assert.equal(types['headers'], 'list');
  assert.equal(types['path'], 'str');
}

async function paths(subject: Subject): Promise<void> {
  for (const [target, path, raw, query] of [
    ['/caf%C3%A9?a=%C3%A9', "'/café'", "b'/caf%C3%A9'", "b'a=%C3%A9'"],
    ['/caf\xc3\xa9', "'/café'", "b'/caf\\xc3\\xa9'", "b''"],
    ['/%FFa', "'/\ufffda'", "b'/%FFa'", "b''"],
    ['/a%2Fb%252F', "'/a/b%2F'", "b'/a%2Fb%252F'", "b''"],
    ['/?\xe9?', "'/'", "b'/'", "b'\\xe9?'"],
    ['//two', "'//two'", "b'//two'", "b''"],
  ] as const) {
    const scope = await scopeOf(subject, get(target));
    assert.deepEqual([scope['path'], scope['raw_path'], scope['query_string']], [path, raw, query]);
  }
}

async function headers(subject: Subject): Promise<void> {
  const scope = await scopeOf(
    subject,
    get('/', 'X-B: 1', 'x-a:  2', 'X-B: 3', 'Cookie: c=1', 'cookie: d=\xe9'),
  );
  assert.equal(
    scope['headers'],
    "[(b'host', b'example.test'), (b'x-b', b'1'), (b'x-a', b'2'), (b'x-b', b'3'), (b'cookie', b'c=1'), (b'cookie', b'd=\\xe9')]",
  );
}

/** The app leaves something behind in all of them. */
async function copies(subject: Subject): Promise<void> {
  for (let i = 0; i < 3; i += 1) {
    const scope = await scopeOf(subject, get('/'));
    for (const key of ['headers', 'state', 'extensions', 'asgi']) {
      assert.doesNotMatch(String(scope[key]), /left/, key);
    }
  }
}

async function mounted(subject: Subject): Promise<void> {
  for (const [target, path, raw] of [
    ['/app/page', "'/app/page'", "b'/app/page'"],
    ['/page', "'/app/page'", "b'/app/page'"],
    ['/app', "'/app'", "b'/app'"],
    ['/apple', "'/app/apple'", "b'/app/apple'"],
  ] as const) {
    const scope = await scopeOf(subject, get(target));
    assert.deepEqual([scope['root_path'], scope['path'], scope['raw_path']], ["'/app'", path, raw], target);
  }
}

async function versions(subject: Subject): Promise<void> {
  const old = await scopeOf(subject, 'GET / HTTP/1.0\r\n\r\n');
  assert.equal(old['http_version'], "'1.0'");
  assert.equal(old['headers'], '[]');
}
