// Hosts that an application does not answer for: refused before a worker is asked.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { rawRequest } from '../helpers/http.ts';
import { servePlain } from '../helpers/plain.ts';
import { type Server, startLicorne } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';

const PROJECT = `
import os, sys
from django.conf import settings

settings.configure(
    DEBUG=False,
    SECRET_KEY="only-for-tests",
    ALLOWED_HOSTS=["example.com", ".example.org"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["django.middleware.security.SecurityMiddleware"] + MIDDLEWARE,
)
import django
django.setup()
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

def page(request):
    return HttpResponse(request.get_host())

urlpatterns = [path("", page), path("anybody", lambda request: HttpResponse("hello"))]
django_app = get_wsgi_application()
`;
const COMMON = '["django.middleware.common.CommonMiddleware"]';

async function serve(
  t: TestContext,
  middleware: string,
  ...args: string[]
): Promise<{ server: Server; dir: string }> {
  const dir = mkdtempSync(join(tmpdir(), 'licorne-hosts-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(join(dir, 'site_app.py'), `MIDDLEWARE = ${middleware}\n${PROJECT}`);
  const server = await startLicorne(
    t,
    ['site_app:django_app', '-b', '127.0.0.1:0', '--python', venvPython(), ...args],
    { cwd: dir },
  );
  return { server, dir };
}

async function status(server: Server, host: string, path = '/'): Promise<number> {
  return (await rawRequest(server, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).status;
}

test('hosts that Django would refuse are refused before it is asked', async (t) => {
  const { server, dir } = await serve(t, COMMON);
  for (const host of ['example.com', 'EXAMPLE.com:8000', 'a.example.org', 'example.org.'])
    assert.equal(await status(server, host), 200, host);
  for (const host of ['evil.example', 'www.example.com', '127.0.0.1']) {
    assert.equal(await status(server, host), 421, host);
    assert.equal(await status(server, host, '/anybody'), 421, host);
  }
  assert.doesNotMatch(server.output.stderr + server.output.stdout, /DisallowedHost/);
  const source = readFileSync(join(dir, 'site_app.py'), 'utf8');
  writeFileSync(join(dir, 'site_app.py'), source.replace('"example.com"', '"evil.example"'));
  process.kill(server.pid, 'SIGHUP');
  await server.waitForLog(/Reloaded/);
  assert.equal(await status(server, 'evil.example'), 200, 'new code tells other hosts');
  assert.equal(await status(server, 'example.com'), 421);
});

test('where Django does not look at the host of all requests, they are left to it', async (t) => {
  const { server } = await serve(t, '[]');
  assert.equal(await status(server, 'evil.example', '/anybody'), 200);
  assert.equal(await status(server, 'evil.example'), 400);
});

test('the hosts of any application may be named, and a trusted proxy says which is asked for', async (t) => {
  const server = await servePlain(t, 'hello', [
    ...['--allowed-hosts', 'example.com,.example.org', '--forwarded-allow-ips', '127.0.0.1'],
  ]);
  assert.equal(await status(server, 'example.com'), 200);
  assert.equal(await status(server, 'evil.example'), 421);
  const proxied = 'GET / HTTP/1.1\r\nHost: inside\r\nX-Forwarded-Host: a.example.org\r\n\r\n';
  assert.equal((await rawRequest(server, proxied)).status, 200);
  assert.equal((await rawRequest(server, 'GET / HTTP/1.0\r\n\r\n')).status, 200, 'HTTP/1.0 names none');
});
