import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exchange, Handler, ResponseSink } from '../../../../src/http/exchange.ts';
import { authRequest } from '../../../../src/middleware/access/auth-request.ts';
import type { Refuse } from '../../../../src/middleware/access/refuse.ts';
import { FakeExchange, FakeSink } from '../../handlers/fake-exchange.ts';

const refuse: Refuse = (_exchange, sink, status, _detail, fields = []) =>
  sink.start({ status, reason: '', fields, memo: null }, 0);

function asked(request: string, ask: Handler, headers: readonly string[] = []) {
  const sink = new FakeSink();
  const told: string[] = [];
  const seen: Exchange[] = [];
  const options = { ask, refuse, failed: (_: Exchange, message: string) => void told.push(message) };
  const exchange = new FakeExchange(request);
  authRequest(
    { target: '/auth/check?x=1', headers },
    options,
  )((passed, inner) => {
    seen.push(passed);
    inner.start({ status: 200, reason: '', fields: [], memo: null }, 0);
  })(exchange, sink);
  return { sink, told, exchange, passed: seen[0] };
}

function answer(status: number, ...fields: string[]): Handler {
  return (_exchange, sink) => {
    sink.start({ status, reason: '', fields, memo: null }, 2);
    sink.write(Buffer.from('ok'), 0, 2);
    sink.end(null);
  };
}

function named(exchange: Exchange | undefined, name: string): (string | undefined)[] {
  const { lower = [], fields = [] } = exchange?.head.block ?? {};
  return lower.flatMap((one, i) => (one === name ? [fields[2 * i + 1]] : []));
}

const POST = [
  ...['POST /a%20b?q=1 HTTP/1.1', 'Host: site', 'Cookie: sid=1', 'Content-Length: 5'],
  ...['X-Auth-User: root', 'X-Original-URI: /forged', 'Content-Type: text/plain', 'Expect: 100-continue'],
].join('\r\n');

test('the question has the headers of the request, says what is asked for, and has no body', () => {
  let question: Exchange | undefined;
  const { passed, exchange } = asked(POST, (sub, sink) => {
    question = sub;
    answer(204)(sub, sink);
  });
  assert.equal(question?.head.method, 'GET');
  assert.equal(question.head.target.path, '/auth/check');
  assert.equal(question.head.target.query, 'x=1');
  assert.deepEqual(named(question, 'cookie'), ['sid=1']);
  assert.deepEqual(named(question, 'x-original-uri'), ['/a%20b?q=1']);
  assert.deepEqual(named(question, 'x-original-method'), ['POST']);
  assert.deepEqual(named(question, 'x-original-url'), ['http://site/a%20b?q=1']);
  assert.deepEqual(named(question, 'content-length'), []);
  assert.deepEqual(named(question, 'content-type'), []);
  assert.equal(question.head.block.expectContinue, false);
  assert.equal(question.body.length, 0);
  assert.equal(passed, exchange, 'nothing to change');
  assert.equal(exchange.body.consumer, null, 'the body waits for its handler');
});

test('chosen headers of the answer go to the request, and a client cannot send them itself', () => {
  const { passed } = asked(POST, answer(200, 'x-auth-user', 'anna', 'X-Other', 'b'), [
    'X-Auth-User',
    'X-Groups',
  ]);
  assert.deepEqual(named(passed, 'x-auth-user'), ['anna']);
  assert.deepEqual(named(passed, 'x-other'), []);
  assert.deepEqual(named(passed, 'content-length'), ['5']);
  assert.match(passed?.head.block.text ?? '', /\r\nX-Auth-User: anna$/);
  const silent = asked(POST, answer(200), ['X-Auth-User']);
  assert.deepEqual(named(silent.passed, 'x-auth-user'), [], 'also when the answer says nothing of it');
});

test('a client cannot have the chosen headers left out by naming them in Connection', () => {
  const request = 'GET /a HTTP/1.1\r\nHost: site\r\nConnection: x-auth-user, close,X-Other';
  const { passed } = asked(request, answer(200, 'X-Auth-User', 'anna'), ['X-Auth-User']);
  assert.deepEqual(named(passed, 'connection'), ['close, X-Other']);
  const all = asked(request.replace(', close,X-Other', ''), answer(200, 'X-Auth-User', 'anna'), [
    'X-Auth-User',
  ]);
  assert.deepEqual(named(all.passed, 'connection'), []);
  assert.deepEqual(named(all.passed, 'x-auth-user'), ['anna']);
});

test('what is asked for is told as it will be answered, not as it was sent', () => {
  for (const [raw, uri] of [
    ['/public/../a?b=../c', '/a?b=../c'],
    ['/public/..%2fa%20b', '/a%20b'],
    ['http://site/%61', '/%61'],
    ['/a\\b', '/a%5Cb'],
  ] as const) {
    let question: Exchange | undefined;
    asked(`GET ${raw} HTTP/1.1\r\nHost: site`, (sub) => {
      question = sub;
    });
    assert.deepEqual(named(question, 'x-original-uri'), [uri], raw);
  }
});

test('401 and 403 are what the client gets, with what it needs to sign in', () => {
  const { sink, passed } = asked(
    POST,
    answer(401, 'WWW-Authenticate', 'Bearer', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-Secret', 'x'),
  );
  assert.equal(passed, undefined);
  assert.equal(sink.head?.status, 401);
  assert.deepEqual(sink.head?.fields, [
    ...['WWW-Authenticate', 'Bearer', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'],
  ]);
  assert.equal(asked(POST, answer(403)).sink.head?.status, 403);
});

test('anything else lets nobody in, and is written down', () => {
  for (const status of [302, 404, 500, 503]) {
    const { sink, passed, told } = asked(POST, answer(status));
    assert.equal(passed, undefined);
    assert.equal(sink.head?.status, 500);
    assert.match(told[0] ?? '', new RegExp(`asked about POST /a%20b\\?q=1 and answered ${status}`));
  }
  assert.equal(asked(POST, (_, sink) => sink.abort('x')).sink.head?.status, 500);
  const split = asked(POST, answer(200, 'X-Auth-User', 'a\r\nX-Admin: 1'), ['X-Auth-User']);
  assert.equal(split.sink.head?.status, 500);
});

test('a client that leaves ends the question, and is not answered', () => {
  let cancelled = 0;
  let late: ResponseSink | undefined;
  const { exchange, sink, passed } = asked(POST, (sub, inner) => {
    sub.onGone = () => (cancelled += 1);
    late = inner;
  });
  exchange.onGone?.();
  assert.equal(cancelled, 1);
  late?.start({ status: 200, reason: '', fields: [], memo: null }, 0);
  assert.equal(passed, undefined);
  assert.equal(sink.started, false);
});
