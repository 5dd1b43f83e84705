import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asyncDjangos, serveFramework } from '../helpers/frameworks.ts';
import { venvSkip } from '../helpers/venv.ts';

for (const django of asyncDjangos) {
  test(`async views of ${django.venv} work`, { skip: venvSkip(django.venv) }, async (t) => {
    const server = await serveFramework(t, django);

    await t.test('answers', async () => {
      const response = await fetch(`${server.url}/async/hello/${encodeURIComponent('Zoë')}`);
      assert.equal(await response.text(), 'Hello, Zoë!');
    });

    await t.test('takes an uploaded file', async () => {
      const data = new FormData();
      data.append('file', new Blob(['x'.repeat(3_000_000)]), 'x.txt');
      const response = await fetch(`${server.url}/async/upload`, { method: 'POST', body: data });
      assert.equal(((await response.json()) as { size: number }).size, 3_000_000);
    });

    await t.test('streams what an asynchronous generator yields', async () => {
      const response = await fetch(`${server.url}/async/stream`);
      assert.equal(response.headers.get('content-length'), null);
      assert.equal(await response.text(), '1\n2\n3\n4\n5\n');
    });

    await t.test('keeps a session in a cookie', async () => {
      const first = await fetch(`${server.url}/async/session`);
      assert.deepEqual(await first.json(), { visits: 1 });
      const cookie = first.headers.getSetCookie()[0]?.split(';')[0] ?? '';
      const second = await fetch(`${server.url}/async/session`, { headers: { cookie } });
      assert.deepEqual(await second.json(), { visits: 2 });
    });

    await t.test('answers 500 when one raises, and goes on', async () => {
      assert.equal((await fetch(`${server.url}/async/raise`)).status, 500);
      await server.waitForLog(/RuntimeError: raised on purpose/);
      assert.equal((await fetch(`${server.url}/async/hello/again`)).status, 200);
    });
  });
}
