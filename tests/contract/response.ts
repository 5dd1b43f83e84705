// Heads and bodies of responses: PEP 3333, "The start_response() Callable"; RFC 9112, section 6.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Answer } from '../helpers/http.ts';
import { ask, type Behaviour, connected, get, type Subject } from './subject.ts';

const MESSAGES = { asgi: 'send() is the only way to answer' };

export const responseBehaviours: readonly Behaviour[] = [
  {
    sentence: 'sends what write() was given, then the iterable',
    app: 'write',
    without: MESSAGES,
    assertion: write,
  },
  {
    sentence: 'replaces a head that was not sent yet',
    app: 'exc_info_before',
    without: MESSAGES,
    assertion: replaced,
  },
  {
    sentence: 'sends each item of an iterable as it is yielded',
    app: 'lazy',
    args: ['--threads', '2'],
    assertion: lazy,
  },
  { sentence: 'sends early hints as 103', app: 'early_hints', assertion: earlyHints },
  { sentence: 'sends no early hints to HTTP/1.0', app: 'early_hints', assertion: earlyHintsOld },
  { sentence: 'sends no body where none belongs', app: 'body_where_none_belongs', assertion: noBody },
  { sentence: 'keeps status and reason of the application', app: 'status', assertion: statusLine },
  { sentence: 'counts the length of a list with one item', app: 'cookies', bare: true, assertion: counted },
  { sentence: 'sends a body of unknown length in chunks', app: 'generator', assertion: chunked },
  {
    sentence: 'ends a body of unknown length with the connection on HTTP/1.0',
    app: 'generator',
    assertion: closeDelimited,
  },
  { sentence: 'keeps headers of one name apart and in order', app: 'cookies', assertion: cookies },
  {
    sentence: 'drops hop-by-hop headers and says Date and Server itself',
    app: 'hop_by_hop',
    assertion: ours,
  },
  {
    sentence: 'sends no Server header when it is set empty',
    app: 'hello',
    args: ['--server-header', ''],
    assertion: nameless,
  },
  {
    sentence: 'sends files through wsgi.file_wrapper',
    app: 'file_wrapper',
    without: MESSAGES,
    assertion: files,
  },
  { sentence: 'ends a body at its Content-Length', app: 'download', assertion: exact },
  { sentence: 'sends an iterable object', app: 'no_content_length', assertion: iterable },
];

async function write(subject: Subject): Promise<void> {
  assert.equal((await ask(subject, get('/'))).text, 'written twice, then returned');
}

async function replaced(subject: Subject): Promise<void> {
  const answer = await ask(subject, get('/'));
  assert.equal(answer.status, 503);
  assert.equal(answer.text, 'replaced');
  assert.equal(answer.header('x-first'), undefined);
}

/** The second item exists only after the first was received, or never. */
async function lazy(subject: Subject): Promise<void> {
  await connected(subject, async (client) => {
    client.send(get(`/${subject.mark}`));
    let received = '';
    while (!received.includes('first\n')) {
      const more = (await client.readSome()).toString();
      assert.notEqual(more, '');
      received += more;
    }
    assert.doesNotMatch(received, /second|nobody/);
    assert.equal((await ask(subject, get(`/go/${subject.mark}`))).text, 'gone');
    while (!received.includes('0\r\n\r\n')) received += (await client.readSome()).toString();
    assert.match(received, /second\n/);
  });
}

async function earlyHints(subject: Subject): Promise<void> {
  await connected(subject, async (client) => {
    client.send(get('/'));
    const informational: Answer[] = [];
    assert.equal((await client.read({ informational })).text, 'hinted');
    assert.deepEqual(
      informational.map(({ status, fields }) => [
        status,
        fields.map(([name, value]) => [name.toLowerCase(), value]),
      ]),
      [
        [103, [['link', '</style.css>; rel=preload; as=style']]],
        [103, [['link', '</app.js>; rel=preload; as=script']]],
      ],
    );
  });
}

async function earlyHintsOld(subject: Subject): Promise<void> {
  await connected(subject, async (client) => {
    client.send('GET / HTTP/1.0\r\n\r\n');
    const received = (await client.readToEnd()).toString();
    assert.match(received, /^HTTP\/1\.1 200 OK\r\n/);
    assert.doesNotMatch(received, / 103 /);
  });
}

async function noBody(subject: Subject): Promise<void> {
  await connected(subject, async (client) => {
    for (const [method, code] of [
      ['HEAD', 200],
      ['GET', 204],
      ['GET', 304],
      ['HEAD', 204],
    ] as const) {
      client.send(`${method} /${code} HTTP/1.1\r\nHost: a\r\n\r\n`);
      const answer = await client.read({ method });
      assert.equal(answer.status, code);
      assert.equal(answer.header('transfer-encoding'), undefined);
      if (code === 204) assert.equal(answer.header('content-length'), undefined);
    }
    // What follows would be read as the next answer, had a body been sent.
    client.send(get('/200'));
    assert.equal((await client.read()).text, 'a body that does not belong here');
  });
}

async function statusLine(subject: Subject): Promise<void> {
  for (const code of [200, 201, 302, 404, 418, 451, 500, 599]) {
    const answer = await ask(subject, get(`/${code}`));
    assert.equal(answer.status, code);
    // An ASGI app says the number only.
    if (subject.interface === 'wsgi') assert.equal(answer.reason, 'Some Reason');
    assert.equal(answer.text, `status ${code}\n`);
  }
  const head = await ask(subject, 'HEAD /418 HTTP/1.1\r\nHost: a\r\n\r\n', 'HEAD');
  assert.equal(head.header('content-length'), '11');
}

async function counted(subject: Subject): Promise<void> {
  const answer = await ask(subject, get('/'));
  assert.equal(answer.header('content-length'), '4');
  assert.equal(answer.header('transfer-encoding'), undefined);
  const old = await ask(subject, 'GET / HTTP/1.0\r\n\r\n');
  assert.equal(old.header('content-length'), '4');
}

async function chunked(subject: Subject): Promise<void> {
  await connected(subject, async (client) => {
    for (let i = 0; i < 2; i += 1) {
      client.send(get('/'));
      const answer = await client.read();
      assert.equal(answer.header('transfer-encoding'), 'chunked');
      assert.equal(answer.header('content-length'), undefined);
      assert.equal(answer.text, 'one\ntwo\n');
    }
  });
}

async function closeDelimited(subject: Subject): Promise<void> {
  await connected(subject, async (client) => {
    client.send('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
    const received = (await client.readToEnd()).toString();
    assert.match(received, /\r\nConnection: close\r\n/);
    assert.doesNotMatch(received, /Transfer-Encoding/i);
    assert.match(received, /\r\n\r\none\ntwo\n$/);
  });
}

async function cookies(subject: Subject): Promise<void> {
  const answer = await ask(subject, get('/', 'Cookie: x=1'));
  assert.deepEqual(answer.headers('set-cookie'), ['a=1', 'b=2']);
  assert.equal(answer.header('x-latin'), 'caf\xe9');
  assert.equal(answer.text, 'x=1');
}

async function ours(subject: Subject): Promise<void> {
  await connected(subject, async (client) => {
    // The app's wish to close is not its to make; the connection goes on.
    for (let i = 0; i < 2; i += 1) {
      client.send(get('/'));
      const answer = await client.read();
      assert.deepEqual(
        answer.fields.map(([name]) => name),
        ['Content-Type', 'Content-Length', 'Date', 'Server'],
      );
      assert.equal(answer.header('server'), 'licorne');
      assert.ok(Math.abs(Date.parse(answer.header('date') ?? '') - Date.now()) < 60_000);
      assert.equal(answer.text, 'hello');
    }
  });
}

async function nameless(subject: Subject): Promise<void> {
  const answer = await ask(subject, get('/'));
  assert.equal(answer.header('server'), undefined);
  assert.ok(answer.header('date'));
}

async function files(subject: Subject): Promise<void> {
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 250));
  for (const [path, start] of [
    ['/', 0],
    ['/part', 1000],
    ['/memory', 0],
  ] as const) {
    const answer = await ask(subject, get(path));
    const digest = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
    assert.equal(digest(answer.body), digest(bytes.subarray(start)), path);
  }
}

async function iterable(subject: Subject): Promise<void> {
  assert.equal((await ask(subject, get('/'))).text, 'no length, two parts');
}

async function exact(subject: Subject): Promise<void> {
  await connected(subject, async (client) => {
    for (const bytes of [0, 1, 65_536, 65_537, 1_000_000]) {
      client.send(get(`/?bytes=${bytes}&length`));
      const answer = await client.read();
      assert.equal(answer.header('content-length'), String(bytes));
      assert.equal(answer.header('transfer-encoding'), undefined);
      assert.ok(answer.body.every((byte, i) => byte === i % 256));
    }
  });
}
