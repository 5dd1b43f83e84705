import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EncodedBlock } from '../../../src/upstream/header-slots.ts';
import { Link } from '../../../src/upstream/link.ts';
import type { WorkerRequest } from '../../../src/upstream/worker-stream.ts';
import {
  Flag,
  FRAME_BYTES_MAX,
  frameHeader,
  FrameType,
  ResetReason,
  STREAM_CREDIT,
  u32,
} from '../../../src/wire/frame.ts';
import { FakeWorker, HandBody, Recorder, streamOf } from './fake-worker.ts';

function linked({ hello = true } = {}) {
  const worker = new FakeWorker();
  const told: string[] = [];
  const socket = worker.dial((chunk) => link.receive(chunk));
  const link: Link = new Link(4, 44, socket, {
    linkReady: () => told.push('ready'),
    linkFreed: () => told.push('freed'),
    linkClosed: (_link, reason) => told.push(reason),
    linkReturned: (stream) => told.push(`returned ${stream.request.id}`),
    linkLate: (_link, stream) => told.push(`late ${stream.id}`),
    linkStuck: (_link, stream) => told.push(`stuck ${stream.id}`),
  });
  if (hello) worker.hello(8);
  const dispatch = (parts: Partial<WorkerRequest> = {}) => {
    const events = new Recorder();
    const stream = streamOf(parts, events);
    link.dispatch(stream, performance.now());
    return { events, stream };
  };
  return { worker, link, told, dispatch };
}

test('a header block is sent once and then named by its slot', async () => {
  const { worker, dispatch } = linked();
  const block = new EncodedBlock('{z\x01ai\x01\0\0\x000');
  dispatch({ block });
  dispatch({ block });
  dispatch({ block: new EncodedBlock('{0') });
  const frames = await worker.seen(FrameType.REQUEST);
  assert.deepEqual(
    frames.map(({ flags, payload }) => [flags, payload.slice(0, 2)]),
    [
      [Flag.END | Flag.BLOCK, '\0\0'],
      [Flag.END, '\0\0'],
      [Flag.END | Flag.BLOCK, '\x01\0'],
    ],
  );
  assert.ok(frames[0]?.payload.endsWith(block.marshalled));
  assert.ok(!frames[1]?.payload.includes(block.marshalled));
});

test('a hint that comes too late is passed over, also when its stream is over', async () => {
  const { worker, told, dispatch } = linked();
  const [late, over] = [dispatch(), dispatch()];
  const [a = 0, b = 0] = await worker.requests();
  const hint = `${u32(15)}103 Early Hints`;
  worker.respond(a, '', 0);
  worker.send(FrameType.INFORM, a, hint);
  worker.send(FrameType.BODY, a, '', Flag.END);
  worker.respond(b, 'x', Flag.END);
  worker.send(FrameType.INFORM, b, hint);
  assert.deepEqual(told, ['ready', 'freed', 'freed']);
  for (const { events } of [late, over]) assert.ok(!events.told.some((word) => word.includes('103')));
});

test('a whole response, one in pieces, and one with hints and trailers', async () => {
  const { worker, dispatch } = linked();
  const [whole, pieces, full] = [dispatch(), dispatch(), dispatch()];
  const [a = 0, b = 0, c = 0] = await worker.requests();
  worker.respond(a, 'body', Flag.END, '404 Not Found\nX-A\n1');
  worker.respond(b, '', 0);
  worker.send(FrameType.BODY, b, 'one');
  worker.send(FrameType.BODY, b, 'two', Flag.END);
  worker.send(FrameType.INFORM, c, `${u32(7)}103 Hi!`);
  worker.respond(c, 'x', 0);
  worker.send(FrameType.TRAILERS, c, 'X-T\n1', Flag.END);
  assert.deepEqual(whole.events.told, ['dispatched 4', 'response 404 4', 'body body', 'end']);
  assert.deepEqual(pieces.events.told, ['dispatched 4', 'response 200 -1', 'body one', 'body two', 'end']);
  assert.deepEqual(full.events.told, [
    'dispatched 4',
    'inform 103',
    'response 200 -1',
    'body x',
    'end X-T|1',
  ]);
});

test('credit and the pieces of a body go out as frames', async () => {
  const { worker, dispatch } = linked();
  const body = new HandBody();
  const { stream } = dispatch({ body });
  body.give(Buffer.from('abc'));
  body.give(null);
  stream.consumed(STREAM_CREDIT);
  const frames = await worker.seen();
  assert.deepEqual(
    frames.map(({ type, flags, payload }) => [type, flags, type === FrameType.REQUEST ? '' : payload]),
    [
      [FrameType.REQUEST, Flag.BLOCK, ''],
      [FrameType.BODY, 0, 'abc'],
      [FrameType.BODY, Flag.END, ''],
      [FrameType.CREDIT, 0, u32(STREAM_CREDIT)],
    ],
  );
});

test('after a reset what still comes is ignored until the worker is done', async () => {
  const { worker, link, told, dispatch } = linked();
  const { events, stream } = dispatch();
  const [id = 0] = await worker.requests();
  stream.cancel();
  assert.deepEqual(
    (await worker.seen(FrameType.RESET)).map(({ payload }) => payload),
    [String.fromCharCode(ResetReason.CLIENT_GONE)],
  );
  worker.respond(id, 'late', 0);
  worker.send(FrameType.BODY, id, 'later');
  assert.equal(link.inFlight, 1);
  worker.send(FrameType.RESET, id, String.fromCharCode(ResetReason.CLIENT_GONE));
  assert.equal(link.inFlight, 0);
  assert.deepEqual(events.told, ['dispatched 4']);
  assert.deepEqual(told, ['ready', 'freed']);
});

test('each reason of a reset is a failure of its kind', async () => {
  for (const [reason, kind] of [
    [ResetReason.APP_ERROR, 'app_error'],
    [ResetReason.PROTOCOL_ERROR, 'protocol'],
    [ResetReason.SHUTTING_DOWN, 'worker_died'],
  ] as const) {
    const { worker, link, dispatch } = linked();
    const { events } = dispatch();
    const [id = 0] = await worker.requests();
    worker.send(FrameType.RESET, id, `${String.fromCharCode(reason)}why`);
    assert.deepEqual(events.failure, { kind, message: 'why' });
    assert.equal(link.inFlight, 0);
  }
});

test('what a worker gives back unbegun is returned, if anybody still waits for it and it can be sent again', async () => {
  const { worker, link, told, dispatch } = linked();
  const kept = dispatch({ id: 'kept' });
  const left = dispatch({ id: 'left' });
  const streaming = dispatch({ id: 'streaming', body: new HandBody() });
  left.stream.cancel();
  for (const id of await worker.requests())
    worker.send(FrameType.RESET, id, String.fromCharCode(ResetReason.REFUSED));
  assert.deepEqual(
    told.filter((text) => text.startsWith('returned')),
    ['returned kept'],
  );
  assert.deepEqual([kept.stream.state, kept.events.failure], ['queued', null]);
  assert.equal(left.stream.state, 'closed');
  assert.equal(streaming.events.failure?.kind, 'worker_died');
  assert.equal(link.inFlight, 0);
});

test('of a worker that died what it cannot have begun is returned, once; the rest fails', async () => {
  const { worker, told, dispatch } = linked();
  const all = Array.from({ length: 11 }, (_, index) => dispatch({ id: `r${index}` }));
  all[9]?.stream.cancel();
  if (all[10] !== undefined) all[10].stream.moved = true;
  worker.leave();
  await worker.requests();
  assert.deepEqual(
    told.filter((text) => text.startsWith('returned')),
    ['returned r8'],
  );
  assert.equal(all[7]?.events.failure?.kind, 'worker_died');
  assert.equal(all[8]?.events.failure, null);
  assert.equal(all[10]?.events.failure?.kind, 'worker_died');
});

const head = `${u32(6)}200 OK`;

for (const [what, breach] of [
  ['a stream that is not open', (w: FakeWorker) => w.respond(99)],
  ['a body before its head', (w: FakeWorker, id: number) => w.send(FrameType.BODY, id, 'x')],
  ['an end before a head', (w: FakeWorker, id: number) => w.send(FrameType.BODY, id, '', Flag.END)],
  ['trailers before a head', (w: FakeWorker, id: number) => w.send(FrameType.TRAILERS, id, '', Flag.END)],
  [
    'a second head',
    (w: FakeWorker, id: number) => {
      w.respond(id, '', 0);
      w.respond(id, '', 0);
    },
  ],
  ['a hint with a body', (w: FakeWorker, id: number) => w.send(FrameType.INFORM, id, `${head}x`)],
  ['a head longer than its frame', (w: FakeWorker, id: number) => w.send(FrameType.RESPONSE, id, u32(100))],
  ['a head without its length', (w: FakeWorker, id: number) => w.send(FrameType.RESPONSE, id, 'ab')],
  ['a hint without its length', (w: FakeWorker, id: number) => w.send(FrameType.INFORM, id, '')],
  ['a head that is none', (w: FakeWorker, id: number) => w.respond(id, '', Flag.END, 'hello')],
  ['a name without a value', (w: FakeWorker, id: number) => w.respond(id, '', Flag.END, '200 OK\nX')],
  [
    'more body than credit',
    (w: FakeWorker, id: number) => {
      w.respond(id, '', 0);
      w.send(FrameType.BODY, id, 'x'.repeat(STREAM_CREDIT + 1));
    },
  ],
  ['credit without a number', (w: FakeWorker, id: number) => w.send(FrameType.CREDIT, id, 'ab')],
  ['a reset without a reason', (w: FakeWorker, id: number) => w.send(FrameType.RESET, id, '')],
  ['DONE before the end', (w: FakeWorker, id: number) => w.send(FrameType.DONE, id)],
  [
    'DONE in the middle of a body',
    (w: FakeWorker, id: number) => {
      w.respond(id, 'x', 0);
      w.send(FrameType.DONE, id);
    },
  ],
  ['a frame only a gateway sends', (w: FakeWorker, id: number) => w.send(FrameType.REQUEST, id, '')],
  ['a frame of no type', (w: FakeWorker, id: number) => w.send(77, id, '')],
  [
    'a frame over the limit',
    (w: FakeWorker, id: number) => w.raw(frameHeader(FRAME_BYTES_MAX + 1, id, FrameType.BODY, 0)),
  ],
  ['a frame other than HELLO on stream 0', (w: FakeWorker) => w.send(FrameType.BODY, 0, 'x')],
  ['a second HELLO', (w: FakeWorker) => w.hello()],
] as const) {
  test(`${what} closes the link and fails its streams`, async () => {
    const { worker, told, dispatch } = linked();
    const [one, two] = [dispatch(), dispatch()];
    const [id = 0] = await worker.requests();
    breach(worker, id);
    assert.ok(worker.closed);
    assert.equal(told.length, 2);
    assert.match(told[1] ?? '', /^it broke the wire protocol: /);
    for (const { events } of [one, two]) {
      assert.equal(events.failure?.kind, 'worker_died');
      assert.match(events.failure.message, /worker 4 \(pid 44\): it broke the wire protocol/);
    }
  });
}

test('a HELLO that is not one is not believed', () => {
  for (const text of [
    '',
    'nonsense',
    'null',
    '[]',
    '{"protocol":1}',
    '{"protocol":2,"threads":"many"}',
    '{"protocol":2,"threads":0}',
  ]) {
    const { worker, told } = linked({ hello: false });
    worker.send(FrameType.HELLO, 0, text);
    assert.ok(worker.closed, text);
    assert.match(told[0] ?? '', /^it broke the wire protocol/, text);
  }
});

test('an END on a frame that cannot end a response frees no thread twice', async () => {
  const { worker, link, dispatch } = linked();
  dispatch();
  dispatch();
  const [id = 0] = await worker.requests();
  worker.send(FrameType.RESET, id, String.fromCharCode(ResetReason.APP_ERROR), Flag.END);
  assert.equal(link.inFlight, 1);
});

function filePayload(path = '/srv/a', length = 4): string {
  const numbers = Buffer.alloc(48);
  numbers.writeBigUInt64LE(BigInt(length), 8);
  numbers.writeBigUInt64LE(9n, 40);
  return `${head}${numbers.toString('latin1')}${path}`;
}

async function offered() {
  const { worker, link, told, dispatch } = linked();
  const { events, stream } = dispatch();
  const [id = 0] = await worker.requests();
  worker.send(FrameType.FILE, id, filePayload('/srv/a\xff'));
  const answers = async () =>
    (await worker.seen(FrameType.FILE)).map((frame) => [frame.stream, frame.payload]);
  return { worker, link, told, events, stream, id, answers };
}

test('a file takes the place of a body, and its worker waits until it was taken', async () => {
  const { worker, link, told, events, stream, id, answers } = await offered();
  assert.deepEqual(events.told, ['dispatched 4', 'file 200 /srv/a\xff 0+4']);
  assert.deepEqual([link.inFlight, await answers()], [1, []]);
  stream.fileTaken();
  assert.deepEqual(await answers(), [[id, '\0']]);
  worker.send(FrameType.DONE, id);
  assert.deepEqual([link.inFlight, told.at(-1)], [0, 'freed']);
  stream.fileTaken();
  stream.fileRefused();
  assert.equal((await answers()).length, 1);
  assert.equal(events.told.length, 2);
});

test('after a file that was refused the response comes as any other', async () => {
  const { worker, link, events, stream, id, answers } = await offered();
  stream.fileRefused();
  assert.deepEqual(await answers(), [[id, '\x01']]);
  worker.respond(id, 'abcd', Flag.END | Flag.BUSY);
  assert.deepEqual(events.told.slice(2), ['response 200 4', 'body abcd', 'end']);
  worker.send(FrameType.DONE, id);
  assert.equal(link.inFlight, 0);
});

test('a file for a client that has gone is given back at once', async () => {
  const { worker, link, dispatch } = linked();
  const { events, stream } = dispatch();
  const [id = 0] = await worker.requests();
  stream.cancel();
  worker.send(FrameType.FILE, id, filePayload());
  assert.deepEqual(events.told, ['dispatched 4']);
  assert.equal((await worker.seen(FrameType.FILE))[0]?.payload, '\0');
  worker.send(FrameType.DONE, id);
  assert.equal(link.inFlight, 0);
});

test('a worker that gives up while its file is being opened, or dies, has failed', async () => {
  for (const end of [
    (worker: FakeWorker, id: number) => worker.send(FrameType.DONE, id),
    (worker: FakeWorker, id: number) => worker.send(FrameType.RESET, id, '\x04'),
    (worker: FakeWorker) => worker.leave(),
  ]) {
    const { worker, events, stream, id, answers } = await offered();
    end(worker, id);
    await worker.seen();
    assert.equal(events.failure?.kind, 'worker_died');
    stream.fileTaken();
    stream.fileRefused();
    assert.deepEqual(await answers(), []);
  }
});

test('a file where none belongs, or that is none, ends the link', async () => {
  for (const send of [
    (worker: FakeWorker, id: number) => worker.send(FrameType.FILE, id, filePayload(), Flag.END),
    (worker: FakeWorker, id: number) => worker.send(FrameType.FILE, id, filePayload('relative')),
    (worker: FakeWorker, id: number) => worker.send(FrameType.FILE, id, filePayload('/a', 10)),
    (worker: FakeWorker, id: number) => worker.send(FrameType.FILE, id, u32(9999)),
    (worker: FakeWorker, id: number) => {
      worker.respond(id, '', 0);
      worker.send(FrameType.FILE, id, filePayload());
    },
    (worker: FakeWorker, id: number) => {
      worker.send(FrameType.FILE, id, filePayload());
      worker.respond(id, '');
    },
    (worker: FakeWorker, id: number) => {
      worker.send(FrameType.FILE, id, filePayload());
      worker.send(FrameType.FILE, id, filePayload());
    },
  ]) {
    const { worker, dispatch } = linked();
    const { events } = dispatch();
    const [id = 0] = await worker.requests();
    send(worker, id);
    assert.ok(worker.closed);
    assert.equal(events.failure?.kind, 'worker_died');
  }
});

test('frames that are cut anywhere mean the same', async () => {
  const { worker, dispatch } = linked();
  const { events } = dispatch();
  const [id = 0] = await worker.requests();
  const payload = `${head}abc`;
  const bytes =
    frameHeader(payload.length, id, FrameType.RESPONSE, 0) +
    payload +
    frameHeader(2, id, FrameType.BODY, Flag.END) +
    'de';
  for (const byte of bytes) worker.raw(byte);
  assert.deepEqual(events.told.slice(1), ['response 200 -1', 'body abc', 'body de', 'end']);
});
