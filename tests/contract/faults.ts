// Applications that raise, leave, or break PEP 3333: what the client sees, and what the log says.
import assert from 'node:assert/strict';
import { ask, type Behaviour, connected, get, type Subject } from './subject.ts';

export const faultBehaviours: readonly Behaviour[] = [
  {
    sentence: 'answers 500 and logs the traceback with request line and id',
    app: 'raise_before',
    assertion: traceback,
  },
  {
    sentence: 'answers 500 when the app raises after a head that was not sent',
    app: 'raise_after_head',
    assertion: fails(500),
  },
  {
    sentence: 'cuts the connection when the app raises in the middle of a body',
    app: 'raise_mid_body',
    assertion: cut,
  },
  {
    sentence: 'cuts the connection when a sent head is to be replaced',
    app: 'exc_info_after',
    bare: true,
    without: { asgi: 'there is no exc_info' },
    assertion: tooLate,
  },
  {
    sentence: 'cuts off a body that is shorter than its Content-Length',
    app: 'content_length_short',
    assertion: short,
  },
  {
    sentence: 'cuts off a body that is longer than its Content-Length',
    app: 'content_length_long',
    assertion: long,
  },
  {
    sentence: 'refuses two Content-Lengths',
    app: 'content_length_twice',
    assertion: fails(500, /Content-Length/),
  },
  { sentence: 'refuses header names that cannot be sent', app: 'bad_header_name', assertion: names },
  { sentence: 'refuses header values that cannot be sent', app: 'bad_header_value', assertion: values },
  { sentence: 'refuses a status that is none', app: 'bad_status', assertion: statuses },
  {
    sentence: 'refuses a hint that cannot be sent',
    app: 'early_hints_bad',
    bare: true,
    assertion: fails(500, /X-Injected|cannot be sent/),
  },
  {
    sentence: 'refuses a body without a head',
    app: 'no_start_response',
    assertion: fails(500, /start_response|expected 'http\.response\.start'/),
  },
  {
    sentence: 'refuses a second start_response',
    app: 'start_response_twice',
    assertion: fails(500, /second time|application sent 'http\.response\.start'/),
  },
  { sentence: 'refuses a body of str', app: 'str_body', assertion: fails(500, /bytes, not str/) },
  { sentence: 'refuses a body of None', app: 'none_body', assertion: fails(500, /not None/) },
  { sentence: 'survives sys.exit in a request', app: 'sys_exit', assertion: sysExit },
  { sentence: 'answers 502 when the process is gone, and replaces it', app: 'exit_now', assertion: gone },
];

function fails(status: number, log = /Error/): Behaviour['assertion'] {
  return async (subject) => {
    await connected(subject, async (client) => {
      for (let i = 0; i < 2; i += 1) {
        client.send(get(`/?${subject.mark}`));
        const answer = await client.read();
        assert.equal(answer.status, status);
        assert.doesNotMatch(answer.text, /never seen|no head/);
        assert.match(answer.header('content-type') ?? '', /^text\/html/);
      }
    });
    await subject.server.waitForLog(log);
    await subject.server.waitForLog(new RegExp(`GET /\\?${subject.mark}`));
  };
}

async function traceback(subject: Subject): Promise<void> {
  const answer = await ask(subject, get(`/a%20b?${subject.mark}`));
  assert.equal(answer.status, 500);
  const id = /Request ([0-9a-z-]+)/.exec(answer.text)?.[1];
  assert.ok(id, 'the page names the request');
  const line = new RegExp(`GET /a%20b\\?${subject.mark} HTTP/1\\.1 request_id=${id}\\nTraceback`);
  await subject.server.waitForLog(line);
  await subject.server.waitForLog(
    /raise RuntimeError\("raised before the head"\)[^]*RuntimeError: raised before the head/,
  );
  assert.doesNotMatch(answer.text, /RuntimeError|Traceback/);
}

async function cut(subject: Subject): Promise<void> {
  for (const bytes of [get('/'), get('/?length'), 'GET / HTTP/1.0\r\n\r\n']) {
    await connected(subject, async (client) => {
      client.send(bytes);
      const received = (await client.readToEnd()).toString();
      assert.doesNotMatch(received, /0\r\n\r\n$/);
    });
  }
  await subject.server.waitForLog(/RuntimeError: raised in the middle/);
  await survived(subject);
}

/** Neither the gateway nor the worker was lost over it: an answer comes from the same processes. */
async function survived(subject: Subject): Promise<void> {
  await connected(subject, async (client) => {
    client.send('GET / HTTP/1.1\r\n\r\n');
    assert.equal((await client.read()).status, 400);
  });
  assert.doesNotMatch(subject.server.output.stderr, /starting another|connection to it was lost/);
}

async function tooLate(subject: Subject): Promise<void> {
  await connected(subject, async (client) => {
    client.send(get('/'));
    const received = (await client.readToEnd()).toString();
    assert.doesNotMatch(received, /never seen| 500 /);
    assert.doesNotMatch(received, /0\r\n\r\n$/);
  });
  await subject.server.waitForLog(/RuntimeError: after the first byte/);
  await survived(subject);
}

async function short(subject: Subject): Promise<void> {
  await connected(subject, async (client) => {
    client.send(get(`/?${subject.mark}`) + get('/second'));
    const received = (await client.readToEnd()).toString();
    // A connection that is reset may lose what was sent on it before.
    assert.match(received, /^(?:HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n12345)?$/);
  });
  await subject.server.waitForLog(
    new RegExp(
      `application's response to GET /\\?${subject.mark} is wrong: .*15 bytes before its Content-Length`,
    ),
  );
  await survived(subject);
}

async function long(subject: Subject): Promise<void> {
  await connected(subject, async (client) => {
    client.send(get(`/?${subject.mark}`));
    const received = (await client.readToEnd()).toString();
    assert.match(received, /\r\nContent-Length: 5\r\n[^]*\r\n\r\n12345$/);
  });
  await subject.server.waitForLog(
    new RegExp(`GET /\\?${subject.mark} is wrong: .*longer than its Content-Length`),
  );
}

async function refusesEach(subject: Subject, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const target = `${path}?${subject.mark}`;
    const answer = await ask(subject, get(target));
    assert.equal(answer.status, 500, path);
    assert.equal(answer.header('x-injected'), undefined);
    assert.doesNotMatch(answer.text, /never seen/);
    await subject.server.waitForLog(new RegExp(`GET ${target.replace('?', '\\?')}`));
  }
}

async function names(subject: Subject): Promise<void> {
  await refusesEach(subject, ['/space', '/colon', '/empty', '/crlf', '/unicode']);
}

async function values(subject: Subject): Promise<void> {
  await refusesEach(subject, ['/crlf', '/lf', '/cr', '/nul']);
}

async function statuses(subject: Subject): Promise<void> {
  await refusesEach(subject, ['/text', '/short', '/crlf', '/int', '/bytes', '/big']);
}

async function sysExit(subject: Subject): Promise<void> {
  assert.equal((await ask(subject, get('/exit'))).status, 500);
  await subject.server.waitForLog(/SystemExit: leaving/);
  assert.equal((await ask(subject, get('/'))).text, 'still here');
  await survived(subject);
}

async function gone(subject: Subject): Promise<void> {
  const before = (await ask(subject, get('/'))).text;
  const answer = await ask(subject, get(`/exit?${subject.mark}`));
  assert.equal(answer.status, 502);
  await subject.server.waitForLog(new RegExp(`worker 0 \\(pid ${before}\\).*GET /exit\\?${subject.mark}`));
  const after = (await ask(subject, get('/'))).text;
  assert.match(after, /^[0-9]+$/);
  assert.notEqual(after, before);
}
