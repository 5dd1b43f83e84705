// Deadlines, slow clients and the end of a connection's life.
import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { responseHead } from '../../../src/handlers/respond.ts';
import { answering, bodiesOf, connect, GET, holding, reply } from './fake-gateway.ts';

test('each phase has its deadline', async () => {
  const now = performance.now();
  const silent = connect(answering().handler);
  assert.ok(silent.connection.deadline >= now + 1000 && silent.connection.deadline < now + 2000);
  silent.connection.expire(now);
  await aTurn();
  assert.ok(silent.socket.finished);
  assert.equal(silent.socket.sent, '');
  const slow = connect(answering().handler);
  slow.socket.feed('GET / HT');
  slow.connection.expire(now);
  assert.match(slow.socket.sent, /^HTTP\/1\.1 408 /);
  slow.connection.expire(now);
  assert.ok(slow.socket.destroyed, 'it lingered long enough');
  const idle = connect(answering().handler);
  idle.socket.feed(GET('/'));
  assert.ok(idle.connection.deadline > now + 4000);
  const busy = connect(holding().handler);
  busy.socket.feed(GET('/'));
  assert.equal(busy.connection.deadline, Infinity);
});

test('a client that takes nothing of its response is closed, one that took everything is not watched', async () => {
  const { held, handler } = holding();
  const { socket, connection, lines } = connect(handler);
  socket.feed(GET('/'));
  const block = Buffer.alloc(100_000);
  held[0]?.sink.start(responseHead(200, []), -1);
  socket.stalled = true;
  held[0]?.sink.write(block, 0, block.length);
  assert.notEqual(connection.deadline, Infinity);
  socket.catchUp();
  await setImmediate();
  assert.equal(connection.deadline, Infinity);
  socket.stalled = true;
  held[0]?.sink.write(block, 0, block.length);
  assert.notEqual(connection.deadline, Infinity);
  connection.expire(connection.deadline);
  assert.ok(socket.destroyed);
  assert.ok(lines.some((line) => line.includes('it took nothing of its response')));
});

test('the handler hears when the client has taken everything', async () => {
  const { held, handler } = holding();
  const { socket } = connect(handler);
  socket.feed(GET('/'));
  socket.stalled = true;
  const block = Buffer.alloc(300_000);
  const sink = held[0]?.sink;
  assert.ok(sink);
  sink.start(responseHead(200, []), -1);
  sink.write(block, 0, block.length);
  assert.ok(sink.pending > 200_000);
  let drained = 0;
  sink.onDrain = () => {
    drained += 1;
  };
  socket.catchUp();
  await setImmediate();
  assert.equal(drained, 1);
  assert.equal(sink.pending, 0);
});

test('draining ends a connection that has been idle for a while at once, and a busy one after its response', async () => {
  const idle = connect(answering().handler, { keepAliveMs: 1 });
  idle.socket.feed(GET('/'));
  idle.owner.leaving = idle.owner.draining = true;
  idle.connection.deadline = performance.now() + 1 - 600;
  idle.connection.drain();
  await aTurn();
  assert.ok(idle.socket.finished);
  const { held, handler } = holding();
  const busy = connect(handler);
  busy.socket.feed(GET('/'));
  busy.owner.leaving = busy.owner.draining = true;
  busy.connection.drain();
  assert.ok(!busy.socket.finished);
  if (held[0]) reply(held[0].sink, 'bye');
  assert.match(busy.socket.sent, /Connection: close\r\n\r\nbye$/);
  assert.ok(busy.socket.finished);
});

test('while nobody waits for the end of a drain, a connection in use is left to send its last request for longer', async () => {
  const { connection, socket, owner } = connect(answering().handler);
  socket.feed(GET('/1'));
  owner.leaving = owner.draining = owner.patient = true;
  connection.drain();
  const left = connection.deadline - performance.now();
  assert.ok(left > 4_000 && left <= 5_000, String(left));
  await aTurn();
  assert.ok(!socket.finished);
});

test('a stream of events goes on while the server drains, and has an orderly end when streams are ended', async () => {
  const { held, handler } = holding();
  const { socket, connection, owner } = connect(handler);
  socket.feed(GET('/events'));
  const sink = held[0]?.sink;
  assert.ok(sink);
  sink.start(responseHead(200, ['Content-Type', 'text/event-stream']), -1);
  const event = Buffer.from('data: 1\n\n');
  sink.write(event, 0, event.length);
  owner.leaving = owner.draining = owner.patient = true;
  connection.drain();
  sink.write(event, 0, event.length);
  await aTurn();
  assert.equal(socket.sent.split('data: 1').length, 3);
  assert.ok(!socket.finished);
  owner.patient = false;
  connection.drain();
  await aTurn();
  assert.ok(socket.sent.endsWith('\r\n0\r\n\r\n'));
  assert.ok(socket.finished);
});

test('a client that got an answer a moment ago may send its next request while the server drains', async () => {
  const { socket, connection, owner } = connect(answering().handler);
  socket.feed(GET('/1'));
  owner.leaving = owner.draining = true;
  connection.drain();
  await aTurn();
  assert.ok(!socket.finished);
  assert.ok(connection.deadline <= performance.now() + 500);
  socket.feed(GET('/2'));
  assert.deepEqual(bodiesOf(socket.sent), ['/1', '/2']);
  assert.match(socket.sent, /Connection: close\r\n\r\n\/2$/);
  assert.ok(socket.finished);
});

test('a request that arrives in the moment in which an idle connection is to end is answered', async () => {
  const { socket, connection } = connect(answering().handler);
  socket.feed(GET('/1'));
  connection.expire(connection.deadline);
  socket.feed(GET('/2'));
  await aTurn();
  assert.deepEqual(bodiesOf(socket.sent), ['/1', '/2']);
  assert.ok(!socket.finished, 'its answer said that it may go on');
  connection.expire(connection.deadline);
  await aTurn();
  assert.ok(socket.finished);
});

test('every answer of a server that is going to stop is the last on its connection', () => {
  const { socket, owner } = connect(answering().handler);
  owner.leaving = true;
  socket.feed(GET('/'));
  assert.match(socket.sent, /\r\nConnection: close\r\n/);
  assert.ok(socket.finished);
});

test('a client that leaves the end of its connection unanswered holds up no drain', async () => {
  const idle = connect(answering().handler);
  idle.socket.feed(GET('/'));
  idle.owner.draining = true;
  idle.connection.drain();
  idle.connection.expire(idle.connection.deadline);
  await aTurn();
  assert.ok(idle.connection.deadline <= performance.now() + 1000);
  idle.connection.expire(idle.connection.deadline);
  assert.ok(idle.socket.destroyed);
});

test('a connection ends after keepalive_requests', () => {
  const { socket } = connect(answering().handler, { keepAliveRequests: 2 });
  socket.feed(GET('/1'));
  assert.ok(!socket.finished);
  socket.feed(GET('/2') + GET('/3'));
  assert.ok(socket.finished);
  assert.deepEqual(bodiesOf(socket.sent), ['/1', '/2']);
});

/** As long as a connection looks for news before it ends. */
async function aTurn(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await setImmediate();
}
