// Request smuggling by way of HTTP/2: what its frames can say and HTTP/1.1 can't must not become two requests, or another one, behind the server.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { RawClient } from '../helpers/http.ts';
import {
  DATA,
  END_HEADERS,
  END_STREAM,
  type Fields,
  frame,
  FrameClient,
  headers,
  SETTINGS,
} from '../helpers/http2-frames.ts';
import { locationTo, type Proxy, serveProxy } from './proxy-site.ts';
import { BACKS, startRecorder } from './recorder-back.ts';
import type { Meaning } from './smuggling-corpus.ts';

interface Case {
  readonly what: string;
  readonly fields: Fields;
  /** In one DATA frame; null: the headers end the stream. */
  readonly body: string | null;
  readonly trailers: Fields | null;
  /** What the server behind gets of it; null: nothing. */
  readonly means: Meaning | null;
}

type Pseudo = Readonly<Record<string, string>>;

const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: evil\r\n\r\n';

function fieldsOf(pseudo: Pseudo, more: Fields): Fields {
  const all = { ':method': 'POST', ':scheme': 'http', ':authority': 'site.test', ':path': '/p/a', ...pseudo };
  return [...Object.entries(all).filter(([, value]) => value !== ''), ...more];
}

function refused(what: string, pseudo: Pseudo, more: Fields = [], body: string | null = null): Case {
  return { what, fields: fieldsOf(pseudo, more), body, trailers: null, means: null };
}

function served(what: string, more: Fields, body: string | null, trailers: Fields | null = null): Case {
  const means = { method: 'POST', target: '/p/a', body: body ?? '' };
  return { what, fields: fieldsOf({}, more), body, trailers, means };
}

/** The codec of Node 24 leaves out what has no name, too; before, such a request was refused. */
function badName(what: string, more: Fields): Case {
  const [major = ''] = process.versions.node.split('.');
  return Number(major) >= 24 ? served(what, more, null) : refused(what, {}, more);
}

const LINE_ENDS = ['\r\n', '\n', '\r', '\0'].flatMap((end) => {
  const name = JSON.stringify(end);
  const evil = `${end}Transfer-Encoding: chunked${end}${end}${SMUGGLED}`;
  return [
    refused(`${name} in :path`, { ':path': `/p/a HTTP/1.1${evil}` }),
    refused(`${name} in :method`, { ':method': `GET /p/b HTTP/1.1${evil}` }),
    refused(`${name} in :authority`, { ':authority': `site.test${evil}` }),
    refused(`${name} in :scheme`, { ':scheme': `http${evil}` }),
    badName(`${name} in a name`, [[`x-a: b${evil}`, 'c']]),
    // The codec leaves out a field that is none, as if it had not been sent.
    served(`${name} in a value`, [['x-a', `b${evil}`]], null),
    served(`${name} in a cookie`, [['cookie', `a=b${evil}`]], null),
  ];
});

const CASES: readonly Case[] = [
  ...LINE_ENDS,
  refused('a coding', {}, [['transfer-encoding', 'chunked']], '0\r\n\r\n'),
  refused('a coding in capitals', {}, [['Transfer-Encoding', 'chunked']], '0\r\n\r\n'),
  refused('connection', {}, [['connection', 'content-length']], 'hello'),
  refused('upgrade', {}, [['upgrade', 'h2c']]),
  refused('keep-alive', {}, [['keep-alive', 'timeout=5']]),
  refused('te with a coding', {}, [['te', 'trailers, chunked']]),
  refused('less body than it said', {}, [['content-length', '50']], 'hello'),
  refused('more body than it said', {}, [['content-length', '2']], SMUGGLED),
  refused('a body that was not sent', {}, [['content-length', '5']]),
  refused(
    'two lengths',
    {},
    [
      ['content-length', '5'],
      ['content-length', '5'],
    ],
    'hello',
  ),
  refused('two lengths in one', {}, [['content-length', '5, 5']], 'hello'),
  refused('a length with a sign', {}, [['content-length', '+5']], 'hello'),
  refused('a length in hexadecimal', {}, [['content-length', '0x5']], 'hello'),
  refused('another host', {}, [['host', 'evil']]),
  refused('two hosts', { ':authority': '' }, [
    ['host', 'site.test'],
    ['host', 'evil'],
  ]),
  refused('no host', { ':authority': '' }),
  refused('a user in the host', { ':authority': 'evil@site.test' }),
  refused('a path in the host', { ':authority': 'site.test/p/b?' }),
  refused('a space in the host', { ':authority': 'site.test evil' }),
  refused('a space in the path', { ':path': '/p/a HTTP/1.1 ' }),
  refused('a tab in the path', { ':path': '/p/a\tHTTP/1.1' }),
  refused('a URL as the path', { ':path': 'http://evil/p/a' }),
  refused('a path without a slash', { ':path': 'p/a' }),
  refused('a path that is empty', { ':path': '' }),
  refused('a star', { ':path': '*' }),
  refused('a space in the method', { ':method': 'GET /p/b' }),
  refused('no method', { ':method': '' }),
  refused('two paths', {}, [[':path', '/p/b']]),
  refused('a pseudo-header after a header', {}, [
    ['x-a', 'b'],
    [':path', '/p/b'],
  ]),
  refused('an unknown pseudo-header', { ':status': '200' }),
  refused('another scheme', { ':scheme': 'gopher' }),
  served('a body with its length', [['content-length', '5']], 'hello'),
  served('a body without a length', [], 'hello'),
  served('no body', [], null),
  served('no body, told so', [['content-length', '0']], null),
  served('a body that looks like a request', [], SMUGGLED),
  served('a body that looks like the end of one', [], `0\r\n\r\n${SMUGGLED}`),
  served('a body of its length that looks like chunks', [['content-length', '5']], '0\r\n\r\n'),
  served('a coding with a space', [['transfer-encoding ', 'chunked']], '0\r\n\r\n'),
  served('a coding with a colon', [['transfer-encoding:', 'chunked']], '0\r\n\r\n'),
  served('te', [['te', 'trailers']], 'hello'),
  served('a host besides', [['host', 'site.test']], 'hello'),
  served(
    'names that become others with underscores',
    [
      ['content_length', '99'],
      ['transfer_encoding', 'chunked'],
    ],
    'hello',
  ),
  served('trailers', [['trailer', 'x-sum']], 'hello', [['x-sum', '5']]),
];

/** Sends a case, then an ordinary request on a connection of its own, whose arrival tells that everything before it has arrived. */
async function play(t: TestContext, server: Proxy, one: Case, mark: string): Promise<number> {
  const client = new FrameClient(t, server);
  await client.find(({ type }) => type === SETTINGS);
  const { fields, body, trailers } = one;
  client.send(headers(1, fields, body === null ? END_HEADERS | END_STREAM : END_HEADERS));
  if (body !== null) client.send(frame(DATA, trailers === null ? END_STREAM : 0, 1, body));
  if (trailers !== null) client.send(headers(1, trailers));
  const { status } = await client.answer(1);
  client.socket.destroy();
  const end = new RawClient(server);
  end.send(`GET /p/${mark} HTTP/1.1\r\nHost: site.test\r\nConnection: close\r\n\r\n`);
  assert.equal((await end.read()).status, 200);
  end.close();
  return status;
}

for (const name of Object.keys(BACKS)) {
  test(`no request of HTTP/2 means something else to ${name} behind the server`, async (t) => {
    const back = await startRecorder(t, name);
    const server = await serveProxy(t, `[[site]]${locationTo(back.port)}`, { args: ['--h2c'] });
    const differences: string[] = [];
    let seen = 0;
    for (const [index, one] of CASES.entries()) {
      const mark = `mark-${index}`;
      const status = await play(t, server, one, mark);
      const records = back.records().slice(seen);
      seen += records.length;
      const last = records.pop();
      if (last?.target !== `/p/${mark}`) differences.push(`${one.what}: ${last?.target} came last`);
      const got = records.map(({ method, target, body }) => ({ method, target, body }));
      if (JSON.stringify(got) !== JSON.stringify(one.means === null ? [] : [one.means]))
        differences.push(`${one.what}: ${status} ${JSON.stringify(got)}`);
      if ((status === 200) !== (one.means !== null)) differences.push(`${one.what}: answered ${status}`);
      for (const { headers: given } of records)
        if (given['host'] !== 'site.test' || 'x-a' in given)
          differences.push(`${one.what}: ${JSON.stringify(given)}`);
    }
    assert.deepEqual(differences, []);
  });
}
