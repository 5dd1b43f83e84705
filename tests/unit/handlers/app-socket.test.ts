import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppSocket } from '../../../src/handlers/app-socket.ts';
import { AsgiEncoder } from '../../../src/handlers/asgi-request.ts';
import { ErrorPages } from '../../../src/handlers/error-pages.ts';
import { Spool } from '../../../src/handlers/spool.ts';
import { WsgiEncoder } from '../../../src/handlers/wsgi-request.ts';
import type { WebSocketEvents, WebSocketPeer } from '../../../src/http/websocket.ts';
import { Log } from '../../../src/telemetry/log.ts';
import { AppPool } from '../../../src/upstream/app-pool.ts';
import { Flag, FrameType, STREAM_CREDIT, u16, u32 } from '../../../src/wire/frame.ts';
import { FakeWorker, SILENT } from '../upstream/fake-worker.ts';
import { FakeExchange, FakeSink } from './fake-exchange.ts';

const HANDSHAKE = 'GET /ws HTTP/1.1\r\nHost: h';

class Peer implements WebSocketPeer {
  pending = 0;
  sent: string[] = [];
  closes: string[] = [];
  paused = false;
  send(data: Buffer, start: number, end: number, text: boolean, more: boolean): void {
    const words = data.toString('utf8', start, end).slice(0, 20);
    this.sent.push(`${text ? 'text' : 'bytes'}${more ? '+' : ''} ${words}`);
  }
  close(code: number, reason: string): void {
    this.closes.push(`${code} ${reason}`);
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
}

async function opened({ queueMax = 10, acceptable = true, workers = 1 } = {}) {
  const lines: string[] = [];
  const log = new Log({ level: 'info', format: 'text', write: (line) => lines.push(line) });
  const worker = new FakeWorker();
  const pool = new AppPool('app', { queueMax, queueTimeoutMs: 1000 }, SILENT, (_path, receive) =>
    worker.dial(receive),
  );
  if (workers > 0) pool.add(0, 1, '/w');
  worker.hello(100);
  const peer = new Peer();
  const answers: string[] = [];
  let events: WebSocketEvents | null = null;
  const upgrade = {
    protocols: ['a'],
    accept: (protocol: string, fields: readonly string[], to: WebSocketEvents) => {
      answers.push([protocol, ...fields].join('|'));
      events = to;
      return acceptable ? peer : null;
    },
  };
  const exchange = new FakeExchange(HANDSHAKE, { websocket: upgrade });
  const sink = new FakeSink();
  const options = {
    pool,
    wsgi: new WsgiEncoder(''),
    asgi: new AsgiEncoder(''),
    spool: new Spool('/nowhere', 0),
    log,
    errorPages: new ErrorPages({}, log),
    bodyMemoryBytes: 1000,
    responseBufferBytes: 1000,
    responseSpoolBytes: 0,
    concurrencyMax: 0,
    requestMs: 1000,
    answerFile: () => assert.fail('a WebSocket has no files'),
    sendfileKinds: [],
    sendfile: null,
  };
  new AppSocket(options, exchange, upgrade, sink).open();
  const [stream = 0] = await worker.requests();
  const accept = (protocol = '', fields = ''): void =>
    worker.send(FrameType.ACCEPT, stream, u32(protocol.length + fields.length) + protocol + fields);
  const client = (): WebSocketEvents => {
    assert.ok(events !== null, 'the handshake was not accepted');
    return events;
  };
  return { worker, stream, exchange, sink, peer, answers, accept, client, lines };
}

test('the app accepts with subprotocol and headers, and messages flow both ways', async () => {
  const { worker, stream, accept, answers, peer, client } = await opened();
  accept('a', '\nx-one\n1');
  assert.deepEqual(answers, ['a|x-one|1']);
  worker.send(FrameType.MESSAGE, stream, 'hello', Flag.TEXT);
  worker.send(FrameType.MESSAGE, stream, 'part', Flag.MORE);
  worker.send(FrameType.MESSAGE, stream, 'rest');
  assert.deepEqual(peer.sent, ['text hello', 'bytes+ part', 'bytes rest']);
  client().received(Buffer.from('up'), true);
  client().received(Buffer.alloc(0), false);
  const messages = await worker.seen(FrameType.MESSAGE);
  assert.deepEqual(
    messages.map(({ flags, payload }) => [flags, payload]),
    [
      [Flag.TEXT, 'up'],
      [0, ''],
    ],
  );
});

test('the app closes with code and reason, the client with its own, and each hears of the other', async () => {
  const { worker, stream, accept, peer, client } = await opened();
  accept();
  worker.send(FrameType.CLOSE, stream, `${u16(4001)}bye`);
  assert.deepEqual(peer.closes, ['4001 bye']);
  client().closed(4002, 'own');
  const [close] = await worker.seen(FrameType.CLOSE);
  assert.equal(close?.payload, `${u16(4002)}own`);
});

test('a client that has gone before it could be accepted is 1006 to the app', async () => {
  const { worker, accept } = await opened({ acceptable: false });
  accept();
  const [close] = await worker.seen(FrameType.CLOSE);
  assert.equal(close?.payload, u16(1006));
});

test('a client that leaves before the app answered is a RESET', async () => {
  const { worker, exchange } = await opened();
  exchange.onGone?.();
  assert.equal((await worker.seen(FrameType.RESET)).length, 1);
});

test('an app that refuses sends a response', async () => {
  const { worker, stream, sink, peer } = await opened();
  worker.respond(stream, 'not you', Flag.END, '401 Unauthorized\nx-a\n1');
  assert.deepEqual([sink.head?.status, sink.text, sink.ended], [401, 'not you', null]);
  assert.deepEqual(peer.sent, []);
});

test('a refusal waits for a client that takes it slowly', async () => {
  const { worker, stream, sink } = await opened();
  sink.pending = 10_000;
  worker.respond(stream, 'x'.repeat(STREAM_CREDIT), 0);
  assert.equal((await worker.seen(FrameType.CREDIT)).length, 0);
  sink.pending = 0;
  sink.onDrain?.();
  assert.equal((await worker.seen(FrameType.CREDIT)).length, 1);
});

test('credit comes back when the client took the messages', async () => {
  const { worker, stream, accept, peer, client } = await opened();
  accept();
  peer.pending = 10_000;
  worker.send(FrameType.MESSAGE, stream, 'x'.repeat(200_000));
  assert.equal((await worker.seen(FrameType.CREDIT)).length, 0);
  peer.pending = 0;
  client().drained();
  const [credit] = await worker.seen(FrameType.CREDIT);
  assert.equal(credit?.payload, u32(200_000));
});

test('a client that is faster than the app is paused until the app takes its messages', async () => {
  const { worker, stream, accept, peer, client } = await opened();
  accept();
  client().received(Buffer.alloc(STREAM_CREDIT), false);
  assert.ok(!peer.paused);
  client().received(Buffer.from('more'), true);
  assert.ok(peer.paused);
  worker.send(FrameType.CREDIT, stream, u32(STREAM_CREDIT));
  assert.ok(!peer.paused);
});

test('a worker that dies closes with 1011 what is open, and answers 502 to what is not', async () => {
  const open = await opened();
  open.accept();
  open.worker.leave();
  await open.worker.seen();
  assert.deepEqual(open.peer.closes, ['1011 ']);
  const waiting = await opened();
  waiting.worker.leave();
  await waiting.worker.seen();
  assert.equal(waiting.sink.head?.status, 502);
});

test('a handshake that finds no room gets 503 with Retry-After', async () => {
  const { sink } = await opened({ queueMax: 0, workers: 0 });
  assert.equal(sink.head?.status, 503);
  const fields = sink.head?.fields ?? [];
  assert.equal(fields[fields.indexOf('Retry-After') + 1], '1');
});
