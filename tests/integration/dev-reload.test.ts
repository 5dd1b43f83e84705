// `licorne dev` with applications of no framework: what is watched, what a change does, what is shown when it cannot be loaded.
import assert from 'node:assert/strict';
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { RawClient, rawRequest } from '../helpers/http.ts';
import { descendants } from '../helpers/processes.ts';
import { type Server, startLicorne } from '../helpers/server.ts';
import { type Project, project, wsgiApp } from './dev-project.ts';

async function dev(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<{ server: Server; code: Project; get: (path?: string) => Promise<string> }> {
  const code = project(t, files);
  const server = await startLicorne(t, ['dev', 'main:app', '-b', '127.0.0.1:0', ...args], {
    cwd: code.folder,
  });
  const get = async (path = '/'): Promise<string> => (await fetch(`${server.url}${path}`)).text();
  return { server, code, get };
}

test('a request after a change is answered by the new code', async (t) => {
  const { server, code, get } = await dev(t, {
    'main.py': wsgiApp('helper.WORD', 'import helper'),
    'helper.py': "WORD = 'one'\n",
  });
  assert.match(server.output.stdout, /Watching for file changes with file events/);
  assert.equal(await get(), 'one');
  for (const word of ['two', 'three', 'four']) {
    // The system tells of the change within a moment; from then on requests wait.
    code.replace('helper.py', `WORD = '${word}'\n`);
    await server.waitForLog(
      new RegExp(`(?:helper.py changed, reloading[^]*){${['two', 'three', 'four'].indexOf(word) + 1}}`),
    );
    assert.equal(await get(), word);
  }
  code.write('helper.py', "WORD = 'five'\n");
  await server.waitForLog(/(?:helper.py changed, reloading[^]*){4}/);
  assert.equal(await get(), 'five');
  assert.match(server.output.stdout, /Reloaded in \d+ ms\./);
  assert.doesNotMatch(server.output.stderr, /Reloaded|ERROR/);
});

test('what is not imported changes nothing', async (t) => {
  const { server, code, get } = await dev(t, { 'main.py': wsgiApp("'one'"), 'idle.py': '' });
  code.write('idle.py', 'x = 1\n');
  code.write('notes.txt', 'x\n');
  code.write('main.py~', 'x\n');
  code.write('main.py', wsgiApp("'two'"));
  await server.waitForLog(/main.py changed, reloading/);
  assert.equal(await get(), 'two');
  assert.doesNotMatch(server.output.stdout, /(?:idle|notes|~).* changed/);
});

test('a module that is imported by a request is watched from then on', async (t) => {
  const { server, code, get } = await dev(t, {
    'main.py': wsgiApp('__import__("late").WORD'),
    'late.py': "WORD = 'one'\n",
  });
  assert.equal(await get(), 'one');
  // Until the worker has told, a change would go unnoticed; so it is made again.
  for (let attempt = 0; attempt < 40 && !/late.py changed/.test(server.output.stdout); attempt += 1) {
    code.write('late.py', `WORD = 'two'  # ${attempt}\n`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await server.waitForLog(/late.py changed, reloading/);
  assert.equal(await get(), 'two');
});

test('code that cannot be loaded is shown in the browser and in the terminal until it is mended', async (t) => {
  const { server, code, get } = await dev(t, { 'main.py': wsgiApp("'one'") });
  const worker = descendants(server.pid).length;
  code.replace('main.py', `${wsgiApp("'two'")}\nx = [<script>\n`);
  await server.waitForLog(/Waiting for a change that mends it/);
  assert.match(server.output.stderr, /SyntaxError in main.py:\d+/);
  const page = await fetch(server.url, { headers: { accept: 'text/html' } });
  assert.equal(page.status, 500);
  assert.equal(page.headers.get('cache-control'), 'no-store');
  const html = await page.text();
  assert.match(html, /SyntaxError in main\.py:\d+/);
  assert.match(html, /File &#34;<b>.*main\.py<\/b>&#34;, line <b>\d+<\/b>/);
  assert.doesNotMatch(html, /\[<script>/, 'the code is no markup');
  assert.match(await get(), /^The application could not be loaded\.\n\nSyntaxError/);
  code.replace('main.py', wsgiApp("'three'"));
  await server.waitForLog(/Reloaded in/);
  assert.equal(await get(), 'three');
  // The one before may still be on its way out.
  for (let attempt = 0; attempt < 100 && descendants(server.pid).length > worker; attempt += 1)
    await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(descendants(server.pid).length, worker);
});

test('a first start that fails waits for the change that mends it, also by a new file', async (t) => {
  const { server, code, get } = await dev(t, { 'main.py': wsgiApp('helper.WORD', 'import helper') });
  assert.match(server.output.stderr, /no module named 'helper'/);
  assert.match(await get(), /no module named 'helper'/);
  code.write('helper.py', "WORD = 'there'\n");
  await server.waitForLog(/Reloaded in/);
  assert.equal(await get(), 'there');
});

test('a whole folder that is put in the place of another is noticed', async (t) => {
  const { server, code, get } = await dev(t, {
    'main.py': wsgiApp('parts.WORD', 'import parts'),
    'parts/__init__.py': "WORD = 'one'\n",
    'other/__init__.py': "WORD = 'two'\n",
  });
  const at = (name: string): string => join(code.folder, name);
  renameSync(at('parts'), at('old'));
  renameSync(at('other'), at('parts'));
  await server.waitForLog(/changed, reloading/);
  await server.waitForLog(/Reloaded in/);
  assert.equal(await get(), 'two');
  code.write('parts/__init__.py', "WORD = 'three'\n");
  await server.waitForLog(/(?:parts\/__init__.py changed[^]*){2}/);
  assert.equal(await get(), 'three');
  mkdirSync(at('more'));
});

test('polling notices changes, too', async (t) => {
  const { server, code, get } = await dev(t, { 'main.py': wsgiApp("'one'") }, ['--poll']);
  assert.match(server.output.stdout, /Watching for file changes with polling/);
  for (let attempt = 0; attempt < 100 && !/main.py changed/.test(server.output.stdout); attempt += 1) {
    code.replace('main.py', wsgiApp(`'two'[:3 + ${attempt}]`));
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  await server.waitForLog(/Reloaded in/);
  assert.equal(await get(), 'two');
});

test('several requests are served at the same time', async (t) => {
  const { get } = await dev(t, {
    'main.py': wsgiApp(
      'wait()',
      'import threading\nboth = threading.Barrier(2)\ndef wait():\n    both.wait(20)\n    return "met"\n',
    ),
  });
  assert.deepEqual(await Promise.all([get('/a'), get('/b')]), ['met', 'met']);
});

test('a client that speaks TLS is told of, and gets an answer', async (t) => {
  const { server } = await dev(t, { 'main.py': wsgiApp("'one'") });
  const hello = Buffer.from('1603010200010001fc0303', 'hex');
  const answer = await rawRequest({ port: server.port }, hello);
  assert.equal(answer.status, 400);
  assert.match(answer.text, /TLS/);
  await server.waitForLog(/You're accessing the development server over HTTPS, but it only supports HTTP\./);
});

test('a stream that never ends does not hold a reload up, nor the end of the server', async (t) => {
  const endless =
    "import itertools, time\nWORD = 'one'\ndef app(environ, start_response):\n    start_response('200 OK', [('Content-Type', 'text/event-stream')])\n" +
    "    if environ['PATH_INFO'] == '/word':\n        return [WORD.encode()]\n    return (time.sleep(0.05) or b'x' for _ in itertools.count())\n";
  const { server, code, get } = await dev(t, { 'main.py': endless });
  const client = new RawClient({ port: server.port });
  client.send('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  assert.match(String(await client.readSome()), /200 OK/);
  code.replace('main.py', endless.replace('one', 'two'));
  await server.waitForLog(/main.py changed/);
  assert.equal(await get('/word'), 'two');
  client.close();
  assert.deepEqual(await server.stop('SIGINT'), { code: 0, signal: null });
});

test('licorne.toml of production does not take its number of workers along', async (t) => {
  const { server } = await dev(t, {
    'main.py': wsgiApp("'one'"),
    'licorne.toml': '[app]\nworkers = 3\npreload = true\n',
  });
  assert.equal(descendants(server.pid).length, 2, 'a gateway and a worker');
});

test('a change of licorne.toml is read, and what is wrong with it is shown', async (t) => {
  const { server, code, get } = await dev(t, {
    'main.py': wsgiApp('os.environ["WORD"]', 'import os'),
    'licorne.toml': '[app.env]\nWORD = "one"\n',
  });
  assert.equal(await get(), 'one');
  code.replace('licorne.toml', '[app.env]\nWORD = "two"\n');
  await server.waitForLog(/licorne\.toml changed, reloading/);
  assert.equal(await get(), 'two');
  code.replace('licorne.toml', '[app]\nthreds = 3\n');
  await server.waitForLog(/licorne\.toml:2:1: error: unknown key `threds`/);
  assert.match(await get(), /one error in the configuration[^]*did you mean `threads`/);
  code.replace('licorne.toml', '[app.env]\nWORD = "three"\n');
  await server.waitForLog(/(?:Reloaded in[^]*){2}/);
  assert.equal(await get(), 'three');
});
