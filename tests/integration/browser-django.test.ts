import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { browserSkip, launchBrowser, openPage, type WatchedPage } from '../helpers/browser.ts';
import { serveDjangoExample } from '../helpers/examples.ts';
import {
  deleteRecipe,
  logInToAdmin,
  logOutOfAdmin,
  orderOfAnswers,
  SLOW_PAGE,
  streamedParts,
} from '../helpers/recipe-box.ts';
import type { Server } from '../helpers/server.ts';
import { type VenvName, venvSkip } from '../helpers/venv.ts';

for (const venv of ['main', 'django-newest'] satisfies VenvName[]) {
  test(`the Django example works in a browser (${venv})`, {
    skip: browserSkip || venvSkip(venv),
  }, async (t) => {
    const server = await serveDjangoExample(t, venv);
    const browser = await launchBrowser(t);
    for (const [sentence, visit] of visits) {
      await t.test(sentence, async () => {
        const watched = await openPage(browser, server.url);
        await visit(watched, server, t);
        assert.deepEqual(watched.faults, [], 'no console error, no exception, no failed request');
        await watched.page.context().close();
      });
    }
  });
}

type Visit = (watched: WatchedPage, server: Server, t: TestContext) => Promise<void>;

const visits: [string, Visit][] = [
  ['shows the list, its pages and a search, with the style sheet applied', list],
  ['shows a recipe and takes a note, which it escapes', noteOnRecipe],
  ['refuses a wrong password, takes the right one, saves a new recipe, logs out', newRecipe],
  ['takes an upload and gives the same bytes back', upload],
  ['shows the lines of a streaming answer as they are made', stream],
  ['goes on with other pages while a slow one is made', slow],
  ['shows the error page of a view that raises', error],
  ['tells the application where it is', tour],
  ['works the admin: log in, add, search, change, delete, log out', admin],
];

async function list({ page }: WatchedPage) {
  await page.goto('/');
  assert.equal(await page.title(), 'Recipe box');
  assert.equal(await page.locator('.cards li').count(), 9);
  const display = await page.evaluate(`getComputedStyle(document.querySelector('.cards')).display`);
  assert.equal(display, 'grid');
  await page.getByRole('link', { name: 'Next →' }).click();
  await page.getByText('Page 2 of 4').waitFor();
  await page.goto('/?page=4');
  assert.equal(await page.locator('.cards li').count(), 1);
  await page.getByPlaceholder('A dish').fill('crème');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByRole('heading', { name: 'Crème brûlée' }).waitFor();
}

async function noteOnRecipe({ page }: WatchedPage) {
  await page.goto('/');
  await page.getByRole('link', { name: 'Crème brûlée' }).click();
  await page.waitForURL('**/recipes/cr%C3%A8me-br%C3%BBl%C3%A9e/');
  await page.getByLabel('Name').fill('Amélie');
  await page.getByLabel('Text').fill('<b>The crack</b> of the spoon & more');
  await page.getByRole('button', { name: 'Leave a note' }).click();
  await page.getByText('Thank you for your note.').waitFor();
  await page.getByText('<b>The crack</b> of the spoon & more').waitFor();
}

async function newRecipe({ page }: WatchedPage) {
  await page.goto('/recipes/new/');
  await page.waitForURL('**/accounts/login/?next=/recipes/new/');
  await page.getByLabel('Username').fill('admin');
  await page.getByLabel('Password').fill('donkey');
  await page.locator('main').getByRole('button', { name: 'Log in' }).click();
  await page.getByText('Please enter a correct username and password').waitFor();
  await page.getByLabel('Password').fill('unicorn');
  await page.locator('main').getByRole('button', { name: 'Log in' }).click();
  await page.getByLabel('Title').fill('Tea');
  await page.getByLabel('Summary').fill('Hot, and in a pot.');
  await page.getByLabel('Ingredients').fill('Water\nTea');
  await page.getByLabel('Method').fill('Boil the water.\nPour it over.\nWait.');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Your recipe is in the box.').waitFor();
  assert.equal(await page.locator('ol li').count(), 3);
  await page.getByRole('button', { name: 'Log out admin' }).click();
  await page.getByRole('link', { name: 'Log in' }).waitFor();
}

async function upload({ page }: WatchedPage) {
  const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 31) % 251));
  const digest = createHash('sha256').update(bytes).digest('hex');
  await page.goto('/uploads/');
  await page
    .getByLabel('File')
    .setInputFiles({ name: 'Gemälde.bin', mimeType: 'application/octet-stream', buffer: bytes });
  await page.getByRole('button', { name: 'Upload' }).click();
  await page.getByText('Gemälde.bin has arrived: 3,000,000 bytes.').waitFor();
  assert.equal(await page.locator('td.number').first().textContent(), '3000000');
  assert.equal(await page.locator('td code').first().getAttribute('title'), digest);
  const href = (await page.locator('td a').first().getAttribute('href')) ?? '';
  const answer = await page.request.get(href);
  assert.equal(answer.status(), 200);
  assert.equal(
    createHash('sha256')
      .update(await answer.body())
      .digest('hex'),
    digest,
  );
}

async function stream({ page }: WatchedPage) {
  const parts = await streamedParts(page);
  assert.equal(parts.join('').split('\n').length, 11);
  assert.ok(parts.length >= 5, `the ten lines came in ${parts.length} parts`);
}

async function slow({ page }: WatchedPage) {
  assert.equal((await orderOfAnswers(page, ['/', '/api/recipes/'])).at(-1), SLOW_PAGE);
}

async function error({ page, forget, faults }: WatchedPage, server: Server) {
  const response = await page.goto('/tour/error/');
  assert.equal(response?.status(), 500);
  assert.match(await page.title(), /^KeyError at \/tour\/error\//);
  await server.waitForLog(/KeyError: 'tea'/);
  assert.ok(
    faults.every((fault) => fault.includes('500')),
    faults.join('\n'),
  );
  forget();
}

async function tour({ page }: WatchedPage) {
  await page.goto('/tour/');
  const row = (name: string) => page.locator('tr', { hasText: name }).locator('td').textContent();
  assert.match((await row('SERVER_SOFTWARE')) ?? '', /licorne/i);
  assert.equal(await row('SERVER_PROTOCOL'), 'HTTP/1.1');
  assert.equal(await row('REMOTE_ADDR'), '127.0.0.1');
  assert.equal(await row('wsgi.multithread'), 'True');
  assert.equal(await row('wsgi.multiprocess'), 'True');
  await page.getByRole('link', { name: 'JSON' }).click();
  assert.match((await page.textContent('body')) ?? '', /"count": \d+/);
}

async function admin({ page }: WatchedPage) {
  await logInToAdmin(page);
  await page.goto('/admin/recipes/recipe/add/');
  for (const [label, value] of [
    ['Title', 'Toast with sugar'],
    ['Summary', 'For bad days.'],
    ['Ingredients', 'Bread\nButter\nSugar'],
    ['Method', 'Toast.\nSpread.\nSprinkle.'],
  ] as const) {
    await page.getByLabel(`${label}:`).fill(value);
  }
  await page.locator('input[name=_save]').click();
  await page.locator('.messagelist .success').waitFor();
  await page.goto('/admin/recipes/recipe/?q=sugar');
  await page.getByRole('link', { name: 'Toast with sugar' }).first().click();
  await page.getByLabel('Minutes:').fill('7');
  await page.locator('input[name=_continue]').click();
  await page.locator('.messagelist .success').waitFor();
  assert.equal(await page.getByLabel('Minutes:').inputValue(), '7');
  await deleteRecipe(page);
  await page.goto('/admin/recipes/upload/');
  await logOutOfAdmin(page);
}
