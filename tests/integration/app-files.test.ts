// Files that apps give in the place of a body, in the ways that go wrong: removed at once, rewritten, replaced, too short.
import assert from 'node:assert/strict';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { type Server, startLicorne } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';

const SMALL = 'a small file';
const LARGE = Buffer.alloc(5_000_000, 'large ');

const WSGI = `
import os

class Removing:
    """A file that is removed when it is closed."""

    def __init__(self, path):
        self.file = open(path, 'rb')
        self.read = self.file.read

    def close(self):
        os.unlink(self.file.name)
        self.file.close()

def app(environ, start_response):
    how, _, name = environ['PATH_INFO'][1:].partition('/')
    path = os.path.join(os.getcwd(), name)
    headers = [('Content-Type', 'text/plain')]
    if how == 'more':
        headers.append(('Content-Length', '100'))
    if how == 'less':
        headers.append(('Content-Length', '7'))
    if how == 'teapot':
        start_response("418 I'm a teapot", headers)
    else:
        start_response('200 OK', headers)
    return environ['wsgi.file_wrapper'](Removing(path) if how == 'removing' else open(path, 'rb'))
`;

const STARLETTE = `
import os
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import FileResponse
from starlette.routing import Route

async def removing(request):
    path = os.path.join(os.getcwd(), request.path_params['name'])
    return FileResponse(path, background=BackgroundTask(os.unlink, path))

app = Starlette(routes=[Route('/removing/{name}', removing)])
`;

async function serve(t: TestContext, module: string): Promise<{ server: Server; folder: string }> {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'entry.py'), module);
  const args = ['entry:app', '-b', '127.0.0.1:0', '--chdir', folder, '--python', venvPython()];
  return { server: await startLicorne(t, args), folder };
}

for (const [name, module] of [
  ['close()', WSGI],
  ['a background task', STARLETTE],
] as const) {
  test(`a file that ${name} removes has been taken by then`, async (t) => {
    const { server, folder } = await serve(t, module);
    for (const [file, content] of [
      ['small', Buffer.from(SMALL)],
      ['large', LARGE],
    ] as const) {
      for (let round = 0; round < 3; round += 1) {
        writeFileSync(join(folder, file), content);
        const answer = await fetch(`${server.url}/removing/${file}`);
        const body = Buffer.from(await answer.arrayBuffer());
        assert.ok(body.equals(content), `${file}: ${answer.status}, ${body.length} bytes`);
        // The worker has one thread: when it answers again, close() has been called.
        assert.equal((await fetch(`${server.url}/removing/none`)).status, 500);
        assert.equal(existsSync(join(folder, file)), false);
      }
    }
  });
}

test('a file that is written anew is sent as it is, every time', async (t) => {
  const { server, folder } = await serve(t, WSGI);
  for (let round = 0; round < 30; round += 1) {
    const content = `${'x'.repeat(round % 3)}${round}`;
    writeFileSync(join(folder, 'report'), content);
    const answer = await fetch(`${server.url}/plain/report`);
    assert.equal(await answer.text(), content);
    assert.equal(answer.headers.get('content-length'), String(content.length));
  }
});

test('a file that others take the place of all the time is sent whole, old or new', async (t) => {
  const { server, folder } = await serve(t, WSGI);
  const file = join(folder, 'report');
  const replace = (round: number): void => {
    writeFileSync(`${file}.new`, `${round} `.repeat(1000));
    renameSync(`${file}.new`, file);
  };
  replace(0);
  let over = false;
  let round = 0;
  const replacing = (): void => {
    if (over) return;
    replace((round += 1));
    setImmediate(replacing);
  };
  replacing();
  try {
    for (let i = 0; i < 100; i += 1) {
      const answer = await fetch(`${server.url}/plain/report`);
      const text = await answer.text();
      assert.equal(answer.status, 200, text);
      assert.equal(text, `${text.split(' ')[0]} `.repeat(1000));
    }
  } finally {
    over = true;
  }
});

test('the app has its status and its Content-Length, but may not promise more than there is', async (t) => {
  const { server, folder } = await serve(t, WSGI);
  writeFileSync(join(folder, 'file'), SMALL);
  const teapot = await fetch(`${server.url}/teapot/file`, { headers: { Range: 'bytes=0-1' } });
  assert.deepEqual([teapot.status, teapot.statusText, await teapot.text()], [418, "I'm a teapot", SMALL]);
  assert.equal(await (await fetch(`${server.url}/less/file`)).text(), 'a small');
  await assert.rejects(async () => (await fetch(`${server.url}/more/file`)).text());
});

test('HEAD of a large file has its length', async (t) => {
  const { server, folder } = await serve(t, WSGI);
  writeFileSync(join(folder, 'large'), LARGE);
  const answer = await fetch(`${server.url}/plain/large`, { method: 'HEAD' });
  assert.deepEqual([answer.status, answer.headers.get('content-length')], [200, String(LARGE.length)]);
  assert.equal(answer.headers.get('accept-ranges'), 'bytes');
});
