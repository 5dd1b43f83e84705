// WSGI callables without a framework: PEP 3333 as the client sees it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { RawClient, rawRequest } from '../helpers/http.ts';
import { apps } from '../helpers/paths.ts';
import { launchPlain, servePlain } from '../helpers/plain.ts';
import { venvPython } from '../helpers/venv.ts';

const get = (path: string, extra = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${extra}\r\n`;
const post = (body: string, path = '/') =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const chunked = (...parts: string[]) =>
  `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('')}0\r\n\r\n`;

const brokenOff = /ended in the middle|ECONNRESET/;

test('environ has every key of PEP 3333 with the right type', async (t) => {
  const server = await servePlain(t, 'environ', ['-w', '2', '--threads', '2']);
  const request = get(
    '/caf%C3%A9%20a?x=%C3%A9',
    'X-One: 1\r\nX-Many: a\r\nX-Many: b\r\nCookie: a=1\r\nCookie: b=2\r\n',
  );
  const environ = JSON.parse((await rawRequest(server, request)).text) as Record<string, unknown>;
  const expected = {
    REQUEST_METHOD: 'GET',
    SCRIPT_NAME: '',
    PATH_INFO: '/caf\xc3\xa9 a',
    QUERY_STRING: 'x=%C3%A9',
    SERVER_NAME: '127.0.0.1',
    SERVER_PORT: String(server.port),
    SERVER_PROTOCOL: 'HTTP/1.1',
    REMOTE_ADDR: '127.0.0.1',
    HTTP_HOST: 'x',
    HTTP_X_ONE: '1',
    HTTP_X_MANY: 'a,b',
    HTTP_COOKIE: 'a=1; b=2',
    'wsgi.url_scheme': 'http',
    'wsgi.version': { type: 'tuple', repr: '(1, 0)' },
    'wsgi.multithread': { type: 'bool', repr: 'True' },
    'wsgi.multiprocess': { type: 'bool', repr: 'True' },
    'wsgi.run_once': { type: 'bool', repr: 'False' },
    'wsgi.input_terminated': { type: 'bool', repr: 'True' },
  };
  for (const [key, value] of Object.entries(expected)) assert.deepEqual(environ[key], value, key);
  for (const key of ['wsgi.input', 'wsgi.errors', 'wsgi.file_wrapper']) assert.ok(key in environ, key);
  assert.ok(!('CONTENT_LENGTH' in environ) || environ.CONTENT_LENGTH === '');
});

test('a body sent in chunks has a length in environ, and no sign of the chunks', async (t) => {
  const server = await servePlain(t, 'environ');
  const environ = JSON.parse((await rawRequest(server, chunked('four', 'more'))).text) as Record<
    string,
    unknown
  >;
  assert.equal(environ.CONTENT_LENGTH, '8');
  assert.equal(environ.HTTP_TRANSFER_ENCODING, undefined);
});

test('multithread and multiprocess are false where there is one of each', async (t) => {
  const server = await servePlain(t, 'environ');
  const environ = JSON.parse((await rawRequest(server, get('/'))).text) as Record<string, unknown>;
  assert.deepEqual(environ['wsgi.multithread'], { type: 'bool', repr: 'False' });
  assert.deepEqual(environ['wsgi.multiprocess'], { type: 'bool', repr: 'False' });
});

test('write() comes before the iterable', async (t) => {
  const server = await servePlain(t, 'write');
  assert.equal((await rawRequest(server, get('/'))).text, 'written twice, then returned');
});

test('exc_info replaces a head that was not sent', async (t) => {
  const answer = await rawRequest(await servePlain(t, 'exc_info_before'), get('/'));
  assert.equal(answer.status, 503);
  assert.equal(answer.header('x-first'), undefined);
  assert.equal(answer.text, 'replaced');
});

test('exc_info after the first byte breaks the answer off, visibly', async (t) => {
  const server = await servePlain(t, 'exc_info_after');
  await assert.rejects(rawRequest(server, get('/')), brokenOff);
  await server.waitForLog(/RuntimeError: after the first byte/);
});

test('an answer that streams arrives item by item', async (t) => {
  const server = await servePlain(t, 'generator_slow');
  const client = new RawClient(server);
  client.send(get('/?items=2&pause=1.5'));
  const started = Date.now();
  let text = '';
  while (!text.includes('item 0')) text += (await client.readSome()).toString('latin1');
  assert.ok(Date.now() - started < 1200, 'the first item does not wait for the second');
  assert.ok(!text.includes('item 1'));
  while (!text.includes('0\r\n\r\n')) text += (await client.readSome()).toString('latin1');
  client.close();
  assert.match(text, /item 1/);
});

test('empty items are no end of the answer, and a length nobody gave makes it chunked', async (t) => {
  const answer = await rawRequest(await servePlain(t, 'generator'), get('/'));
  assert.equal(answer.text, 'one\ntwo\n');
  assert.equal(answer.header('transfer-encoding'), 'chunked');
});

test('HTTP/1.0 gets no chunks: the connection ends the answer', async (t) => {
  const answer = await rawRequest(await servePlain(t, 'generator'), 'GET / HTTP/1.0\r\n\r\n');
  assert.equal(answer.header('transfer-encoding'), undefined);
  assert.equal(answer.text, 'one\ntwo\n');
});

test('close() is called once and in its thread: after the end, after a fault, and when the client has gone', async (t) => {
  const server = await servePlain(t, 'close_tracking', ['--threads', '2']);
  assert.equal((await rawRequest(server, get('/whole?4'))).body.length, 4000);
  await assert.rejects(rawRequest(server, get('/broken?9&broken')));
  const gone = new RawClient(server);
  gone.send(get('/gone?100000'));
  await gone.readSome();
  gone.close();
  type Seen = { label: string; taken: number; thread: boolean }[];
  let seen: Seen = [];
  for (const deadline = Date.now() + 10_000; seen.length < 3 && Date.now() < deadline; ) {
    seen = JSON.parse((await rawRequest(server, get('/seen'))).text) as Seen;
  }
  const labels = seen.map(({ label }) => label);
  assert.deepEqual(new Set(labels), new Set(['whole', 'broken', 'gone']));
  assert.equal(labels.length, 3, 'none of them twice');
  assert.ok(seen.every(({ thread }) => thread));
  assert.ok((seen.find(({ label }) => label === 'gone')?.taken ?? 0) < 100_000, 'the app was stopped');
});

test('a body shorter than its Content-Length ends the connection, and the log blames the app', async (t) => {
  const server = await servePlain(t, 'content_length_short');
  await assert.rejects(rawRequest(server, get('/')), brokenOff);
  await server.waitForLog(/Content-Length/i);
});

test('a body longer than its Content-Length is cut off, and the connection closed', async (t) => {
  const server = await servePlain(t, 'content_length_long');
  const client = new RawClient(server);
  client.send(get('/'));
  const answer = await client.read();
  assert.equal(answer.text, '12345');
  assert.ok(await client.closed());
  client.close();
  await server.waitForLog(/Content-Length/i);
});

for (const name of [
  'content_length_twice',
  'no_start_response',
  'start_response_twice',
  'str_body',
  'none_body',
]) {
  test(`an app that breaks the interface (${name}) gets 500, and the next request is answered`, async (t) => {
    const server = await servePlain(t, name);
    for (let i = 0; i < 2; i++) assert.equal((await rawRequest(server, get('/'))).status, 500);
  });
}

test('line breaks in a header or status never reach the client', async (t) => {
  for (const [name, paths] of [
    ['bad_header_value', ['/crlf', '/lf', '/cr', '/nul']],
    ['bad_header_name', ['/space', '/colon', '/empty', '/crlf', '/unicode']],
    ['bad_status', ['/text', '/short', '/crlf', '/int', '/bytes', '/big']],
  ] as const) {
    const server = await servePlain(t, name);
    for (const path of paths) {
      const client = new RawClient(server);
      client.send(get(path, 'Connection: close\r\n'));
      const bytes = (await client.readToEnd()).toString('latin1');
      assert.match(bytes, /^HTTP\/1\.1 50[02] /, `${name}${path}`);
      assert.doesNotMatch(bytes, /X-Injected|never seen/, `${name}${path}`);
      client.close();
    }
  }
});

test('hop-by-hop headers, Date and Server of the app give way to the server’s', async (t) => {
  const answer = await rawRequest(await servePlain(t, 'hop_by_hop'), get('/'));
  assert.equal(answer.status, 200);
  assert.equal(answer.text, 'hello');
  for (const name of ['keep-alive', 'x-secret']) assert.equal(answer.header(name), undefined, name);
  assert.equal(answer.headers('date').length, 1);
  assert.ok(Math.abs(Date.parse(answer.header('date') ?? '') - Date.now()) < 10_000);
  assert.equal(answer.headers('server').length, 1);
  assert.notEqual(answer.header('server'), 'other');
});

test('204, 304 and HEAD have no body, whatever the app returns, and the connection goes on', async (t) => {
  const server = await servePlain(t, 'body_where_none_belongs');
  const client = new RawClient(server);
  for (const code of ['204', '304']) {
    client.send(get(`/${code}`));
    assert.equal((await client.read()).status, Number(code));
  }
  client.send('HEAD / HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.equal((await client.read({ method: 'HEAD' })).status, 200);
  client.send(get('/'));
  assert.equal((await client.read()).text, 'a body that does not belong here');
  client.close();
});

test('HEAD keeps the Content-Length of GET', async (t) => {
  const answer = await rawRequest(await servePlain(t, 'status'), 'HEAD /200 HTTP/1.1\r\nHost: x\r\n\r\n', {
    method: 'HEAD',
  });
  assert.equal(answer.header('content-length'), '11');
});

test('headers of one name stay apart and in order, and latin-1 passes', async (t) => {
  const answer = await rawRequest(await servePlain(t, 'cookies'), get('/'));
  assert.deepEqual(answer.headers('set-cookie'), ['a=1', 'b=2']);
  assert.equal(answer.header('x-latin'), 'caf\xe9');
});

test('wsgi.input reads in every way of PEP 3333', async (t) => {
  const server = await servePlain(t, 'input_methods');
  const body = 'one\ntwo\nthree\nfour\nfive';
  const expected = {
    read: 'one',
    readline: '\n',
    readline_size: 'tw',
    iteration: 'o\n',
    readlines: ['three\n', 'four\n', 'five'],
    end: '',
  };
  assert.deepEqual(JSON.parse((await rawRequest(server, post(body))).text), expected);
  const parts = chunked(body.slice(0, 6), body.slice(6, 7), body.slice(7));
  assert.deepEqual(JSON.parse((await rawRequest(server, parts)).text), expected);
});

test('read() without a size ends with the body', async (t) => {
  const server = await servePlain(t, 'input_whole');
  for (const request of [post('some body'), chunked('some', ' body'), get('/')]) {
    const answer = await rawRequest(server, request);
    assert.equal(answer.text, request.startsWith('GET') ? '' : 'some body');
  }
});

test('an upload of 20 MB arrives whole', async (t) => {
  const server = await servePlain(t, 'upload_hash');
  const bytes = Buffer.alloc(20_000_000, 'licorne|');
  const response = await fetch(server.url, { method: 'POST', body: bytes });
  const { size, sha256 } = (await response.json()) as { size: number; sha256: string };
  assert.equal(size, bytes.length);
  assert.equal(sha256, createHash('sha256').update(bytes).digest('hex'));
});

test('a body that the app does not read spoils nothing for the next request', async (t) => {
  const client = new RawClient(await servePlain(t, 'input_unread'));
  client.send(post('x'.repeat(100_000)) + get('/'));
  assert.equal((await client.read()).text, 'unread');
  assert.equal((await client.read()).text, 'unread');
  client.close();
});

test('a download of 20 MB arrives whole, with and without a length', async (t) => {
  const server = await servePlain(t, 'download');
  for (const query of ['bytes=20000000', 'bytes=20000000&length']) {
    const body = Buffer.from(await (await fetch(`${server.url}/?${query}`)).arrayBuffer());
    assert.equal(body.length, 20_000_000);
    assert.ok(body.subarray(-256).every((byte, i) => byte === (20_000_000 - 256 + i) % 256));
  }
});

test('wsgi.file_wrapper sends files, files from their middle on, and what has no descriptor', async (t) => {
  const server = await servePlain(t, 'file_wrapper', ['--pythonpath', apps]);
  for (const [path, start] of [
    ['/', 0],
    ['/part', 1000],
    ['/memory', 0],
  ] as const) {
    const body = Buffer.from(await (await fetch(server.url + path)).arrayBuffer());
    assert.equal(body.length, 300_000 - start, path);
    assert.ok(
      body.every((byte, i) => byte === (i + start) % 250),
      path,
    );
  }
});

test('early hints come before the answer', async (t) => {
  const client = new RawClient(await servePlain(t, 'early_hints'));
  client.send(get('/'));
  const informational: Awaited<ReturnType<RawClient['read']>>[] = [];
  assert.equal((await client.read({ informational })).text, 'hinted');
  client.close();
  assert.deepEqual(
    informational.map((answer) => [answer.status, answer.header('link')]),
    [
      [103, '</style.css>; rel=preload; as=style'],
      [103, '</app.js>; rel=preload; as=script'],
    ],
  );
});

for (const name of ['raise_before', 'raise_after_head']) {
  test(`an app that raises (${name}) gives 500, and the log the traceback with the request`, async (t) => {
    const server = await servePlain(t, name);
    const answer = await rawRequest(server, get('/some/where?a=b'));
    assert.equal(answer.status, 500);
    assert.doesNotMatch(answer.text, /RuntimeError/, 'the client learns nothing of the inside');
    await server.waitForLog(/GET \/some\/where\?a=b[\s\S]*Traceback[\s\S]*RuntimeError: raised/);
  });
}

const READ_TO_END = `
import socket, sys
connection = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
connection.sendall(b'GET / HTTP/1.0\\r\\n\\r\\n')
try:
    while connection.recv(65536):
        pass
    print('end', end='')
except ConnectionResetError:
    print('reset', end='')
`;

test('an answer that fails in its middle does not look complete', async (t) => {
  const server = await servePlain(t, 'raise_mid_body');
  for (const path of ['/', '/?length']) {
    await assert.rejects(rawRequest(server, get(path)), brokenOff, path);
  }
  // Without chunks or a length only a reset tells it from a complete one. A client of Node takes one that comes right behind the data for an
  // end, so somebody else has to look.
  assert.equal(
    execFileSync(venvPython(), ['-c', READ_TO_END, String(server.port)], { encoding: 'utf8' }),
    'reset',
  );
});

test('sys.exit() in a request is an error of that request', async (t) => {
  const server = await servePlain(t, 'sys_exit');
  assert.equal((await rawRequest(server, get('/exit'))).status, 500);
  assert.equal((await rawRequest(server, get('/'))).text, 'still here');
});

test('what the app writes to wsgi.errors, stdout and stderr is in the log', async (t) => {
  const server = await servePlain(t, 'errors_log');
  assert.equal((await rawRequest(server, get('/'))).text, 'logged');
  for (const pattern of [
    /errors: written ünïcode/,
    /errors: line two/,
    /stdout: printed/,
    /stderr: printed/,
  ]) {
    await server.waitForLog(pattern);
  }
});

for (const [name, code, pattern] of [
  ['import_missing_package', 3, /a_package_nobody_has[\s\S]*hint.*install/i],
  ['import_syntax_error', 3, /app\.py:1|app\.py", line 1/],
  ['import_missing_module', 3, /no module named 'app'/i],
  ['import_raises', 3, /RuntimeError: raised while it was imported/],
  ['import_exits', 3, /settings are missing/],
  ['import_no_attribute', 4, /did you mean.*aplication/i],
  ['import_not_callable', 4, /not callable/],
  ['import_wrong_folder', 3, /--chdir.*project/],
] as const) {
  test(`an app that cannot be loaded (${name}) ends the start with ${code} and the reason`, async (t) => {
    const server = launchPlain(t, name);
    const { code: exit } = await server.ended;
    assert.equal(exit, code);
    assert.match(server.output.stderr, pattern);
  });
}
