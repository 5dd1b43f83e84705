// Servers behind the running one, as people change them: licorne upstream.
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { UpstreamStatus } from '../../src/supervisor/status.ts';
import { temporaryFolder } from '../helpers/examples.ts';
import { apps } from '../helpers/paths.ts';
import { rawRequest } from '../helpers/http.ts';
import { launchLicorne, type Server, startLicorne } from '../helpers/server.ts';
import { until } from '../helpers/until.ts';
import { venvPython } from '../helpers/venv.ts';
import { startBack } from './proxy-site.ts';

interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

interface Site {
  folder: string;
  server: Server;
  run: (...words: string[]) => Promise<Ran>;
  peers: () => Promise<UpstreamStatus['peers']>;
  text: (headers?: string) => Promise<string>;
  texts: (count: number, headers?: string) => Promise<string>;
}

async function site(t: TestContext, ports: readonly number[]): Promise<Site> {
  const folder = temporaryFolder(t);
  const runtime = temporaryFolder(t);
  chmodSync(runtime, 0o700);
  const env = { XDG_RUNTIME_DIR: runtime };
  const peers = ports.map((port) => `http://127.0.0.1:${port}`);
  writeFileSync(
    join(folder, 'licorne.toml'),
    `[app]
target = "app:application"
chdir = ${JSON.stringify(join(apps, 'plain/hello'))}

[upstreams.backs]
peers = ${JSON.stringify(peers)}
sticky = "srv"

[[site]]

[[site.location]]
path = "/"
proxy = "backs"
`,
  );
  const options = ['-b', '127.0.0.1:0', '--python', venvPython(), '--workers', '1', '--gateways', '2'];
  const server = await startLicorne(t, options, { cwd: folder, env });
  const run = async (...words: string[]): Promise<Ran> => {
    const ran = launchLicorne(t, words, { cwd: folder, env });
    const { code } = await ran.ended;
    return { code, ...ran.output };
  };
  const text = async (headers = ''): Promise<string> =>
    (await rawRequest(server, `GET / HTTP/1.1\r\nHost: a\r\n${headers}\r\n`)).text;
  return {
    folder,
    server,
    run,
    text,
    peers: async () => {
      const { stdout } = await run('upstream', 'list', 'backs', '--json');
      return (JSON.parse(stdout) as UpstreamStatus[])[0]?.peers ?? [];
    },
    texts: async (count, headers) => {
      let all = '';
      for (let i = 0; i < count; i += 1) all += await text(headers);
      return all;
    },
  };
}

const named = (t: TestContext, name: string): Promise<{ port: number }> =>
  startBack(t, (_, response) => response.end(name));

test('a peer is drained, comes back, is added and removed while the server runs', async (t) => {
  const [a, b, c] = [await named(t, 'a'), await named(t, 'b'), await named(t, 'c')];
  const { run, texts, text, peers, server } = await site(t, [a.port, b.port]);
  const url = `http://127.0.0.1:${b.port}`;
  let cookie = '';
  await until(async () => {
    const answer = await rawRequest(server, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    cookie = (answer.header('set-cookie') ?? '').split(';')[0] ?? '';
    return answer.text === 'b';
  }, 'an answer of b');
  const drained = await run('upstream', 'drain', 'backs', url);
  assert.deepEqual([drained.code, drained.stdout], [0, `backs: ${url} gets no new requests\n`]);
  await until(async () => (await texts(12)) === 'a'.repeat(12), 'the end of new requests');
  // Whoever is bound to it still gets there.
  assert.equal(await text(`Cookie: ${cookie}\r\n`), 'b');
  assert.deepEqual(
    (await peers()).map(({ state }) => state),
    ['up', 'draining'],
  );
  assert.match((await run('status')).stdout, /upstream backs: 1 of 2 peers up, 0 requests waiting/);
  assert.equal((await run('upstream', 'undrain', 'backs', url)).code, 0);
  await until(async () => (await texts(6)).includes('b'), 'its return');

  const third = `http://127.0.0.1:${c.port}`;
  assert.equal((await run('upstream', 'add', 'backs', third, 'weight=2')).code, 0);
  await until(async () => (await texts(6)).includes('c'), 'the third');
  await until(async () => ((await peers())[2]?.requests ?? 0) > 0, 'the count of the third');
  assert.equal((await peers())[2]?.weight, 2);
  assert.equal((await run('upstream', 'remove', 'backs', url)).code, 0);
  await until(async () => !(await texts(12)).includes('b'), 'the end of b');
  assert.match(server.output.stderr, /Upstream backs: there is no more .* \(licorne upstream\)/);
});

test('what was changed by hand outlives a reload of another table and the death of a gateway, and ends with its own table', async (t) => {
  const [a, b] = [await named(t, 'a'), await named(t, 'b')];
  const { run, texts, peers, folder } = await site(t, [a.port, b.port]);
  const url = `http://127.0.0.1:${b.port}`;
  assert.equal((await run('upstream', 'drain', 'backs', url)).code, 0);
  const file = join(folder, 'licorne.toml');
  writeFileSync(file, `${readFileSync(file, 'utf8')}\n[limits]\nresponse_header_bytes_max = "32k"\n`);
  assert.equal((await run('reload', '--config')).code, 0);
  assert.equal(await texts(8), 'a'.repeat(8));
  const { stdout } = await run('status', '--json');
  const status = JSON.parse(stdout) as { gateways: { pid: number }[] };
  const before = status.gateways.map(({ pid }) => pid);
  process.kill(before[0] ?? 0, 'SIGKILL');
  await until(async () => {
    const now = JSON.parse((await run('status', '--json')).stdout) as { gateways: { pid: number }[] };
    return now.gateways.length === 2 && now.gateways.every(({ pid }) => pid !== before[0]);
  }, 'another gateway');
  assert.equal(await texts(8), 'a'.repeat(8));
  writeFileSync(file, readFileSync(file, 'utf8').replace('sticky = "srv"', 'sticky = "other"'));
  assert.equal((await run('reload', '--config')).code, 0);
  assert.deepEqual(
    (await peers()).map(({ state }) => state),
    ['up', 'up'],
  );
});

test('what cannot be done is said in words', async (t) => {
  const a = await named(t, 'a');
  const { run } = await site(t, [a.port]);
  const url = `http://127.0.0.1:${a.port}`;
  for (const [words, code, pattern] of [
    [['drain', 'nowhere', url], 1, /no upstream nowhere[^]*There are: backs/],
    [['drain', 'backs', 'http://127.0.0.1:1'], 1, /is not there[^]*There are: http/],
    [['add', 'backs', url], 1, /is there already/],
    [['add', 'backs', '127.0.0.1:8000'], 1, /not the URL of a server/],
    [['remove', 'backs', url], 1, /the last of its upstream/],
    [['drain', 'backs'], 2, /needs the name of an upstream and the URL/],
    [['banish', 'backs', url], 2, /nothing that can be done/],
    [['list', 'nowhere'], 1, /there is no upstream `nowhere`/],
  ] as const) {
    const ran = await run('upstream', ...words);
    assert.equal(ran.code, code, words.join(' '));
    assert.match(ran.stderr, pattern);
  }
});
