import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { browserSkip, launchBrowser, openPage } from '../helpers/browser.ts';
import { enterRoom, say } from '../helpers/chat-room.ts';
import { serveChannelsExample } from '../helpers/examples.ts';
import { descendants } from '../helpers/processes.ts';

test('two pages of the Channels example talk to each other', { skip: browserSkip }, async (t) => {
  const server = await serveChannelsExample(t);
  const browser = await launchBrowser(t);
  const ann = await openPage(browser, server.url);
  const ben = await openPage(browser, server.url);

  await t.test('is one server of two applications', () => {
    const printed = server.output.stdout + server.output.stderr;
    assert.match(printed, /chatsite\.wsgi \(WSGI\) with 2 workers/);
    assert.match(printed, /chatsite\.asgi \(ASGI\) with 1 worker/);
    assert.equal(descendants(server.pid).length, 4, 'a gateway and three workers');
  });

  await t.test('who comes is seen, and what one says', async () => {
    await enterRoom(ann.page, 'Ann', 'Tea Room');
    await enterRoom(ben.page, 'Ben', 'tea room');
    await ann.page.getByText('Ben came').waitFor();
    await say(ann.page, 'Hello <b>Ben</b> ✨');
    for (const { page } of [ann, ben]) await page.getByText('Ann: Hello <b>Ben</b> ✨').waitFor();
    await say(ben.page, 'Hello Ann');
    await ann.page.getByText('Ben: Hello Ann').waitFor();
    assert.deepEqual(await ann.page.locator('#messages li').allTextContents(), [
      'Ann came',
      'Ben came',
      'Ann: Hello <b>Ben</b> ✨',
      'Ben: Hello Ann',
    ]);
  });

  await t.test('another room hears nothing of it, and who leaves is seen', async () => {
    await enterRoom(ben.page, 'Ben', 'coffee');
    await ann.page.getByText('Ben left').waitFor();
    await say(ann.page, 'Alone');
    await ann.page.getByText('Ann: Alone').waitFor();
    await say(ben.page, 'So am I');
    await ben.page.getByText('Ben: So am I').waitFor();
    assert.deepEqual(await ben.page.locator('#messages li').allTextContents(), ['Ben came', 'Ben: So am I']);
  });

  await t.test('had no console error, no exception and no failed request', () => {
    assert.deepEqual([...ann.faults, ...ben.faults], []);
  });

  await t.test('a page of another origin may not open the WebSocket', async () => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws/rooms/tea-room/`, {
      origin: 'http://elsewhere.test',
    });
    const refused = new Promise<Error>((resolve) => socket.on('error', resolve));
    assert.match((await refused).message, /403/);
  });

  await t.test('the pages are told that the server restarts', async () => {
    const told = Promise.all([ann, ben].map(({ page }) => page.getByText('the server restarts').waitFor()));
    const begun = performance.now();
    assert.deepEqual(await server.stop(), { code: 0, signal: null });
    await told;
    assert.ok(performance.now() - begun < 10_000, 'long before graceful_timeout, which is 30 s');
  });
});
