import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { responseHead } from '../../../src/handlers/respond.ts';
import { answering, bodiesOf, connect, echoing, GET, holding, POST, reply } from './fake-gateway.ts';

const CHUNKED = 'POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n';

test('a request that comes byte by byte is answered once', () => {
  const { seen, handler } = echoing();
  const { socket, told } = connect(handler);
  for (const byte of POST('/x', 'hello')) socket.feed(byte);
  assert.deepEqual(seen, ['POST /x hello']);
  assert.deepEqual(bodiesOf(socket.sent), ['hello']);
  assert.deepEqual(told, ['hearing', 'busy', 'idle']);
  assert.ok(!socket.finished);
});

test('pipelined requests are answered in order, one at a time', () => {
  const { held, handler } = holding();
  const { socket } = connect(handler);
  socket.feed(GET('/1') + GET('/2') + GET('/3'));
  for (let i = 0; i < 3; i += 1) {
    assert.equal(held.length, i + 1);
    assert.equal(held[i]?.exchange.head.target.path, `/${i + 1}`);
    const sink = held[i]?.sink;
    if (sink) reply(sink, `answer ${i + 1}`);
  }
  assert.deepEqual(bodiesOf(socket.sent), ['answer 1', 'answer 2', 'answer 3']);
});

test('a client that sends ahead is not read until its request is answered', () => {
  const { held, handler } = holding();
  const { socket } = connect(handler);
  socket.feed(GET('/1'));
  socket.feed(GET('/2'));
  assert.ok(socket.isPaused());
  if (held[0]) reply(held[0].sink, '1');
  assert.equal(held.length, 2);
  assert.ok(!socket.isPaused());
});

test('a body waits until it is wanted, then comes before what follows', () => {
  const { held, handler } = holding();
  const { socket } = connect(handler);
  socket.feed(`${CHUNKED}3\r\nabc\r\n`);
  socket.feed(`2\r\nde\r\n0\r\n\r\n${GET('/next')}`);
  const [first] = held;
  let body = '';
  first?.exchange.body.start({
    data: (chunk, start, end) => {
      body += chunk.toString('latin1', start, end);
    },
    end: () => {
      body += '.';
    },
    abort: () => undefined,
  });
  assert.equal(body, 'abcde.');
  if (first) reply(first.sink, 'ok');
  assert.equal(held[1]?.exchange.head.target.path, '/next');
});

test('100 Continue is sent when the body is asked for and has not come', () => {
  const { held, handler } = holding();
  const { socket } = connect(handler);
  const head = POST('/', '', 'Expect: 100-continue').replace('Content-Length: 0', 'Content-Length: 3');
  socket.feed(head);
  assert.equal(socket.sent, '');
  held[0]?.exchange.body.start({ data: () => undefined, end: () => undefined, abort: () => undefined });
  assert.equal(socket.sent, 'HTTP/1.1 100 Continue\r\n\r\n');
  const early = connect(handler);
  early.socket.feed(`${head}abc`);
  held[1]?.exchange.body.start({ data: () => undefined, end: () => undefined, abort: () => undefined });
  assert.equal(early.socket.sent, '');
});

test('a bad request is refused after the good ones before it, and nothing after it is read', async () => {
  const { seen, handler } = answering();
  const { socket, lines, connection } = connect(handler);
  socket.feed(`${GET('/1')}GET / HTTP/1.1\r\nHost : h\r\n\r\n${GET('/2')}`);
  assert.deepEqual(seen, ['GET /1']);
  assert.match(socket.sent, /HTTP\/1\.1 400 Bad Request\r\n[^]*\r\nConnection: close\r\n/);
  assert.equal(connection.phase, 'closing');
  assert.ok(socket.finished);
  socket.feed(GET('/3'));
  await setImmediate();
  assert.deepEqual(seen, ['GET /1']);
  assert.ok(lines.some((line) => line.includes('Refused a request from 192.0.2.1 with 400')));
  assert.ok(lines.includes('access 400'));
});

test('what is sent to a closing connection is thrown away, within bounds', async () => {
  const { socket, told } = connect(answering().handler);
  socket.feed('nonsense\r\n\r\n');
  for (let i = 0; i < 16; i += 1) socket.feed('x'.repeat(65_536));
  assert.ok(!socket.destroyed);
  socket.feed('x');
  assert.ok(socket.destroyed);
  await setImmediate();
  assert.deepEqual(told.at(-1), 'closed');
});

test('a body above the limit is refused by its length, and by what came', () => {
  const { seen, handler } = echoing();
  const known = connect(handler, { bodyBytesMax: 10 });
  known.socket.feed(POST('/', 'x'.repeat(11)));
  assert.match(known.socket.sent, /^HTTP\/1\.1 413 /);
  const chunked = connect(handler, { bodyBytesMax: 10 });
  chunked.socket.feed(`${CHUNKED}6\r\n123456\r\n6\r\n123456\r\n0\r\n\r\n`);
  assert.match(chunked.socket.sent, /^HTTP\/1\.1 413 /);
  assert.deepEqual(seen, ['/c aborted']);
});

test('a handler that answers when its body fails does not get a word in', () => {
  for (const [fault, status] of [
    [(c: ReturnType<typeof connect>) => c.socket.feed('zz\r\n'), 400],
    [(c: ReturnType<typeof connect>) => c.socket.feed('fffff\r\n'), 413],
    [(c: ReturnType<typeof connect>) => c.connection.expire(performance.now() + 10_000), 408],
  ] as const) {
    const { held, handler } = holding();
    const connected = connect(handler, { bodyBytesMax: 100 });
    connected.socket.feed(CHUNKED);
    const [first] = held;
    first?.exchange.body.start({
      data: () => undefined,
      end: () => undefined,
      abort: () => reply(first.sink, 'too late'),
    });
    if (first !== undefined)
      first.exchange.onDone = ({ status: told }) => connected.lines.push(`access ${told}`);
    fault(connected);
    assert.match(connected.socket.sent, new RegExp(`^HTTP/1\\.1 ${status} `));
    assert.equal(connected.socket.sent.match(/HTTP\/1\.1 /g)?.length, 1);
    assert.doesNotMatch(connected.socket.sent, /too late/);
    assert.deepEqual(
      connected.lines.filter((line) => line.startsWith('access')),
      [`access ${status}`],
    );
  }
});

test('whoever answers while a body comes is told that it broke', () => {
  const { held, handler } = holding();
  const { socket } = connect(handler);
  socket.feed(CHUNKED);
  const [first] = held;
  assert.ok(first);
  first.exchange.body.start({ data: () => undefined, end: () => undefined, abort: () => undefined });
  first.sink.start(responseHead(200, []), -1);
  let told = 0;
  first.exchange.onGone = () => {
    told += 1;
  };
  socket.feed('zz\r\n');
  assert.equal(told, 1);
});

test('a body that breaks after its answer began resets the connection', () => {
  const { held, handler } = holding();
  const { socket } = connect(handler);
  socket.feed(CHUNKED);
  const [first] = held;
  first?.exchange.body.start({ data: () => undefined, end: () => undefined, abort: () => undefined });
  first?.sink.start(responseHead(200, []), -1);
  socket.feed('zz\r\n');
  assert.ok(socket.wasReset);
});

test('a client that leaves tells the handler once, and counts as 499', async () => {
  const { held, handler } = holding();
  const { socket, told } = connect(handler);
  socket.feed(GET('/'));
  const [first] = held;
  const heard: string[] = [];
  if (first) {
    first.exchange.onGone = () => heard.push('gone');
    first.exchange.onDone = ({ status }) => heard.push(`done ${status}`);
  }
  socket.push(null);
  await setImmediate();
  await setImmediate();
  assert.ok(socket.destroyed);
  assert.deepEqual(heard, ['gone', 'done 499']);
  assert.equal(told.at(-1), 'closed');
  if (first) reply(first.sink, 'late');
  assert.equal(socket.sent, '');
});

test('a response before the end of its request body closes the connection', () => {
  const { held, handler } = holding();
  const { socket } = connect(handler);
  socket.feed(`${CHUNKED}3\r\nabc\r\n`);
  if (held[0]) reply(held[0].sink, 'enough');
  assert.match(socket.sent, /Connection: close\r\n\r\nenough$/);
  assert.ok(socket.finished);
});

test('a broken response is cut by a reset over TCP, and by the end over a Unix socket', () => {
  for (const unix of [false, true]) {
    const { held, handler } = holding();
    const { socket } = connect(handler, {}, unix);
    socket.feed('GET / HTTP/1.0\r\n\r\n');
    // Without a length or chunks only a reset tells the client that there should have been more.
    held[0]?.sink.start(responseHead(200, []), -1);
    held[0]?.sink.abort('broken');
    assert.equal(socket.wasReset, !unix);
    assert.ok(socket.destroyed);
  }
});

test('a broken response whose framing shows it ends with what was sent', async () => {
  const { held, handler } = holding();
  const { socket } = connect(handler);
  socket.feed(GET('/'));
  held[0]?.sink.start(responseHead(200, []), -1);
  held[0]?.sink.write(Buffer.from('part'), 0, 4);
  held[0]?.sink.abort('broken');
  await setImmediate();
  assert.match(socket.sent, /\r\n\r\n4\r\npart\r\n$/);
  assert.ok(!socket.wasReset);
  assert.ok(socket.destroyed);
});

test('a head that cannot be sent becomes 500, and its handler may stop', () => {
  const { held, handler } = holding();
  const { socket, lines } = connect(handler);
  socket.feed(GET('/'));
  const [first] = held;
  assert.ok(first);
  let gone = 0;
  first.exchange.onGone = () => {
    gone += 1;
  };
  first.sink.start(responseHead(200, ['X Bad', '1']), -1);
  first.sink.write(Buffer.from('never seen'), 0, 10);
  first.sink.end(null);
  assert.match(socket.sent, /^HTTP\/1\.1 500 /);
  assert.doesNotMatch(socket.sent, /never seen/);
  assert.equal(gone, 1);
  assert.ok(lines.some((line) => line.includes('is wrong: invalid header name request_id=t-1')));
  socket.feed(GET('/2'));
  assert.equal(held.length, 2, 'the connection goes on');
});

test('what is configured anew holds from the next request on, and a request under way ends as it began', () => {
  const { held, handler } = holding();
  const { socket, connection, owner } = connect(handler);
  socket.feed(GET('/1'));
  const { seen, handler: next } = answering();
  owner.context = {
    ...owner.context,
    handler: next,
    serverHeader: 'next',
    limits: { ...owner.context.limits, head: { ...owner.context.limits.head, requestLineBytesMax: 40 } },
  };
  if (held[0]) reply(held[0].sink, 'one');
  assert.match(socket.sent, /Server: test\r\n/);
  socket.feed(GET('/2'));
  assert.deepEqual(seen, ['GET /2']);
  assert.equal(held.length, 1);
  assert.match(socket.sent, /Server: next\r\n/);
  assert.deepEqual(bodiesOf(socket.sent), ['one', '/2']);
  socket.feed(GET(`/${'x'.repeat(60)}`));
  assert.match(socket.sent, /HTTP\/1\.1 414 /);
  assert.equal(connection.context.serverHeader, 'next');
});
