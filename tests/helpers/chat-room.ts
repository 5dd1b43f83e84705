// What a person does on the pages of the Channels example.
import type { Page } from 'playwright-core';

export async function enterRoom(page: Page, name: string, room: string): Promise<void> {
  await page.goto('/');
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Room').fill(room);
  await page.getByRole('button', { name: 'Enter' }).click();
  await page.getByText('connected', { exact: true }).waitFor();
  await page.getByText(`${name} came`).waitFor();
}

export async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message').fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
}
