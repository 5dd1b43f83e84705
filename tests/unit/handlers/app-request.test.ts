import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppFiles, SendfileKind } from '../../../src/handlers/app-files.ts';
import { AppRequest } from '../../../src/handlers/app-request.ts';
import { AsgiEncoder } from '../../../src/handlers/asgi-request.ts';
import { ErrorPages } from '../../../src/handlers/error-pages.ts';
import { Spool } from '../../../src/handlers/spool.ts';
import { WsgiEncoder } from '../../../src/handlers/wsgi-request.ts';
import { Log } from '../../../src/telemetry/log.ts';
import { AppPool } from '../../../src/upstream/app-pool.ts';
import { Flag, FrameType, ResetReason, u32 } from '../../../src/wire/frame.ts';
import { FakeWorker, SILENT } from '../upstream/fake-worker.ts';
import { FakeExchange, FakeSink } from './fake-exchange.ts';

async function asked(kinds: readonly SendfileKind[] = [], upload = false, requestMs = Infinity) {
  const worker = new FakeWorker();
  const lines: string[] = [];
  const log = new Log({ level: 'debug', format: 'text', write: (line) => lines.push(line) });
  const pool = new AppPool('app', { queueMax: 10, queueTimeoutMs: 1000 }, SILENT, (_path, receive) =>
    worker.dial(receive),
  );
  pool.add(0, 1, '');
  worker.hello();
  const chunked = 'POST /page HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked';
  const exchange = new FakeExchange(upload ? chunked : 'GET /page HTTP/1.1\r\nHost: h');
  const sink = new FakeSink();
  const named: string[] = [];
  const done: ((refused?: 'refused') => void)[] = [];
  const files: AppFiles = {
    answerFile: (_exchange, _sink, head, file, answered) => {
      named.push(`${head.status} ${file.path} ${file.offset}+${file.length}`);
      done.push(answered);
    },
    sendfileKinds: kinds,
    sendfile:
      kinds.length === 0
        ? null
        : (_exchange, _sink, head, kind, value) => named.push(`${head.status} ${kind} ${value}`),
  };
  const encoders = { wsgi: new WsgiEncoder(''), asgi: new AsgiEncoder('') };
  const limits = {
    bodyMemoryBytes: 1000,
    responseBufferBytes: 1000,
    responseSpoolBytes: 0,
    concurrencyMax: 0,
    requestMs,
  };
  const spool = new Spool('/nowhere', 0);
  const request = new AppRequest(
    { pool, ...encoders, spool, log, errorPages: new ErrorPages({}, log), ...limits, ...files },
    exchange,
    sink,
  );
  if (upload) request.stream();
  else request.collect();
  const [stream = 0] = await worker.requests();
  return { worker, stream, exchange, sink, named, done, lines, pool };
}

const BOTH = ['accel', 'sendfile'] as const;
const ACCEL_HEAD = '200 OK\nX-Accel-Redirect\n/protected/a b.pdf\nContent-Type\n';

const FILE = (() => {
  const numbers = Buffer.alloc(48);
  numbers.writeBigUInt64LE(4n, 8);
  numbers.writeBigUInt64LE(4n, 40);
  return `${u32(6)}200 OK${numbers.toString('latin1')}/srv/a`;
})();

test('a file of the app goes to whoever sends files, and the worker is told when it was taken', async () => {
  const { worker, stream, named, done, sink, exchange } = await asked();
  worker.send(FrameType.FILE, stream, FILE);
  assert.deepEqual([named, sink.head, exchange.onGone], [['200 /srv/a 0+4'], null, null]);
  assert.equal((await worker.seen(FrameType.FILE)).length, 0);
  exchange.onGone = () => undefined;
  done[0]?.();
  assert.equal((await worker.seen(FrameType.FILE))[0]?.payload, '\0');
  assert.notEqual(exchange.onGone, null);
});

test('an upload that breaks off leaves exchange and sink to whoever sends the file', async () => {
  const { worker, stream, done, sink, exchange } = await asked([], true);
  worker.send(FrameType.FILE, stream, FILE);
  const gone = (): void => undefined;
  const drained = (): void => undefined;
  exchange.onGone = gone;
  sink.onDrain = drained;
  done[0]?.();
  exchange.body.consumer?.abort();
  assert.equal(exchange.onGone, gone);
  assert.equal(sink.onDrain, drained);
});

test('a file that was refused comes as a body', async () => {
  const { worker, stream, done, sink, exchange } = await asked();
  worker.send(FrameType.FILE, stream, FILE);
  done[0]?.('refused');
  assert.equal((await worker.seen(FrameType.FILE))[0]?.payload, '\x01');
  assert.notEqual(exchange.onGone, null);
  worker.respond(stream, 'abcd');
  assert.deepEqual([sink.text, sink.ended, exchange.onGone], ['abcd', null, null]);
});

test('a worker that dies while its file is being opened matters only if the file is not to be had', async () => {
  for (const refused of [undefined, 'refused'] as const) {
    const { worker, stream, done, sink, lines } = await asked();
    worker.send(FrameType.FILE, stream, FILE);
    worker.leave();
    await worker.seen();
    assert.deepEqual([sink.head, lines], [null, []]);
    done[0]?.(refused);
    assert.equal(sink.head?.status, refused === undefined ? undefined : 502);
  }
});

test('a file is not taken from an app that names another in a header', async () => {
  const { worker, stream, named, done } = await asked(['accel']);
  const head = '200 OK\nX-Accel-Redirect\n/other';
  worker.send(FrameType.FILE, stream, `${u32(head.length)}${head}${FILE.slice(10)}`);
  assert.deepEqual([named, done.length], [['200 accel /other'], 0]);
  assert.equal((await worker.seen(FrameType.FILE))[0]?.payload, '\0');
});

test('a header that names a file is answered with the file, and the body is read past', async () => {
  for (const [head, expected] of [
    [ACCEL_HEAD, '200 accel /protected/a b.pdf'],
    ['404 Not Found\nx-sendfile\n/srv/x', '404 sendfile /srv/x'],
  ] as const) {
    const { worker, stream, named, sink, lines, pool } = await asked(BOTH);
    worker.respond(stream, 'body', 0, head);
    worker.send(FrameType.BODY, stream, 'more', Flag.END);
    assert.deepEqual(named, [expected]);
    assert.deepEqual([sink.head, sink.text, sink.ended, lines, pool.inFlight], [null, '', undefined, [], 0]);
    assert.equal((await worker.seen(FrameType.RESET)).length, 0);
  }
});

test('an app that goes on with a body that nobody wants is told to stop', async () => {
  const { worker, stream, named, sink, lines, pool } = await asked(BOTH);
  worker.respond(stream, 'x'.repeat(65_536), 0, ACCEL_HEAD);
  assert.equal((await worker.seen(FrameType.RESET)).length, 0);
  worker.send(FrameType.BODY, stream, 'x');
  assert.equal((await worker.seen(FrameType.RESET)).length, 1);
  worker.send(FrameType.RESET, stream, String.fromCharCode(ResetReason.CLIENT_GONE));
  assert.deepEqual([named.length, sink.text, sink.aborted, lines, pool.inFlight], [1, '', '', [], 0]);
});

test('an app that fails after it named a file has been answered for', async () => {
  const { worker, stream, sink, lines } = await asked(BOTH);
  worker.respond(stream, '', 0, ACCEL_HEAD);
  worker.leave();
  await worker.seen();
  assert.deepEqual([sink.head, sink.aborted], [null, '']);
  assert.match(lines.join(''), /GET \/page .*the file it had named was sent/);
});

test("headers that mean nothing here are the client's", async () => {
  for (const [kinds, head] of [
    [[], ACCEL_HEAD],
    [['sendfile'], ACCEL_HEAD],
    [['accel'], '200 OK\nX-Sendfile\n/srv/x'],
    [BOTH, '200 OK\nX-Sendfiles\n/srv/x\nLast-Event\nX-Sendfile'],
  ] as const) {
    const { worker, stream, named, sink } = await asked(kinds);
    worker.respond(stream, 'body', Flag.END, head);
    assert.deepEqual([named, sink.text, sink.ended], [[], 'body', null]);
    assert.deepEqual(sink.head?.fields, head.split('\n').slice(1));
  }
});

test('an app that takes too long is answered for with 504, and the log says what it did meanwhile', async () => {
  const { worker, exchange, sink, lines, pool } = await asked([], false, 1000);
  pool.expire(Infinity);
  assert.equal(sink.head?.status, 504);
  assert.match(sink.text, /took too long/);
  assert.ok(exchange.appMs > 0);
  assert.match(
    lines.join(''),
    /\[ERROR\] GET \/page took longer than 1 s \(request_timeout\) in worker 0 of app: it waited \d+ ms and ran \d+ ms, the client got 504 request_id=id-1/,
  );
  assert.equal((await worker.seen(FrameType.RESET))[0]?.payload, String.fromCharCode(ResetReason.TIMEOUT));
});

test('an answer that takes too long is cut', async () => {
  const { worker, stream, sink, lines, pool } = await asked([], false, 1000);
  worker.respond(stream, 'some', 0);
  pool.expire(Infinity);
  assert.equal(sink.aborted, 'request_timeout');
  assert.match(lines.join(''), /the response was cut off/);
});
