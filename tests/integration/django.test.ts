import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertContract, djangos, serveFramework } from '../helpers/frameworks.ts';
import { rawRequest } from '../helpers/http.ts';
import { venvSkip } from '../helpers/venv.ts';

for (const django of djangos) {
  const skip = venvSkip(django.venv);

  test(`${django.venv} works`, { skip }, async (t) => {
    const server = await serveFramework(t, django);
    await assertContract(t, django, server);

    await t.test('is the version that it should be', async () => {
      const { version } = (await (await fetch(`${server.url}/version`)).json()) as { version: string };
      assert.match(version, django.venv === 'django-lts' ? /^5\.2\./ : /^6\./);
    });

    await t.test('keeps a session in a cookie', async () => {
      const first = await fetch(`${server.url}/session`);
      assert.deepEqual(await first.json(), { visits: 1 });
      const cookie = first.headers.getSetCookie()[0]?.split(';')[0] ?? '';
      const second = await fetch(`${server.url}/session`, { headers: { cookie } });
      assert.deepEqual(await second.json(), { visits: 2 });
    });

    await t.test('answers 304 when the client has the page already', async () => {
      const first = await fetch(`${server.url}/query?word=same`);
      await first.text();
      const etag = first.headers.get('etag') ?? '';
      assert.notEqual(etag, '');
      const request = `GET /query?word=same HTTP/1.1\r\nHost: x\r\nIf-None-Match: ${etag}\r\n\r\n`;
      const answer = await rawRequest({ port: server.port }, request);
      assert.equal(answer.status, 304);
      assert.equal(answer.body.length, 0);
    });
  });

  test(`${django.venv} works with threads behind wsgiref.validate, which finds no fault`, {
    skip,
  }, async (t) => {
    const server = await serveFramework(t, django, { validated: true, args: ['--threads', '4'] });
    await assertContract(t, django, server);
  });
}
