import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rateLimit, rateTables } from '../../../../src/middleware/access/rate-limit.ts';
import { RateTable } from '../../../../src/middleware/access/rate-table.ts';
import type { Refuse } from '../../../../src/middleware/access/refuse.ts';
import type { RateSpec } from '../../../../src/wire/access-spec.ts';
import { FakeExchange, FakeSink } from '../../handlers/fake-exchange.ts';

const SPEC: RateSpec = {
  counter: 'a',
  key: 'client',
  limits: [{ requests: 10, windowMs: 1000 }],
  burst: 3,
  tell: false,
};

const refuse: Refuse = (_exchange, sink, status, _detail, fields = []) =>
  sink.start({ status, reason: '', fields, memo: null }, 0);

/** A limit on a clock of its own; answers give the status and its fields. */
function limited(parts: Partial<RateSpec> = {}) {
  const clock = { now: 1000 };
  const spec = { ...SPEC, ...parts };
  const handler = rateLimit(
    spec,
    rateTables(spec),
    refuse,
    () => clock.now,
  )((_, sink) => sink.start({ status: 200, reason: '', fields: [], memo: null }, 0));
  const ask = (address = '192.0.2.1', ...fields: string[]) => {
    const sink = new FakeSink();
    const lines = ['GET /a HTTP/1.1', 'Host: a', ...fields].join('\r\n');
    handler(new FakeExchange(lines, { client: { address } }), sink);
    return { status: sink.head?.status, fields: sink.head?.fields ?? [] };
  };
  return { clock, ask };
}

test('as many as the burst may come at once, then one in each interval', () => {
  const { clock, ask } = limited();
  assert.deepEqual(
    [1, 2, 3, 4].map(() => ask().status),
    [200, 200, 200, 429],
  );
  clock.now += 99;
  assert.equal(ask().status, 429);
  clock.now += 1;
  assert.equal(ask().status, 200);
  assert.equal(ask().status, 429);
  clock.now += 10_000;
  assert.deepEqual(
    [1, 2, 3, 4].map(() => ask().status),
    [200, 200, 200, 429],
    'the burst is all there is to save',
  );
});

test('over a long time exactly the rate is let in, however often a client asks', () => {
  const { clock, ask } = limited({ burst: 1 });
  let passed = 0;
  for (let i = 0; i < 1000; i++) {
    if (ask().status === 200) passed += 1;
    clock.now += 10;
  }
  assert.equal(passed, 100);
});

test('who is refused is told when to come again, and what the policy is', () => {
  const { ask } = limited({ limits: [{ requests: 6, windowMs: 60_000 }], burst: 1 });
  assert.equal(ask().status, 200);
  assert.deepEqual(ask(), {
    status: 429,
    fields: [
      ...['Retry-After', '10', 'RateLimit-Policy', '"6-per-60s";q=6;w=60'],
      ...['RateLimit', '"6-per-60s";r=0;t=10'],
    ],
  });
});

test('who is let in is told what is left, when that is asked for', () => {
  const { ask } = limited({ tell: true });
  assert.deepEqual(ask().fields, [
    'RateLimit-Policy',
    '"10-per-1s";q=10;w=1',
    'RateLimit',
    '"10-per-1s";r=2;t=1',
  ]);
});

test('all limits have to be kept, and the burst is that of the first', () => {
  const { clock, ask } = limited({
    limits: [
      { requests: 10, windowMs: 1000 },
      { requests: 4, windowMs: 60_000 },
    ],
    burst: 2,
  });
  assert.deepEqual(
    [1, 2, 3].map(() => ask().status),
    [200, 200, 429],
  );
  clock.now += 1000;
  assert.deepEqual(
    [1, 2, 3].map(() => ask().status),
    [200, 200, 429],
  );
  clock.now += 1000;
  assert.equal(ask().status, 429, 'the second limit');
});

test('clients count for themselves, and 64 bits of IPv6 are one client', () => {
  const { ask } = limited({ burst: 1 });
  assert.equal(ask('192.0.2.1').status, 200);
  assert.equal(ask('192.0.2.2').status, 200);
  assert.equal(ask('::ffff:192.0.2.2').status, 429);
  assert.equal(ask('2001:db8::1').status, 200);
  assert.equal(ask('2001:db8::ffff:1').status, 429);
  assert.equal(ask('2001:db8:0:1::1').status, 200);
});

test('a header or a cookie may say whose request it is; without it the address does', () => {
  const header = limited({ key: 'header:X-Api-Key', burst: 1 });
  assert.equal(header.ask('192.0.2.1', 'X-Api-Key: a').status, 200);
  assert.equal(header.ask('192.0.2.9', 'x-api-key: a').status, 429);
  assert.equal(header.ask('192.0.2.1', `X-Api-Key: ${'b'.repeat(5000)}`).status, 200);
  assert.equal(header.ask('192.0.2.1', `X-Api-Key: ${'b'.repeat(5001)}`).status, 200);
  assert.equal(header.ask('192.0.2.1').status, 200);
  assert.equal(header.ask('192.0.2.1').status, 429);
  const cookie = limited({ key: 'cookie:sid', burst: 1 });
  assert.equal(cookie.ask('192.0.2.1', 'Cookie: a=1; sid=x').status, 200);
  assert.equal(cookie.ask('192.0.2.2', 'Cookie: sid=x').status, 429);
  assert.equal(cookie.ask('192.0.2.2', 'Cookie: xsid=x').status, 200);
});

test('no more keys are remembered than may be, and those at rest are forgotten', () => {
  const table = new RateTable({ requests: 1, windowMs: 1000 }, 1, 100);
  for (let i = 0; i < 1000; i++) table.take(`client ${i}`, 0);
  assert.equal(table.size, 100);
  assert.equal(table.waitMs('client 999', 0), 1000);
  assert.equal(table.waitMs('client 0', 0), 0);
  for (let i = 0; i < 60; i++) table.take(`later ${i}`, 5000);
  assert.ok(table.size <= 60, `${table.size}`);
});
