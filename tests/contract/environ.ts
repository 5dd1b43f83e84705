// PEP 3333, "environ Variables", and what the server promises beyond it.
import assert from 'node:assert/strict';
import {
  ask,
  type Behaviour,
  connected,
  environOf,
  get,
  logged,
  post,
  type Shown,
  type Subject,
} from './subject.ts';

const app = 'environ';
const OWN_SCOPE = 'a scope has keys of its own (asgi-scope.ts)';
const STREAMED = 'the body is not collected before the app runs';
const ONE_LOOP = 'a scope does not say so';
const mounted = { app, args: ['--root-path', '/app'] };
const trusting = { app, args: ['--forwarded-allow-ips', '127.0.0.1,10.0.0.0/8'] };

export const environBehaviours: readonly Behaviour[] = [
  {
    sentence: 'gives every key of PEP 3333 with its exact type',
    app,
    bare: true,
    without: { asgi: OWN_SCOPE },
    assertion: exactKeys,
  },
  { sentence: 'decodes the path once, as latin-1 code points', app, assertion: paths },
  { sentence: 'passes the query on as it came', app, assertion: query },
  { sentence: 'joins headers of one name with commas, cookies with semicolons', app, assertion: joined },
  { sentence: 'gives CONTENT_TYPE and CONTENT_LENGTH only when they were sent', app, assertion: content },
  { sentence: 'gives a chunked body its length', app, without: { asgi: STREAMED }, assertion: chunkedLength },
  {
    sentence: 'drops a header with an underscore and says so once per name',
    app,
    only: 'tcp',
    assertion: underscores,
  },
  {
    sentence: 'ignores forwarding headers of a peer that is not trusted',
    app,
    only: 'tcp',
    assertion: untrusted,
  },
  { sentence: 'passes unknown methods on', app, assertion: methods },
  { sentence: 'takes an absolute target', app, assertion: absolute },
  { sentence: 'takes OPTIONS *', app, bare: true, assertion: asterisk },
  { sentence: 'never takes the host of one request for that of the next', app, assertion: hosts },
  { sentence: 'gives each request an id of its own', app, assertion: ids },
  { sentence: 'moves the prefix of a mounted app to SCRIPT_NAME', ...mounted, assertion: mount },
  { sentence: 'reads X-Forwarded-For from right to left', ...trusting, only: 'tcp', assertion: forwardedFor },
  { sentence: 'reads X-Forwarded-Proto and -Host of a trusted peer', ...trusting, assertion: forwardedHost },
  { sentence: 'refuses contradicting forwarding headers', ...trusting, assertion: conflict },
  {
    sentence: 'says that nothing else runs',
    app,
    without: { asgi: ONE_LOOP },
    assertion: flags('False', 'False'),
  },
  {
    sentence: 'says that threads run side by side',
    app,
    args: ['--threads', '4'],
    without: { asgi: ONE_LOOP },
    assertion: flags('True', 'False'),
  },
  {
    sentence: 'says that processes run side by side',
    app,
    args: ['-w', '2'],
    without: { asgi: ONE_LOOP },
    assertion: flags('False', 'True'),
  },
];

async function exactKeys(subject: Subject): Promise<void> {
  const environ = await environOf(subject, get('/p?q=1', 'X-One: 1', 'User-Agent: tester'));
  const tcp = subject.transport === 'tcp';
  const { REMOTE_PORT: remotePort, 'licorne.request_id': id, ...rest } = environ;
  const constant: Record<string, Shown> = {
    REQUEST_METHOD: 'GET',
    SCRIPT_NAME: '',
    PATH_INFO: '/p',
    QUERY_STRING: 'q=1',
    REQUEST_URI: '/p?q=1',
    RAW_URI: '/p?q=1',
    SERVER_PROTOCOL: 'HTTP/1.1',
    SERVER_SOFTWARE: 'licorne',
    // Without an address of its own a Unix socket's server is called as the client called it.
    SERVER_NAME: tcp ? '127.0.0.1' : 'example.test',
    SERVER_PORT: tcp ? String(subject.server.port) : '80',
    REMOTE_ADDR: tcp ? '127.0.0.1' : '',
    HTTP_HOST: 'example.test',
    HTTP_X_ONE: '1',
    HTTP_USER_AGENT: 'tester',
    'wsgi.version': { type: 'tuple', repr: '(1, 0)' },
    'wsgi.url_scheme': 'http',
    'wsgi.multithread': { type: 'bool', repr: 'False' },
    'wsgi.multiprocess': { type: 'bool', repr: 'False' },
    'wsgi.run_once': { type: 'bool', repr: 'False' },
    'wsgi.input_terminated': { type: 'bool', repr: 'True' },
  };
  for (const [key, value] of Object.entries(constant)) assert.deepEqual(rest[key], value, key);
  assert.match(String(remotePort), tcp ? /^[0-9]+$/ : /^$/);
  assert.match(String(id), /^[0-9a-f]+-[0-9a-z]+$/);
  const objects = [
    'wsgi.input',
    'wsgi.errors',
    'wsgi.file_wrapper',
    'wsgi.early_hints',
    'licorne.client_disconnected',
  ];
  for (const key of objects) assert.equal(typeof rest[key], 'object', key);
  assert.deepEqual(Object.keys(rest).toSorted(), [...Object.keys(constant), ...objects].toSorted());
}

async function paths(subject: Subject): Promise<void> {
  for (const [raw, decoded] of [
    ['/caf%C3%A9', '/caf\xc3\xa9'],
    ['/caf\xc3\xa9', '/caf\xc3\xa9'],
    ['/%FF/%e9', '/\xff/\xe9'],
    ['/a%2Fb%252F', '/a/b%2F'],
    ['//double//slash', '//double//slash'],
    ['/a/./b/../c', '/a/./b/../c'],
    ['/with%20space+plus', '/with space+plus'],
  ] as const) {
    const environ = await environOf(subject, get(raw));
    const expected = raw === '/a/./b/../c' ? '/a/c' : decoded;
    // Text cannot hold the bytes of a path that is not UTF-8.
    const asgi = Buffer.from(Buffer.from(expected, 'latin1').toString('utf8'), 'utf8').toString('latin1');
    assert.equal(environ['PATH_INFO'], subject.interface === 'asgi' ? asgi : expected, raw);
    if (subject.interface === 'asgi') continue;
    assert.equal(environ['REQUEST_URI'], raw);
    assert.equal(environ['RAW_URI'], raw);
  }
}

async function query(subject: Subject): Promise<void> {
  const environ = await environOf(subject, get('/?a=%20+%C3%A9&b=\xe9&c=?&&d'));
  assert.equal(environ['QUERY_STRING'], 'a=%20+%C3%A9&b=\xe9&c=?&&d');
  assert.equal((await environOf(subject, get('/')))['QUERY_STRING'], '');
}

async function joined(subject: Subject): Promise<void> {
  const environ = await environOf(
    subject,
    get('/', 'X-A: 1', 'Cookie: a=1', 'x-a:  2 ', 'Cookie: b=2', 'X-Latin: caf\xe9', 'X-Empty:'),
  );
  assert.equal(environ['HTTP_X_A'], '1,2');
  assert.equal(environ['HTTP_COOKIE'], 'a=1; b=2');
  assert.equal(environ['HTTP_X_LATIN'], 'caf\xe9');
  assert.equal(environ['HTTP_X_EMPTY'], '');
}

async function content(subject: Subject): Promise<void> {
  const without = await environOf(subject, get('/'));
  for (const key of ['CONTENT_TYPE', 'CONTENT_LENGTH', 'HTTP_CONTENT_TYPE', 'HTTP_CONTENT_LENGTH']) {
    assert.ok(!(key in without), key);
  }
  const environ = await environOf(subject, post('/', 'abc', 'Content-Type: text/x'));
  assert.equal(environ['CONTENT_TYPE'], 'text/x');
  assert.equal(environ['CONTENT_LENGTH'], '3');
  assert.ok(!('HTTP_CONTENT_TYPE' in environ) && !('HTTP_CONTENT_LENGTH' in environ));
}

async function chunkedLength(subject: Subject): Promise<void> {
  const head = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
  assert.equal((await environOf(subject, `${head}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`))['CONTENT_LENGTH'], '5');
  assert.equal((await environOf(subject, `${head}0\r\n\r\n`))['CONTENT_LENGTH'], '0');
}

async function underscores(subject: Subject): Promise<void> {
  const name = `X_${subject.mark}`;
  for (let i = 0; i < 3; i += 1) {
    const environ = await environOf(
      subject,
      get('/', `${name}: evil`, `${name.toLowerCase()}: evil`, 'X_Forwarded_For: 1.1.1.1'),
    );
    assert.ok(!(`HTTP_${name.toUpperCase()}` in environ));
    assert.ok(!('HTTP_X_FORWARDED_FOR' in environ));
  }
  await subject.server.waitForLog(new RegExp(`Dropped the request header "${name}"`));
  assert.equal(
    logged(subject, new RegExp(`Dropped the request header "(?:${name}|${name.toLowerCase()})"`)),
    1,
  );
}

async function untrusted(subject: Subject): Promise<void> {
  const environ = await environOf(
    subject,
    get('/', 'X-Forwarded-For: 1.2.3.4', 'X-Forwarded-Proto: https', 'X-Forwarded-Host: other.test'),
  );
  assert.equal(environ['REMOTE_ADDR'], '127.0.0.1');
  assert.equal(environ['wsgi.url_scheme'], 'http');
  assert.equal(environ['HTTP_HOST'], 'example.test');
}

async function methods(subject: Subject): Promise<void> {
  for (const method of ['DELETE', 'PATCH', 'PROPFIND', 'M-SEARCH', 'X!#$%&']) {
    const environ = await environOf(subject, `${method} / HTTP/1.1\r\nHost: a\r\n\r\n`);
    assert.equal(environ['REQUEST_METHOD'], method);
  }
}

async function absolute(subject: Subject): Promise<void> {
  const environ = await environOf(subject, 'GET http://one.test/p%20q?r HTTP/1.1\r\nHost: one.test\r\n\r\n');
  assert.equal(environ['PATH_INFO'], '/p q');
  assert.equal(environ['QUERY_STRING'], 'r');
  assert.equal(environ['HTTP_HOST'], 'one.test');
}

async function asterisk(subject: Subject): Promise<void> {
  const environ = await environOf(subject, 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n');
  assert.equal(environ['REQUEST_METHOD'], 'OPTIONS');
  assert.equal(environ['PATH_INFO'], '*');
}

/** HTTP/1.0 may leave Host out, and a repeated header block is not read again: the target still decides. */
async function hosts(subject: Subject): Promise<void> {
  const seen: unknown[] = [];
  await connected(subject, async (client) => {
    for (const target of ['http://one.test/', 'http://two.test/', '/']) {
      client.send(`GET ${target} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n`);
      seen.push((JSON.parse((await client.read()).text) as Record<string, unknown>)['HTTP_HOST']);
    }
  });
  assert.deepEqual(seen, ['one.test', 'two.test', undefined]);
}

async function ids(subject: Subject): Promise<void> {
  const seen = new Set<unknown>();
  for (let i = 0; i < 5; i += 1) seen.add((await environOf(subject, get('/')))['licorne.request_id']);
  assert.equal(seen.size, 5);
}

async function mount(subject: Subject): Promise<void> {
  for (const [raw, path] of [
    ['/app/page', '/page'],
    ['/app/', '/'],
    ['/app', ''],
    ['/page', '/page'],
    ['/apple', '/apple'],
    ['/%61pp/page', '/page'],
  ] as const) {
    const environ = await environOf(subject, get(raw));
    assert.equal(environ['SCRIPT_NAME'], '/app', raw);
    assert.equal(environ['PATH_INFO'], path, raw);
  }
}

async function forwardedFor(subject: Subject): Promise<void> {
  for (const [value, address] of [
    ['1.2.3.4', '1.2.3.4'],
    ['6.6.6.6, 1.2.3.4', '1.2.3.4'],
    ['6.6.6.6, 1.2.3.4, 10.0.0.7', '1.2.3.4'],
    ['6.6.6.6, nonsense, 10.0.0.7', '10.0.0.7'],
    ['2001:db8::1', '2001:db8::1'],
  ] as const) {
    const environ = await environOf(subject, get('/', `X-Forwarded-For: ${value}`));
    assert.equal(environ['REMOTE_ADDR'], address, value);
  }
  const forwarded = await environOf(subject, get('/', 'Forwarded: for=1.2.3.4;proto=https, for=10.0.0.9'));
  assert.equal(forwarded['REMOTE_ADDR'], '1.2.3.4');
}

async function forwardedHost(subject: Subject): Promise<void> {
  const environ = await environOf(
    subject,
    get('/', 'X-Forwarded-Proto: https', 'X-Forwarded-Host: shown.test'),
  );
  assert.equal(environ['wsgi.url_scheme'], 'https');
  assert.equal(environ['HTTP_HOST'], 'shown.test');
}

async function conflict(subject: Subject): Promise<void> {
  const answer = await ask(subject, get('/', 'X-Forwarded-Proto: https', 'X-Forwarded-Ssl: off'));
  assert.equal(answer.status, 400);
  assert.equal(answer.header('connection'), 'close');
}

function flags(multithread: string, multiprocess: string): Behaviour['assertion'] {
  return async (subject) => {
    const environ = await environOf(subject, get('/'));
    assert.deepEqual(environ['wsgi.multithread'], { type: 'bool', repr: multithread });
    assert.deepEqual(environ['wsgi.multiprocess'], { type: 'bool', repr: multiprocess });
  };
}
