// HTTP/2 as most clients come to it: agreed on with the handshake of TLS (ALPN).
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { browserSkip, launchBrowser } from '../helpers/browser.ts';
import { testAuthority } from '../helpers/certificates.ts';
import { servePlain } from '../helpers/plain.ts';
import type { Server } from '../helpers/server.ts';
import { secureConnect } from '../helpers/tls-client.ts';
import { ask } from './http2-client.ts';
import { serveSite } from './static-site.ts';

const execute = promisify(execFile);
const ASSETS = 120;

async function certify(t: TestContext): Promise<{ ca: string; args: string[] }> {
  const { ca, issue } = await testAuthority(t);
  const pair = await issue('site', { names: ['localhost', '127.0.0.1'] });
  return { ca, args: ['--certificate', pair.certificatePath, '--certificate-key', pair.keyPath] };
}

async function agreed(server: Server, ca: string, protocols: string[]): Promise<string | false | null> {
  const options = { ca: readFileSync(ca), servername: 'localhost', ALPNProtocols: protocols };
  const socket = await secureConnect(server.port, options);
  socket.destroy();
  return socket.alpnProtocol;
}

test('a client that offers HTTP/2 gets it, and the application sees scheme and cipher', async (t) => {
  const { ca, args } = await certify(t);
  const server = await servePlain(t, 'environ', args);
  const session = connect(`https://localhost:${server.port}`, { ca: readFileSync(ca) });
  t.after(() => session.destroy());
  await once(session, 'connect');
  assert.equal(session.alpnProtocol, 'h2');
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => ask(session, { ':path': `/${i}` })));
  for (const [i, { status, body }] of answers.entries()) {
    const environ = JSON.parse(body.toString()) as Record<string, string>;
    assert.deepEqual(
      [status, environ['PATH_INFO'], environ['SERVER_PROTOCOL'], environ['wsgi.url_scheme']],
      [200, `/${i}`, 'HTTP/2.0', 'https'],
    );
    assert.equal(environ['SSL_PROTOCOL'], 'TLSv1.3');
  }
  const closed = once(session, 'close');
  await server.stop();
  await closed;
});

test('who offers HTTP/1.1 only is served with it, and everybody is when the option says so', async (t) => {
  const { ca, args } = await certify(t);
  const both = await servePlain(t, 'hello', args);
  assert.equal(await agreed(both, ca, ['http/1.1', 'h2']), 'h2');
  assert.equal(await agreed(both, ca, ['http/1.1']), 'http/1.1');
  const old = await servePlain(t, 'hello', [...args, '--no-http2']);
  assert.equal(await agreed(old, ca, ['h2', 'http/1.1']), 'http/1.1');
});

test('curl speaks HTTP/2 with it, and uploads', async (t) => {
  const version = await execute('curl', ['--version']).catch(() => ({ stdout: '' }));
  if (!/\bHTTP2\b/.test(version.stdout)) {
    t.skip('needs a curl that speaks HTTP/2');
    return;
  }
  const { ca, args } = await certify(t);
  const server = await servePlain(t, 'upload_hash', args);
  const options = ['-sS', '--cacert', ca, '--http2', '-w', ' %{http_version} %{http_code}'];
  const upload = ['--data-binary', `@${process.execPath}`, `https://localhost:${server.port}/`];
  const { stdout } = await execute('curl', [...options, ...upload]);
  assert.match(stdout, new RegExp(`"size": ${readFileSync(process.execPath).length}.* 2 200$`, 's'));
});

test('a browser gets a page with many assets over one connection', { skip: browserSkip }, async (t) => {
  const { args } = await certify(t);
  const images = Array.from({ length: ASSETS }, (_, i) => `<img src="/static/${i}.svg" alt="">`);
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>';
  const files = Object.fromEntries(images.map((_, i) => [`${i}.svg`, svg]));
  const site = await serveSite(t, {
    args,
    files: { ...files, 'page.html': `<!doctype html><title>many</title>${images.join('')}` },
  });
  const browser = await launchBrowser(t);
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  await page.goto(`https://localhost:${site.port}/static/page.html`, { waitUntil: 'load' });
  const seen = await page.evaluate<string[]>(
    `['navigation', 'resource'].flatMap((type) => performance.getEntriesByType(type)).map((entry) => entry.nextHopProtocol + ' ' + entry.responseStatus)`,
  );
  assert.ok(seen.length > ASSETS, `${seen.length} were counted`);
  assert.deepEqual([...new Set(seen)], ['h2 200']);
  const loaded = await page.evaluate<boolean>('[...document.images].every((image) => image.complete)');
  assert.ok(loaded);
});
