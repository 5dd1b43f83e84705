// What a person does on the pages of the Django example, the same over WSGI and ASGI.
import type { Page } from 'playwright-core';

export async function logInToAdmin(page: Page): Promise<void> {
  await page.goto('/admin/');
  await page.getByLabel('Username').fill('admin');
  await page.getByLabel('Password').fill('unicorn');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: 'Site administration' }).waitFor();
}

export async function logOutOfAdmin(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('link', { name: 'Log in' }).waitFor();
}

/** Deletes the recipe that is open for a change. */
export async function deleteRecipe(page: Page): Promise<void> {
  await page.goto(page.url().replace(/change\/.*/, 'delete/'));
  await page.locator('#content form [type=submit]').last().click();
  await page.getByText('was deleted successfully').waitFor();
}

/** An answer of ten lines that streams, in the parts that a page gets. */
export async function streamedParts(page: Page): Promise<readonly string[]> {
  await page.goto('/tour/');
  return page.evaluate(async () => {
    const response = await fetch('/tour/stream/?lines=10');
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    const seen: string[] = [];
    for (;;) {
      const part = await reader?.read();
      if (!part || part.done) return seen;
      seen.push(part.value);
    }
  });
}

export const SLOW_PAGE = '/tour/slow/?seconds=2';

/** Asks for a slow page and for others at once; the addresses in the order in which they were answered. */
export async function orderOfAnswers(page: Page, others: readonly string[]): Promise<readonly string[]> {
  await page.goto('/tour/');
  return page.evaluate(
    async (addresses) => {
      const done: string[] = [];
      await Promise.all(
        addresses.map(async (address) => {
          await (await fetch(address)).text();
          done.push(address);
        }),
      );
      return done;
    },
    [SLOW_PAGE, ...others],
  );
}
