import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { ControlSession, type Execute } from '../../../src/control/control-session.ts';
import type { CommandAnswer, ServerCommand } from '../../../src/control/command.ts';

const LIMITS = { line_bytes_max: 64, idle_ms: 10_000, unread_bytes_max: 100 };

/** The server's side of a connection whose client reads as much as it is told to. */
class FakeSocket extends Duplex {
  text = '';
  readonly waiting: (() => void)[] = [];
  readonly reads: boolean;

  constructor(reads = true) {
    super({ allowHalfOpen: true });
    this.reads = reads;
  }

  override _read(): void {
    // what the client says is pushed
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    if (this.reads) done();
    else this.waiting.push(done);
  }

  get lines(): unknown[] {
    return this.text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as unknown);
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function say(
  text: string | Buffer,
  execute: Execute = () => Promise.resolve({ ok: true }),
): Promise<{ socket: FakeSocket; heard: ServerCommand[] }> {
  const socket = new FakeSocket();
  const heard: ServerCommand[] = [];
  new ControlSession(
    socket,
    (command, onProgress) => {
      heard.push(command);
      return execute(command, onProgress);
    },
    LIMITS,
  );
  socket.push(text);
  await turn();
  await turn();
  return { socket, heard };
}

test('a command is carried out and answered, and the connection ends', async () => {
  const { socket, heard } = await say('{"command":"status"}\n', () => Promise.resolve({ ok: true, pid: 7 }));
  assert.deepEqual(heard, [{ command: 'status' }]);
  assert.deepEqual(socket.lines, [{ ok: true, pid: 7 }]);
  assert.equal(socket.writableEnded, true);
});

test('progress comes before the answer', async () => {
  const { socket } = await say('{"command":"reload"}\n', (_, onProgress) => {
    onProgress({ app: 'app', done: 1, of: 2 });
    return Promise.resolve({ ok: true, ms: 3, workers: 2 });
  });
  assert.deepEqual(socket.lines, [
    { progress: { app: 'app', done: 1, of: 2 } },
    { ok: true, ms: 3, workers: 2 },
  ]);
});

test('after a stop the connection stays open, so that its end tells of the end of the server', async () => {
  const { socket, heard } = await say('{"command":"stop"}\n');
  assert.deepEqual(heard, [{ command: 'stop', now: false }]);
  assert.deepEqual(socket.lines, [{ ok: true }]);
  assert.equal(socket.writableEnded, false);
});

const FAULTS: readonly (readonly [what: string, line: string | Buffer, title: RegExp])[] = [
  ['garbage', '\x00\xff\x16\x03\n', /not JSON/],
  ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0x0a]), /not JSON/],
  ['a number', '1\n', /no JSON object/],
  ['null', 'null\n', /no JSON object/],
  ['a list', '[{"command":"stop"}]\n', /no JSON object/],
  ['an empty line', '\n', /not JSON/],
  ['an object without a command', '{}\n', /unknown command/],
  ['a command that is no word', '{"command":{"a":1}}\n', /unknown command/],
  ['the name of a method', '{"command":"__proto__"}\n', /unknown command/],
  ['an unknown command', '{"command":"selfdestruct"}\n', /reload, stop, status, scale, upstream and upgrade/],
  ['a stop that is neither now nor later', '{"command":"stop","now":1}\n', /`now`/],
  ['a scale without an app', '{"command":"scale","workers":1}\n', /`app`/],
  ['an action with an upstream that there is none of', '{"command":"upstream","action":"eat"}\n', /`action`/],
  ['an upstream without a peer', '{"command":"upstream","action":"drain","upstream":"a"}\n', /`peer`/],
  ['a negative number of workers', '{"command":"scale","app":"a","workers":-1}\n', /`workers`/],
  ['half a worker', '{"command":"scale","app":"a","workers":0.5}\n', /`workers`/],
  ['a million workers', '{"command":"scale","app":"a","workers":1e6}\n', /`workers`/],
  ['a line that is too long', `{"command":"${'x'.repeat(64)}"}\n`, /more than 64 bytes/],
  ['a line without an end', 'x'.repeat(65), /more than 64 bytes/],
];

for (const [what, line, title] of FAULTS) {
  test(`${what} is answered with what is wrong, and nothing is done`, async () => {
    const { socket, heard } = await say(line);
    assert.deepEqual(heard, []);
    const [answer] = socket.lines as [CommandAnswer];
    assert.equal(answer.ok, false);
    assert.match(answer.ok ? '' : answer.title, title);
    assert.equal(socket.writableEnded, true);
  });
}

test('a command may come in pieces, and what follows it is not looked at', async () => {
  const { socket, heard } = await say('{"comm');
  assert.deepEqual(heard, []);
  socket.push('and":"status"}\n{"command":"stop"}\n');
  await turn();
  socket.push('{"command":"stop"}\n');
  await turn();
  assert.deepEqual(heard, [{ command: 'status' }]);
  assert.equal(socket.lines.length, 1);
});

test('pieces without end are not kept beyond the limit', async () => {
  const { socket, heard } = await say('x'.repeat(40));
  socket.push('x'.repeat(40));
  await turn();
  socket.push('\n{"command":"stop"}\n');
  await turn();
  assert.deepEqual(heard, []);
  assert.equal(socket.lines.length, 1);
});

test('a client that ends its side still gets the answer', async () => {
  let finish: (answer: CommandAnswer) => void = () => undefined;
  const { socket } = await say('{"command":"reload"}\n', () => new Promise((resolve) => (finish = resolve)));
  socket.push(null);
  await turn();
  finish({ ok: true });
  await turn();
  assert.deepEqual(socket.lines, [{ ok: true }]);
});

test('a client that ends without a command is let go', async () => {
  const { socket } = await say('{"command"');
  socket.push(null);
  await turn();
  assert.equal(socket.destroyed, true);
});

test('what goes wrong on the way is told, too', async () => {
  const { socket } = await say('{"command":"status"}\n', () =>
    Promise.reject(new Error('there is no app x')),
  );
  assert.deepEqual(socket.lines, [{ ok: false, title: 'there is no app x', traceback: '', hint: '' }]);
});

test('progress is left out while the client does not read', async () => {
  const socket = new FakeSocket(false);
  let progress: (done: number) => void = () => undefined;
  let finish: (answer: CommandAnswer) => void = () => undefined;
  new ControlSession(
    socket,
    (_, onProgress) => {
      progress = (done) => onProgress({ app: 'app', done, of: 1000 });
      return new Promise((resolve) => (finish = resolve));
    },
    LIMITS,
  );
  socket.push('{"command":"reload"}\n');
  await turn();
  for (let done = 1; done <= 1000; done += 1) progress(done);
  finish({ ok: true });
  await turn();
  assert.ok(socket.writableLength < 1000, `${socket.writableLength} bytes wait`);
});

test('who says nothing, or does not take the answer, is cut off', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const silent = new FakeSocket();
  new ControlSession(silent, () => Promise.resolve({ ok: true }), LIMITS);
  t.mock.timers.tick(LIMITS.idle_ms);
  assert.equal(silent.destroyed, true);

  const deaf = new FakeSocket(false);
  new ControlSession(deaf, () => Promise.resolve({ ok: true }), LIMITS);
  deaf.push('{"command":"status"}\n');
  await turn();
  await turn();
  assert.equal(deaf.destroyed, false);
  t.mock.timers.tick(LIMITS.idle_ms);
  assert.equal(deaf.destroyed, true);
});

test('a long reload is not cut off by the limit for saying a command', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { socket } = await say('{"command":"reload"}\n', () => new Promise(() => undefined));
  t.mock.timers.tick(LIMITS.idle_ms * 10);
  assert.equal(socket.destroyed, false);
});
