// One connection, many requests: RFC 9112, section 9.
import assert from 'node:assert/strict';
import { type Behaviour, connected, get, post, type Subject } from './subject.ts';

export const connectionBehaviours: readonly Behaviour[] = [
  { sentence: 'answers twenty requests sent at once in their order', app: 'environ', assertion: pipelined },
  { sentence: 'keeps an HTTP/1.1 connection until it is asked to close', app: 'hello', assertion: keeps },
  { sentence: 'closes an HTTP/1.0 connection unless it is asked to keep it', app: 'hello', assertion: old },
  { sentence: 'closes after Connection: close, whatever else was sent', app: 'hello', assertion: closes },
  { sentence: 'ignores what follows a refused request', app: 'hello', assertion: refused },
  { sentence: 'answers HEAD and goes on', app: 'hello', assertion: head },
];

const HELLO = 'Hello, world!\n';

async function pipelined(subject: Subject): Promise<void> {
  await connected(subject, async (client) => {
    const requests = Array.from({ length: 20 }, (_, i) =>
      i % 3 === 0 ? post(`/${i}`, 'b'.repeat(i), `X-N: ${i}`) : get(`/${i}`, `X-N: ${i % 2}`),
    );
    client.send(requests.join(''));
    for (const [i] of requests.entries()) {
      const environ = JSON.parse((await client.read()).text) as Record<string, unknown>;
      assert.equal(environ['PATH_INFO'], `/${i}`);
      assert.equal(environ['HTTP_X_N'], String(i % 3 === 0 ? i : i % 2));
      assert.equal(environ['CONTENT_LENGTH'], i % 3 === 0 ? String(i) : undefined);
    }
  });
}

async function keeps(subject: Subject): Promise<void> {
  await connected(subject, async (client) => {
    for (let i = 0; i < 5; i += 1) {
      client.send(get('/'));
      const answer = await client.read();
      assert.equal(answer.text, HELLO);
      assert.equal(answer.header('connection'), undefined);
    }
    client.send(get('/', 'Connection: Close'));
    assert.equal((await client.read()).header('connection'), 'close');
    assert.ok(await client.closed());
  });
}

async function old(subject: Subject): Promise<void> {
  await connected(subject, async (client) => {
    for (let i = 0; i < 3; i += 1) {
      client.send('GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n');
      const answer = await client.read();
      assert.equal(answer.text, HELLO);
      assert.equal(answer.header('connection'), 'keep-alive');
    }
    client.send('GET / HTTP/1.0\r\n\r\n');
    assert.equal((await client.read()).header('connection'), 'close');
    assert.ok(await client.closed());
  });
}

async function closes(subject: Subject): Promise<void> {
  await connected(subject, async (client) => {
    client.send(get('/', 'Connection: x, close') + get('/second'));
    assert.equal((await client.read()).text, HELLO);
    assert.ok(await client.closed());
  });
}

async function refused(subject: Subject): Promise<void> {
  await connected(subject, async (client) => {
    client.send(`${get('/')}GET / HTTP/1.1\r\nHost : a\r\n\r\n${get('/')}`);
    assert.equal((await client.read()).status, 200);
    const answer = await client.read();
    assert.equal(answer.status, 400);
    assert.equal(answer.header('connection'), 'close');
    assert.ok(await client.closed());
  });
}

async function head(subject: Subject): Promise<void> {
  await connected(subject, async (client) => {
    client.send(`HEAD / HTTP/1.1\r\nHost: a\r\n\r\n${get('/')}`);
    const first = await client.read({ method: 'HEAD' });
    assert.equal(first.header('content-length'), '14');
    assert.equal((await client.read()).text, HELLO);
  });
}
