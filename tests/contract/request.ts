// wsgi.input: PEP 3333, "Input and Error Streams".
import assert from 'node:assert/strict';
import { ask, type Behaviour, connected, get, post, type Subject } from './subject.ts';

const noSpool = {
  app: 'upload_hash',
  args: ['--body-memory-bytes', '1k', '--spool-bytes-max', '0', '--body-bytes-max', '1m'],
};

const FILE = { asgi: 'receive() is the only way to read' };

export const requestBehaviours: readonly Behaviour[] = [
  {
    sentence: 'reads the body in every way PEP 3333 names',
    app: 'input_methods',
    without: FILE,
    assertion: ways,
  },
  {
    sentence: 'reads a large body that is streamed in the same ways',
    app: 'input_methods',
    without: FILE,
    assertion: waysOfLarge,
  },
  { sentence: 'ends the input where the body ends', app: 'input_whole', assertion: whole },
  { sentence: 'gives a body back unchanged, whatever its size', app: 'echo', assertion: echo },
  { sentence: 'goes on after a body that the app did not read', app: 'input_unread', assertion: unread },
  { sentence: 'reads bodies of pipelined requests one after another', app: 'echo', assertion: pipelined },
  { sentence: 'takes trailers of a chunked body and drops them', app: 'echo', assertion: trailers },
  {
    sentence: 'streams a body that disk and memory cannot hold',
    ...noSpool,
    assertion: streamed,
  },
  {
    sentence: 'answers 413 when a streamed body grows beyond the limit',
    ...noSpool,
    bare: true,
    assertion: tooLarge,
  },
];

const LINES = 'abcdef\nghijkl\nmnop\nqrst\nuv';
const READ = {
  read: 'abc',
  readline: 'def\n',
  readline_size: 'gh',
  iteration: 'ijkl\n',
  readlines: ['mnop\n', 'qrst\n', 'uv'],
  end: '',
};

async function ways(subject: Subject): Promise<void> {
  assert.deepEqual(JSON.parse((await ask(subject, post('/', LINES))).text), READ);
}

async function waysOfLarge(subject: Subject): Promise<void> {
  const line = `${'x'.repeat(999)}\n`;
  const answer = await ask(subject, post('/', LINES.replace('mnop\n', `mnop\n${line.repeat(500)}`)));
  const result = JSON.parse(answer.text) as typeof READ;
  assert.equal(result.readlines.length, 503);
  assert.deepEqual({ ...result, readlines: result.readlines.filter((each) => each !== line) }, READ);
}

async function whole(subject: Subject): Promise<void> {
  assert.equal((await ask(subject, post('/', 'the body'))).text, 'the body');
  const chunked =
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nthe\r\n5\r\n body\r\n0\r\n\r\n';
  const answer = await ask(subject, chunked);
  assert.equal(answer.text, 'the body');
  assert.equal(answer.header('x-terminated'), 'True');
  assert.equal((await ask(subject, get('/'))).text, '');
}

async function echo(subject: Subject): Promise<void> {
  for (const size of [0, 1, 65_535, 65_536, 65_537, 300_000, 1_100_000]) {
    const body = Buffer.from(Array.from({ length: size }, (_, i) => (i * 7919) % 256)).toString('latin1');
    const answer = await ask(subject, post('/', body, 'Content-Type: x/y'));
    assert.equal(answer.status, 200);
    assert.equal(answer.header('content-type'), 'x/y');
    assert.ok(answer.body.equals(Buffer.from(body, 'latin1')), `a body of ${size} bytes`);
  }
}

async function unread(subject: Subject): Promise<void> {
  await connected(subject, async (client) => {
    for (let i = 0; i < 3; i += 1) {
      client.send(post('/', 'x'.repeat(1000 * (i + 1))));
      assert.equal((await client.read()).text, 'unread');
    }
    client.send(post('/', 'y'.repeat(200_000)) + get('/next'));
    assert.equal((await client.read()).text, 'unread');
    assert.equal((await client.read()).text, 'unread');
  });
}

async function pipelined(subject: Subject): Promise<void> {
  await connected(subject, async (client) => {
    const bodies = Array.from({ length: 20 }, (_, i) => `body ${i} `.repeat(1 + i * 50));
    client.send(bodies.map((body) => post('/', body)).join(''));
    for (const body of bodies) assert.equal((await client.read()).text, body);
  });
}

async function trailers(subject: Subject): Promise<void> {
  await connected(subject, async (client) => {
    client.send(
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n' +
        post('/', 'def'),
    );
    assert.equal((await client.read()).text, 'abc');
    assert.equal((await client.read()).text, 'def');
  });
}

const CHUNKED = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';

async function streamed(subject: Subject): Promise<void> {
  const answer = await ask(subject, post('/', 'x'.repeat(1_000_000)));
  assert.equal((JSON.parse(answer.text) as { size: number }).size, 1_000_000);
  const chunk = `7530\r\n${'x'.repeat(30_000)}\r\n`;
  const chunked = await ask(subject, `${CHUNKED}${chunk.repeat(30)}0\r\n\r\n`);
  assert.equal((JSON.parse(chunked.text) as { size: number }).size, 900_000);
}

/** By then the app runs already; the client hears of its own fault, not of the app's. */
async function tooLarge(subject: Subject): Promise<void> {
  await connected(subject, async (client) => {
    client.send(CHUNKED);
    const chunk = `7530\r\n${'x'.repeat(30_000)}\r\n`;
    client.send(chunk.repeat(40));
    const answer = await client.read();
    assert.equal(answer.status, 413);
    assert.ok(await client.closed());
  });
  assert.equal((await ask(subject, post('/', 'abc'))).status, 200);
}
