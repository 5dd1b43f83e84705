// The examples as a browser sees them through TLS and HTTP/2: straight, and behind another server of ours.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { browserSkip, launchBrowser, openPage } from '../helpers/browser.ts';
import { testAuthority } from '../helpers/certificates.ts';
import { enterRoom, say } from '../helpers/chat-room.ts';
import {
  insistOnHttps,
  type Prepared,
  prepareDjangoExample,
  prepareFastApiExample,
  temporaryFolder,
} from '../helpers/examples.ts';
import { root } from '../helpers/paths.ts';
import { type Server, startLicorne } from '../helpers/server.ts';
import { secureGet } from '../helpers/tls-client.ts';
import { venvPython } from '../helpers/venv.ts';

interface Example extends Prepared {
  args: readonly string[];
  visit: (browser: Browser, url: string, ca: string) => Promise<void>;
}

const prepare: Record<'recipes' | 'chat' | 'reading', (t: TestContext) => Example> = {
  recipes: (t) => {
    const { cwd, env } = prepareDjangoExample(t);
    const more = insistOnHttps(t, 'cookbook.settings');
    return { args: ['cookbook.wsgi'], cwd, env: { ...env, ...more }, visit: visitRecipes };
  },
  chat: (t) => ({
    args: [],
    cwd: join(root, 'examples', 'channels'),
    env: insistOnHttps(t, 'chatsite.settings'),
    visit: visitChat,
  }),
  reading: (t) => ({ args: ['main:app'], ...prepareFastApiExample(t), visit: visitReading }),
};

test('a browser that trusts the authority of licorne dev --https works with the examples over HTTP/2', {
  skip: browserSkip,
}, async (t) => {
  const state = temporaryFolder(t);
  const ca = join(state, 'licorne', 'authority', 'authority.pem');
  let browser: Browser | undefined;
  for (const [name, make] of Object.entries(prepare)) {
    await t.test(name, async (sub) => {
      const { args, cwd, env, visit } = make(sub);
      const dev = ['dev', ...args, '--https', '-b', '127.0.0.1:0', '--python', venvPython()];
      const server = await startLicorne(sub, dev, { cwd, env: { ...env, XDG_STATE_HOME: state } });
      browser ??= await launchBrowser(t, { authority: ca });
      await visit(browser, server.url, ca);
      await visit(browser, server.url.replace('127.0.0.1', 'localhost'), ca);
      await server.stop('SIGINT');
      sawOnlyHttp2(server, name);
    });
  }
});

for (const transport of ['http', 'unix'] as const)
  test(`the same behind a server that passes requests on over ${transport}`, {
    skip: browserSkip,
  }, async (t) => {
    const { ca, issue } = await testAuthority(t);
    const names = Object.keys(prepare);
    const pair = await issue('sites', { names: names.map((name) => `${name}.localhost`) });
    const folder = temporaryFolder(t);
    let tables = '';
    const visits: [string, Example['visit']][] = [];
    for (const [name, make] of Object.entries(prepare)) {
      const example = make(t);
      const proxy = await startBehind(t, example, transport === 'unix' ? join(folder, name) : undefined);
      const location = `[[site.location]]\npath = "/"\nproxy = ${JSON.stringify(proxy)}`;
      tables += `[[site]]\nhosts = ["${name}.localhost"]\n${location}\n`;
      visits.push([name, example.visit]);
    }
    writeFileSync(join(folder, 'licorne.toml'), tables);
    const tls = ['--certfile', pair.certificatePath, '--keyfile', pair.keyPath];
    const args = ['-b', '127.0.0.1:0', ...tls, '--access-log', '-'];
    const front = await startLicorne(t, args, { cwd: folder });
    const browser = await launchBrowser(t, { authority: ca });
    // One certificate for all and one address: the browser asks for several sites on one connection.
    for (const [name, visit] of visits)
      await t.test(name, () => visit(browser, `https://${name}.localhost:${front.port}`, ca));
    await front.stop();
    for (const name of names) sawOnlyHttp2(front, name);
  });

/** Starts an example that is asked by another server, and resolves to what that server is to be told. */
async function startBehind(
  t: TestContext,
  { args, cwd, env }: Example,
  socket: string | undefined,
): Promise<string> {
  const bind = socket === undefined ? '127.0.0.1:0' : `unix:${socket}`;
  // A Unix socket is believed by itself: who may write to it is the business of its folder.
  const trust = socket === undefined ? ['--forwarded-allow-ips', '127.0.0.1'] : [];
  const server = await startLicorne(t, [...args, '-b', bind, ...trust, '--python', venvPython()], {
    cwd,
    env: { ...env, ALLOWED_HOSTS: '.localhost' },
  });
  return socket === undefined ? server.url : bind;
}

/** WebSockets and streams, too, whose protocol a page is not told. */
function sawOnlyHttp2({ output }: Server, name: string): void {
  const log = output.stdout + output.stderr;
  const streams = { recipes: [], chat: ['/ws/rooms/tea-room/'], reading: ['/events', '/ws/ticker'] }[name];
  for (const path of streams ?? []) assert.ok(log.includes(`"GET ${path} HTTP/2.0" 200`), path);
  assert.doesNotMatch(log, /"GET \S+ HTTP\/1/);
}

async function visitRecipes(browser: Browser, url: string, ca: string): Promise<void> {
  const { page, faults } = await openPage(browser, url);
  const response = await page.goto('/');
  assert.equal(response?.request().redirectedFrom(), null, 'https is not sent to https');
  await page.goto('/recipes/new/');
  await page.waitForURL('**/accounts/login/?next=/recipes/new/');
  await page.getByLabel('Username').fill('admin');
  await page.getByLabel('Password').fill('unicorn');
  await page.locator('main').getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('button', { name: 'Log out admin' }).waitFor();
  assert.equal(new URL(page.url()).pathname, '/recipes/new/');
  const cookies = await page.context().cookies();
  const secure = Object.fromEntries(cookies.map((cookie) => [cookie.name, cookie.secure]));
  assert.deepEqual(secure, { csrftoken: true, sessionid: true });
  await upload(page);
  await overHttp2(page);
  assert.deepEqual(faults, [], 'no console error, no exception, no failed request');
  await page.context().close();
  await refusesOtherOrigins(url, ca);
}

/** 3 MB there and back. */
async function upload(page: Page): Promise<void> {
  const buffer = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 31) % 251));
  await page.goto('/uploads/');
  await page
    .getByLabel('File')
    .setInputFiles({ name: 'Gemälde.bin', mimeType: 'application/octet-stream', buffer });
  await page.getByRole('button', { name: 'Upload' }).click();
  await page.getByText('Gemälde.bin has arrived: 3,000,000 bytes.').waitFor();
  const digest = createHash('sha256').update(buffer).digest('hex');
  assert.equal(await page.locator('td code').first().getAttribute('title'), digest);
  const back = await page.evaluate(`(async () => {
    const answer = await fetch(document.querySelector('td a').href);
    const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', await answer.arrayBuffer()));
    return [answer.status, Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')];
  })()`);
  assert.deepEqual(back, [200, digest]);
}

/** The check of the origin, which the log in has passed, is one: the same host by http is another origin. */
async function refusesOtherOrigins(url: string, ca: string): Promise<void> {
  const { port, host, hostname } = new URL(url);
  const answer = await secureGet(Number(port), '/accounts/login/', {
    method: 'POST',
    ca: readFileSync(ca),
    ...(hostname === '127.0.0.1' ? {} : { servername: hostname }),
    headers: { host, origin: `http://${host}`, 'content-length': 0 },
  });
  assert.equal(answer.status, 403);
  assert.match(answer.body, /Origin checking failed/);
}

async function visitChat(browser: Browser, url: string): Promise<void> {
  const [ann, ben] = [await openPage(browser, url), await openPage(browser, url)];
  await enterRoom(ann.page, 'Ann', 'Tea Room');
  await enterRoom(ben.page, 'Ben', 'tea room');
  await say(ben.page, 'Hello Ann ✨');
  await ann.page.getByText('Ben: Hello Ann ✨').waitFor();
  await ben.page.context().close();
  await ann.page.getByText('Ben left').waitFor();
  const cookies = await ann.page.context().cookies();
  assert.ok(cookies.length > 0 && cookies.every(({ secure }) => secure));
  await overHttp2(ann.page);
  assert.deepEqual([...ann.faults, ...ben.faults], []);
  await ann.page.context().close();
}

async function visitReading(browser: Browser, url: string): Promise<void> {
  const [mine, yours] = [await openPage(browser, url), await openPage(browser, url)];
  for (const { page } of [mine, yours]) await page.goto('/');
  await mine.page.getByText('2 listening').waitFor();
  const title = `The Last Unicorn at ${new URL(url).hostname}`;
  await mine.page.getByLabel('Title').fill(title);
  await mine.page.getByLabel('Author').fill('Peter S. Beagle');
  await mine.page.getByRole('button', { name: 'Add' }).click();
  await yours.page.getByText(`${title}, Peter S. Beagle`).waitFor();
  await mine.page.getByLabel('every').selectOption('0.1');
  await mine.page.waitForFunction(`Number(document.getElementById('tick').textContent) > 10`);
  await overHttp2(mine.page);
  assert.deepEqual([...mine.faults, ...yours.faults], []);
  for (const { page } of [mine, yours]) await page.context().close();
}

/** The page itself and everything that it has fetched. */
async function overHttp2(page: Page): Promise<void> {
  const protocols = await page.evaluate<string[]>(
    `[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
      .map(({ name, nextHopProtocol }) => name + ' ' + nextHopProtocol)`,
  );
  assert.ok(protocols.length > 1, 'a page and its style sheet at least');
  assert.deepEqual(
    protocols.filter((text) => !text.endsWith(' h2')),
    [],
  );
}
