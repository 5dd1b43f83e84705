// `licorne dev --live-reload` in a real browser, and what of the pages is left alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { browserSkip, launchBrowser, openPage } from '../helpers/browser.ts';
import { startLicorne } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';
import { djangoFiles, project } from './dev-project.ts';

const env = { LICORNE_PYTHON: venvPython('django-newest'), LICORNE_BIND: '127.0.0.1:0' };

/** Marks the page as it is loaded now: the mark is gone after a load. */
const mark = (page: Page): Promise<void> => page.evaluate('void (window.marked = true)');
const isMarked = (page: Page): Promise<boolean> => page.evaluate('window.marked === true');

test('pages follow what is changed', { skip: browserSkip }, async (t) => {
  const code = project(t, djangoFiles());
  const server = await startLicorne(t, ['dev', '--live-reload'], { cwd: code.folder, env });
  const browser = await launchBrowser(t);
  const { page, faults, forget } = await openPage(browser, server.url);
  // The page's connection for news is there when its script has run.
  const listening = (): Promise<unknown> => page.waitForFunction('window.licorneReload === true');
  await page.goto('/');
  await listening();

  await t.test('a style sheet is put in the place of the old one, without loading the page', async () => {
    await mark(page);
    const color = (): Promise<string> =>
      page.evaluate('getComputedStyle(document.querySelector("h1")).color');
    assert.equal(await color(), 'rgb(1, 2, 3)');
    code.replace('assets/site.css', 'h1 { color: rgb(4, 5, 6) }\n');
    await page.waitForFunction('getComputedStyle(document.querySelector("h1")).color === "rgb(4, 5, 6)"');
    await page.waitForFunction('document.querySelectorAll("link[rel=stylesheet]").length === 1');
    assert.equal(await isMarked(page), true);
  });

  await t.test('a template that changes loads the page again', async () => {
    code.replace('pages/index.html', (djangoFiles()['pages/index.html'] ?? '').replace('first', 'second'));
    await page.getByText('second').waitFor();
    assert.equal(await isMarked(page), false);
    await listening();
  });

  await t.test('code that cannot be loaded is shown, and goes when it is mended', async () => {
    assert.equal(faults.join('\n'), '');
    const views = djangoFiles()['shop/views.py'] ?? '';
    code.replace('shop/views.py', `${views}\nx = <b>[\n`);
    await page.getByText('The application could not be loaded').waitFor();
    await page.getByRole('heading', { name: /SyntaxError in shop\/views\.py:\d+/ }).waitFor();
    await listening();
    code.replace('shop/views.py', views.replace('one', 'two'));
    await page.getByRole('heading', { name: 'two' }).waitFor();
    await listening();
    assert.ok(
      faults.every((fault) => fault.startsWith('500: ') || /500 \(Internal/.test(fault)),
      faults.join('\n'),
    );
    forget();
  });

  await t.test('a hidden page asks again when it is seen', async () => {
    await mark(page);
    await page.evaluate(`Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => window.seen ?? 'hidden' });
      document.dispatchEvent(new Event('visibilitychange'))`);
    code.replace('pages/index.html', (djangoFiles()['pages/index.html'] ?? '').replace('first', 'third'));
    for (let attempt = 0; attempt < 200; attempt += 1)
      if ((await (await fetch(server.url)).text()).includes('third')) break;
    assert.equal(await isMarked(page), true);
    await page.evaluate(`window.seen = 'visible'; document.dispatchEvent(new Event('visibilitychange'))`);
    await page.getByText('third').waitFor();
  });

  assert.equal(faults.join('\n'), '');
  // The page is still open: it must not hold the end up.
  const begun = performance.now();
  assert.deepEqual(await server.stop('SIGTERM'), { code: 0, signal: null });
  assert.ok(performance.now() - begun < 5_000);
});

test('only whole pages whose policy lets it run get the script', async (t) => {
  const code = project(t, {
    'main.py': `
PAGES = {
    '/page': ('text/html; charset=utf-8', []),
    '/text': ('text/plain', []),
    '/coded': ('text/html', [('Content-Encoding', 'x-own')]),
    '/strict': ('text/html', [('Content-Security-Policy', "default-src 'none'; script-src 'nonce-abc'")]),
    '/self': ('text/html', [('Content-Security-Policy', "default-src 'self'")]),
}
def app(environ, start_response):
    kind, fields = PAGES[environ['PATH_INFO']]
    start_response('200 OK', [('Content-Type', kind), ('Content-Length', '6'), *fields])
    return [b'<p>1</' [:6]]
`,
  });
  const server = await startLicorne(t, ['dev', 'main:app', '-b', '127.0.0.1:0', '--live-reload'], {
    cwd: code.folder,
  });
  const page = { accept: 'text/html', 'sec-fetch-dest': 'document' };
  const get = async (path: string, headers: Record<string, string> = page): Promise<string> => {
    const answer = await fetch(`${server.url}${path}`, { headers });
    const text = await answer.text();
    assert.equal(answer.headers.get('content-length'), String(text.length));
    return text;
  };
  const script = /^<p>1<\/<script src="\/-\/dev\/reload\.js" .*><\/script>$/;
  assert.match(await get('/page'), script);
  assert.match(await get('/self'), script);
  assert.match(await get('/page', { accept: 'text/html' }), script);
  assert.equal(await get('/text'), '<p>1</');
  assert.equal(await get('/coded'), '<p>1</');
  assert.equal(await get('/strict'), '<p>1</');
  assert.equal(await get('/page', { accept: '*/*', 'sec-fetch-dest': 'empty' }), '<p>1</');
  assert.equal(await get('/page', { accept: 'text/html', 'hx-request': 'true' }), '<p>1</');
  assert.match(await get('/-/dev/reload.js'), /EventSource/);
  assert.doesNotMatch(server.output.stdout, /-\/dev/, 'its own requests are in no log');
});

test('without --live-reload no page is changed', async (t) => {
  const code = project(t, djangoFiles());
  const server = await startLicorne(t, ['dev'], { cwd: code.folder, env });
  const answer = await fetch(server.url, { headers: { accept: 'text/html' } });
  assert.doesNotMatch(await answer.text(), /-\/dev/);
});
