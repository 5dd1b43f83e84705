// Static files as a browser uses them: the admin's assets, its cache, a film, a download that is cut.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { test, type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { browserSkip, launchBrowser, openPage } from '../helpers/browser.ts';
import { serveDjangoExample } from '../helpers/examples.ts';
import { logInToAdmin } from '../helpers/recipe-box.ts';
import type { Server } from '../helpers/server.ts';
import { noise, put, serveSite } from './static-site.ts';
import { longVideo } from './static-video.ts';

interface Line {
  uri: string;
  status: number;
  app_time: number;
}

/** What of `/static/` stands in the access log after the first `skip` lines; once a request made after them is there, too. */
async function staticLines(server: Server, mark: string, skip = 0): Promise<Line[]> {
  await fetch(`${server.url}/${mark}`);
  await server.waitForLog(new RegExp(`"[^"]*/${mark}\\b`));
  const lines = server.output.stdout
    .split('\n')
    .slice(skip)
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line);
  return lines.filter(({ uri }) => uri.startsWith('/static/'));
}

/** Addresses below /static/ that the page has loaded, as the browser counts them. */
function assets(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .map(({ name }) => new URL(name).pathname)
      .filter((path) => path.startsWith('/static/')),
  );
}

for (const target of ['cookbook.wsgi', 'cookbook.asgi']) {
  test(`every asset of the admin comes from the server, and on a reload from the browser’s cache (${target})`, {
    skip: browserSkip,
  }, async (t) => {
    const server = await serveDjangoExample(t, 'main', target, [
      '--access-log',
      '-',
      '--access-log-format',
      'json',
    ]);
    const { page, faults } = await openPage(await launchBrowser(t), server.url);
    await logInToAdmin(page);
    await page.goto('/admin/recipes/recipe/add/');
    await page.waitForLoadState('networkidle');
    const wanted = await assets(page);
    assert.ok(wanted.length >= 10, `${wanted.length} assets`);
    const first = await staticLines(server, 'mark-one');
    const answered = new Set(first.map(({ uri }) => uri));
    for (const path of wanted) assert.ok(answered.has(path), `${path} is in the log`);
    for (const { uri, status, app_time } of first) {
      assert.equal(app_time, 0, `${uri} never was at the application`);
      assert.ok(status === 200 || status === 304, `${uri}: ${status}`);
    }
    const skip = server.output.stdout.split('\n').length - 1;
    await page.reload();
    await page.waitForLoadState('networkidle');
    assert.ok((await assets(page)).length >= 10);
    const second = await staticLines(server, 'mark-two', skip);
    assert.deepEqual(
      second.filter(({ status }) => status !== 304),
      [],
      'nothing is sent twice',
    );
    assert.deepEqual(faults, []);
  });
}

const CINEMA = `<!doctype html><title>film</title><video id="film" src="film.webm" preload="metadata" muted></video><script>
  async function seek(second) {
    if (film.readyState < 1) await new Promise((resolve) => film.addEventListener('loadedmetadata', resolve));
    const done = new Promise((resolve) => film.addEventListener('seeked', resolve, { once: true }));
    film.currentTime = second;
    await done;
    const context = new OffscreenCanvas(1, 1).getContext('2d');
    context.drawImage(film, 0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  }
</script>`;

test('a film is seeked without being loaded to that place', { skip: browserSkip }, async (t) => {
  const film = longVideo(8_000_000);
  const site = await serveSite(t, {
    files: { 'film.webm': film, 'index.html': CINEMA },
    keys: 'index = ["index.html"]',
  });
  const { page, faults } = await openPage(await launchBrowser(t), site.url);
  const ranges: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('film.webm')) ranges.push(request.headers()['range'] ?? 'none');
  });
  const statuses: number[] = [];
  page.on('response', (response) => {
    if (response.url().endsWith('film.webm')) statuses.push(response.status());
  });
  await page.goto('/static/');
  const colours = [await page.evaluate<number[]>('seek(8.5)'), await page.evaluate<number[]>('seek(3.5)')];
  const [duration, seekable] = await page.evaluate<number[]>('[film.duration, film.seekable.end(0)]');
  assert.ok(Math.abs((duration ?? 0) - 10) < 1, `${duration} seconds`);
  assert.equal(seekable, duration);
  for (const [i, second] of [8, 3].entries()) {
    const red = colours[i]?.[0] ?? 0;
    assert.ok(Math.abs(red - 25 * second) < 12, `second ${second}: ${colours[i]?.join()}`);
  }
  assert.ok(
    ranges.some((range) => Number(/^bytes=(\d+)-/.exec(range)?.[1]) > 60_000_000),
    ranges.join(),
  );
  assert.deepEqual([...new Set(statuses)], [206]);
  assert.deepEqual(
    faults.filter((fault) => !fault.endsWith('film.webm net::ERR_ABORTED')), // a range that it wants no more
    [],
  );
});

test('a download that is cut is resumed by the browser where it was cut', {
  skip: browserSkip,
}, async (t) => {
  const bytes = noise(3_000_000);
  const site = await serveSite(t, {
    prepare: (folder) => {
      put(folder, 'public/big.bin', bytes);
      put(
        folder,
        'public/index.html',
        '<!doctype html><title>d</title><a href="big.bin" download>Get it</a>',
      );
    },
    keys: 'index = ["index.html"]',
  });
  const wire = await cuttingProxy(t, site.port, '/static/big.bin', 1_000_000);
  const { page } = await openPage(await launchBrowser(t), `http://127.0.0.1:${wire.port}`);
  await page.goto('/static/');
  const downloading = page.waitForEvent('download');
  await page.getByRole('link').click();
  const file = await (await downloading).path();
  const digest = (data: Buffer) => createHash('sha256').update(data).digest('hex');
  assert.equal(digest(readFileSync(file)), digest(bytes));
  assert.equal(wire.requests.length, 2, wire.requests.join('\n'));
  assert.match(wire.requests[1] ?? '', /^Range: bytes=[1-9]\d*-\r$/im);
  assert.match(wire.requests[1] ?? '', /^If-Range: "/im);
});

/** Passes connections on, and ends the first one on which `path` is asked for after `cutBytes` of the answer. */
async function cuttingProxy(t: TestContext, port: number, path: string, cutBytes: number) {
  const requests: string[] = [];
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    let left = Number.POSITIVE_INFINITY;
    client.on('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1');
      if (text.startsWith(`GET ${path}`)) {
        if (requests.length === 0) left = cutBytes;
        requests.push(text);
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => {
      client.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left <= 0) {
        upstream.destroy();
        client.end();
      }
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => (other === client && left <= 0 ? undefined : other.destroy()));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return { port: (server.address() as AddressInfo).port, requests };
}
