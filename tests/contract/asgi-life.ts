// receive() and send() in time: ASGI, "HTTP & WebSocket ASGI Message Format".
import assert from 'node:assert/strict';
import { ask, type Behaviour, connected, get, post, type Subject } from './subject.ts';

const app = 'life';

export const asgiLifeBehaviours: readonly Behaviour[] = [
  { sentence: 'says http.disconnect as soon as the client leaves', app, assertion: disconnects('/waits') },
  {
    sentence: 'says it to a second coroutine while the first sends',
    app,
    assertion: disconnects('/streams'),
  },
  { sentence: 'says http.disconnect once the response is complete', app, assertion: completes },
  { sentence: 'gives each piece of a body as it comes', app, assertion: pieces },
  { sentence: 'sends 100 Continue only when the body is asked for', app, assertion: continues },
  { sentence: 'gives each request a context of its own', app, assertion: contexts },
  { sentence: 'lets tasks go on after the response', app, assertion: tasks },
  { sentence: 'ignores what is sent after the end, and says so', app, assertion: afterEnd },
  {
    sentence: 'answers 500 when the app ends without a response',
    app,
    assertion: silent,
  },
  { sentence: 'cuts a response that the app does not complete', app, assertion: half },
  { sentence: 'explains a message that it does not know', app, assertion: unknown },
  { sentence: 'sends trailers after a chunked body', app: 'trailers', assertion: trailers },
  { sentence: 'serves an application of ASGI 2', app: 'asgi2', assertion: asgi2 },
];

function disconnects(path: string): Behaviour['assertion'] {
  return async (subject) => {
    await connected(subject, async (client) => {
      client.send(get(`${path}?${subject.mark}`));
      if (path === '/waits') await subject.server.waitForLog(new RegExp(`${subject.mark}: waits`));
      else assert.ok((await client.readSome()).length > 0);
    });
    await subject.server.waitForLog(new RegExp(`${subject.mark}: http\\.disconnect`), 2_000);
  };
}

async function completes(subject: Subject): Promise<void> {
  await connected(subject, async (client) => {
    client.send(get(`/complete?${subject.mark}`));
    assert.equal((await client.read()).text, 'done');
    await subject.server.waitForLog(new RegExp(`${subject.mark}: http\\.disconnect`));
    client.send(get(`/complete?${subject.mark}`));
    assert.equal((await client.read()).text, 'done', 'the connection goes on');
  });
}

async function pieces(subject: Subject): Promise<void> {
  await connected(subject, async (client) => {
    client.send('POST /pieces HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
    let received = '';
    const until = async (text: string) => {
      while (!received.includes(text)) received += (await client.readSome()).toString();
    };
    await until('\r\n3\n\r\n');
    client.send('5\r\ndefgh\r\n');
    await until('\r\n5\n\r\n');
    client.send('0\r\n\r\n');
    await until('end\n');
  });
}

async function continues(subject: Subject): Promise<void> {
  const head = (path: string) =>
    `POST ${path} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n`;
  await connected(subject, async (client) => {
    client.send(head('/asks'));
    assert.equal((await client.readSome()).toString(), 'HTTP/1.1 100 Continue\r\n\r\n');
    client.send('abc');
    assert.equal((await client.read()).text, 'abc');
  });
  await connected(subject, async (client) => {
    client.send(head('/never_asks'));
    const informational: never[] = [];
    assert.equal((await client.read({ informational })).text, 'no need');
    assert.equal(informational.length, 0);
  });
}

async function contexts(subject: Subject): Promise<void> {
  const marks = Array.from({ length: 10 }, (_, i) => `${subject.mark}-${i}`);
  const answers = await Promise.all(marks.map((mark) => ask(subject, get(`/contexts?${mark}`))));
  assert.deepEqual(
    answers.map(({ text }) => text),
    marks.map((mark) => `nothing ${mark}`),
  );
}

async function tasks(subject: Subject): Promise<void> {
  assert.equal((await ask(subject, get(`/late_task?${subject.mark}`))).text, 'at once');
  await subject.server.waitForLog(new RegExp(`${subject.mark}: went on`));
}

async function afterEnd(subject: Subject): Promise<void> {
  assert.equal((await ask(subject, get(`/too_much?${subject.mark}`))).text, 'all');
  await subject.server.waitForLog(
    new RegExp(`A message after the end of the response was ignored: GET /too_much\\?${subject.mark}`),
  );
  await subject.server.waitForLog(new RegExp(`${subject.mark}: went on`));
}

async function silent(subject: Subject): Promise<void> {
  assert.equal((await ask(subject, get(`/nothing?${subject.mark}`))).status, 500);
  await subject.server.waitForLog(
    new RegExp(`The application ended, but no response has begun: GET /nothing\\?${subject.mark}`),
  );
}

async function half(subject: Subject): Promise<void> {
  await connected(subject, async (client) => {
    client.send(get(`/half?${subject.mark}`));
    assert.doesNotMatch((await client.readToEnd()).toString(), /0\r\n\r\n$/);
  });
  await subject.server.waitForLog(
    new RegExp(`The application ended, but the body is not complete: GET /half\\?${subject.mark}`),
  );
}

async function unknown(subject: Subject): Promise<void> {
  assert.equal((await ask(subject, get('/unknown'))).status, 500);
  await subject.server.waitForLog(/expected 'http\.response\.start'.* sent 'http\.response\.unheard'/);
  assert.equal((await ask(subject, get('/not_a_dict'))).status, 500);
  await subject.server.waitForLog(/send\(\) takes a dict with the key "type", not 'http\.response\.start'/);
}

async function trailers(subject: Subject): Promise<void> {
  const answer = await ask(subject, get('/', 'TE: trailers'));
  assert.equal(answer.text, 'body');
  assert.deepEqual(
    answer.trailers.map(([name, value]) => [name.toLowerCase(), value]),
    [
      ['x-sum', '4'],
      ['x-more', '5'],
    ],
  );
  // HTTP/1.0 has no place for them.
  assert.match((await ask(subject, 'GET / HTTP/1.0\r\n\r\n')).text, /^body$/);
}

async function asgi2(subject: Subject): Promise<void> {
  assert.equal((await ask(subject, post('/old', 'body'))).text, 'ASGI 2 at /old');
}
