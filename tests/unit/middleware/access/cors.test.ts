import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cors } from '../../../../src/middleware/access/cors.ts';
import type { CorsSpec } from '../../../../src/wire/access-spec.ts';
import { FakeExchange, FakeSink } from '../../handlers/fake-exchange.ts';

const SPEC: CorsSpec = {
  origins: ['https://app.example.com', 'https://*.example.org'],
  methods: 'GET, POST',
  headers: '*',
  exposed: 'X-Total',
  credentials: false,
  maxAge: 600,
};

function asked(
  spec: Partial<CorsSpec>,
  method: string,
  headers: readonly string[],
  own: readonly string[] = [],
) {
  const sink = new FakeSink();
  let passed = false;
  const handler = cors({ ...SPEC, ...spec })((_, inner) => {
    passed = true;
    inner.start({ status: 200, reason: 'OK', fields: own, memo: null }, 0);
  });
  handler(new FakeExchange([`${method} /x HTTP/1.1`, 'Host: a', ...headers].join('\r\n')), sink);
  const fields = sink.head?.fields ?? [];
  const field = (name: string) => (fields.includes(name) ? fields[fields.indexOf(name) + 1] : undefined);
  return { status: sink.head?.status, passed, fields, field };
}

const PREFLIGHT = [
  'Access-Control-Request-Method: POST',
  'Access-Control-Request-Headers: X-Csrf, content-type',
];

test('a preflight request is answered without asking anybody', () => {
  const { status, passed, field, fields } = asked({}, 'OPTIONS', [
    'Origin: https://app.example.com',
    ...PREFLIGHT,
  ]);
  assert.equal(passed, false);
  assert.equal(status, 204);
  assert.equal(field('Access-Control-Allow-Origin'), 'https://app.example.com');
  assert.equal(field('Access-Control-Allow-Methods'), 'GET, POST');
  assert.equal(field('Access-Control-Allow-Headers'), 'X-Csrf, content-type');
  assert.equal(field('Access-Control-Max-Age'), '600');
  assert.match(field('Vary') ?? '', /Origin/);
  assert.ok(!fields.includes('Access-Control-Allow-Credentials'));
});

test('a foreign origin gets nothing of it, neither before nor after', () => {
  for (const origin of [
    'https://evil.example',
    'https://app.example.com.evil.example',
    'http://app.example.com',
    'https://example.org',
    'https://evil.example/.example.org',
    'https://a:1@b.example.org',
    'null',
  ]) {
    const preflight = asked({}, 'OPTIONS', [`Origin: ${origin}`, ...PREFLIGHT]);
    assert.equal(preflight.field('Access-Control-Allow-Origin'), undefined, origin);
    const actual = asked({}, 'GET', [`Origin: ${origin}`]);
    assert.equal(actual.passed, true);
    assert.deepEqual(actual.fields, ['Vary', 'Origin'], origin);
  }
});

test('origins below a name are meant by an asterisk, and the usual port may be left out', () => {
  for (const origin of ['https://a.example.org', 'https://a.b.example.org', 'https://app.example.com:443'])
    assert.equal(asked({}, 'GET', [`Origin: ${origin}`]).field('Access-Control-Allow-Origin'), origin);
});

test('a response says whose pages may read it, and that it depends on that', () => {
  const { fields } = asked(
    { credentials: true },
    'GET',
    ['Origin: https://app.example.com'],
    ['vary', 'Cookie'],
  );
  assert.deepEqual(fields, [
    ...['vary', 'Cookie, Origin', 'Access-Control-Allow-Origin', 'https://app.example.com'],
    ...['Access-Control-Allow-Credentials', 'true', 'Access-Control-Expose-Headers', 'X-Total'],
  ]);
  assert.deepEqual(asked({}, 'GET', []).fields, ['Vary', 'Origin'], 'a cache may keep it for others');
});

test('for everybody it is the same response', () => {
  const { fields } = asked({ origins: ['*'] }, 'GET', ['Origin: https://evil.example']);
  assert.deepEqual(fields, ['Access-Control-Allow-Origin', '*', 'Access-Control-Expose-Headers', 'X-Total']);
  assert.deepEqual(asked({ origins: ['*'] }, 'GET', []).fields, []);
});

test('an application that speaks of it itself is left alone', () => {
  const own = ['access-control-allow-origin', 'https://x.example'];
  assert.deepEqual(asked({}, 'GET', ['Origin: https://app.example.com'], own).fields, own);
});

test('OPTIONS without a question of a browser is for the handler', () => {
  assert.equal(asked({}, 'OPTIONS', []).passed, true);
  assert.equal(asked({}, 'OPTIONS', ['Origin: https://app.example.com']).passed, true);
});

test('a list of headers that is none is not repeated', () => {
  const lines = ['Origin: https://app.example.com', 'Access-Control-Request-Method: POST'];
  for (const asking of ['a b', 'a,,b', `x${'y'.repeat(2000)}`]) {
    const { field } = asked({}, 'OPTIONS', [...lines, `Access-Control-Request-Headers: ${asking}`]);
    assert.equal(field('Access-Control-Allow-Headers'), undefined);
  }
});
