import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { browserSkip, launchBrowser, openPage } from '../helpers/browser.ts';
import { serveFlaskExample } from '../helpers/examples.ts';

test('the Flask example works in a browser', { skip: browserSkip }, async (t) => {
  const server = await serveFlaskExample(t);
  const { page, faults, forget } = await openPage(await launchBrowser(t), server.url);

  await t.test('takes an entry, which it escapes', async () => {
    await page.goto('/');
    await page.getByText('Nobody yet.').waitFor();
    await page.getByLabel('Name').fill('Zoë');
    await page.getByLabel('Text').fill('<i>Hello</i> from a browser');
    await page.getByRole('button', { name: 'Sign' }).click();
    await page.getByText('Thank you, Zoë.').waitFor();
    await page.getByText('<i>Hello</i> from a browser').waitFor();
  });

  await t.test('takes an upload', async () => {
    const bytes = Buffer.alloc(1_000_000, 'licorne ');
    await page.getByRole('link', { name: 'Upload' }).click();
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'a.bin', mimeType: 'text/plain', buffer: bytes });
    await page.getByRole('button', { name: 'Upload' }).click();
    await page.getByText('1000000 bytes').waitFor();
    await page.getByText(createHash('sha256').update(bytes).digest('hex')).waitFor();
  });

  await t.test('shows a streamed, a slow and a JSON answer', async () => {
    await page.goto('/stream?lines=5');
    assert.match((await page.textContent('body')) ?? '', /5 of 5/);
    await page.goto('/slow?seconds=1');
    assert.match((await page.textContent('body')) ?? '', /This took 1 seconds/);
    await page.goto('/entries.json');
    assert.match((await page.textContent('body')) ?? '', /Zo/);
  });

  await t.test('had no console error, no exception and no failed request', () => {
    assert.deepEqual(faults, []);
  });

  await t.test('answers 500 when a view raises', async () => {
    const response = await page.goto('/error');
    assert.equal(response?.status(), 500);
    await server.waitForLog(/KeyError: 'tea'/);
    forget();
  });
});
