import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { browserSkip, launchBrowser, openPage, type WatchedPage } from '../helpers/browser.ts';
import { serveDjangoExample, serveFastApiExample } from '../helpers/examples.ts';
import {
  deleteRecipe,
  logInToAdmin,
  logOutOfAdmin,
  orderOfAnswers,
  SLOW_PAGE,
  streamedParts,
} from '../helpers/recipe-box.ts';
import type { Server } from '../helpers/server.ts';

test('the FastAPI example works in a browser', { skip: browserSkip }, async (t) => {
  const server = await serveFastApiExample(t);
  const browser = await launchBrowser(t);
  const [mine, yours] = [await openPage(browser, server.url), await openPage(browser, server.url)];
  for (const { page } of [mine, yours]) await page.goto('/');
  await mine.page.getByText('2 listening').waitFor();

  await t.test('what is added and marked on one page shows on the other', async () => {
    await mine.page.getByLabel('Title').fill('The Last Unicorn');
    await mine.page.getByLabel('Author').fill('Peter S. Beagle');
    await mine.page.getByRole('button', { name: 'Add' }).click();
    await yours.page.getByText('The Last Unicorn, Peter S. Beagle').waitFor();
    await yours.page.getByRole('checkbox').check();
    await mine.page.locator('input:checked').waitFor();
  });

  await t.test('takes an upload', async () => {
    const buffer = Buffer.from('Die unendliche Geschichte,Michael Ende\nSolaris,Stanisław Lem\n');
    const file = { name: 'books.csv', mimeType: 'text/csv', buffer };
    await mine.page.locator('input[type=file]').setInputFiles(file);
    await mine.page.getByRole('button', { name: 'Import' }).click();
    await mine.page.getByText('2 books added.').waitFor();
    await yours.page.getByText('Solaris, Stanisław Lem').waitFor();
    await yours.page.getByRole('button', { name: 'Remove' }).last().click();
    await mine.page.getByText('Solaris').waitFor({ state: 'detached' });
  });

  await t.test('ticks as often as the page wishes', async () => {
    await mine.page.getByLabel('every').selectOption('0.1');
    await mine.page.waitForFunction(`Number(document.getElementById('tick').textContent) > 15`);
  });

  await t.test('keeps the list', async () => {
    await yours.page.reload();
    await yours.page.locator('li').nth(1).waitFor();
    assert.deepEqual(await yours.page.locator('cite').allTextContents(), [
      'The Last Unicorn',
      'Die unendliche Geschichte',
    ]);
  });

  await t.test('had no console error, no exception and no failed request', () => {
    // What the reload cut off is no fault.
    const faults = [...mine.faults, ...yours.faults].filter(
      (fault) => !/events net::ERR_ABORTED/.test(fault),
    );
    assert.deepEqual(faults, []);
  });

  await t.test('ends promptly while both listen', async () => {
    const begun = performance.now();
    assert.deepEqual(await server.stop(), { code: 0, signal: null });
    assert.ok(performance.now() - begun < 10_000, 'long before graceful_timeout, which is 30 s');
  });
});

test('the Django example works in a browser over ASGI', { skip: browserSkip }, async (t) => {
  const server = await serveDjangoExample(t, 'main', 'cookbook.asgi');
  const browser = await launchBrowser(t);
  for (const [sentence, visit] of visits) {
    await t.test(sentence, async (sub) => {
      const watched = await openPage(browser, server.url);
      await visit(watched, server, sub);
      assert.deepEqual(watched.faults, [], 'no console error, no exception, no failed request');
      await watched.page.context().close();
    });
  }
});

type Visit = (watched: WatchedPage, server: Server, t: TestContext) => Promise<void>;

const visits: [string, Visit][] = [
  ['shows the list and takes a note', noteOnRecipe],
  ['takes an upload', upload],
  ['shows the lines of a streaming answer as they are made', stream],
  ['goes on with other pages while a slow one is made', slow],
  ['works the admin: log in, add, delete, log out', admin],
];

async function noteOnRecipe({ page }: WatchedPage) {
  await page.goto('/');
  assert.equal(await page.locator('.cards li').count(), 9);
  await page.getByRole('link', { name: 'Crème brûlée' }).click();
  await page.getByLabel('Name').fill('Amélie');
  await page.getByLabel('Text').fill('<b>The crack</b> of the spoon');
  await page.getByRole('button', { name: 'Leave a note' }).click();
  await page.getByText('<b>The crack</b> of the spoon').waitFor();
}

async function upload({ page }: WatchedPage) {
  const buffer = Buffer.alloc(3_000_000, 'licorne ');
  await page.goto('/uploads/');
  await page
    .getByLabel('File')
    .setInputFiles({ name: 'Gemälde.bin', mimeType: 'application/octet-stream', buffer });
  await page.getByRole('button', { name: 'Upload' }).click();
  await page.getByText('Gemälde.bin has arrived: 3,000,000 bytes.').waitFor();
}

async function stream({ page }: WatchedPage) {
  const parts = await streamedParts(page);
  assert.equal(parts.join('').split('\n').length, 11);
  assert.ok(parts.length >= 5, `the ten lines came in ${parts.length} parts`);
}

async function slow({ page }: WatchedPage) {
  assert.equal((await orderOfAnswers(page, ['/', '/api/recipes/', '/uploads/'])).at(-1), SLOW_PAGE);
}

async function admin({ page }: WatchedPage) {
  await logInToAdmin(page);
  await page.goto('/admin/recipes/recipe/add/');
  for (const label of ['Title', 'Summary', 'Ingredients', 'Method']) {
    await page.getByLabel(`${label}:`).fill(`Toast with sugar (${label})`);
  }
  await page.locator('input[name=_continue]').click();
  await page.locator('.messagelist .success').waitFor();
  await deleteRecipe(page);
  await logOutOfAdmin(page);
}
