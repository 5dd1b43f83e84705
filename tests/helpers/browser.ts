// A real Chromium, and a page that remembers everything that went wrong in it.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import chromiumPackage from '@sparticuz/chromium';
import { type Browser, chromium, type Page } from 'playwright-core';
import { root } from './paths.ts';

/** The browser that comes with the development packages is built for Linux. */
export const browserSkip = process.platform === 'linux' ? false : 'the tests’ browser runs on Linux only';

/** A browser for one test, closed at its end. */
export async function launchBrowser(t: TestContext): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: await executable(),
    args: ['--no-sandbox', '--disable-dev-shm-usage'], // the tests may run as root, and in a container
  });
  t.after(() => browser.close());
  return browser;
}

export interface WatchedPage {
  page: Page;
  /** Console errors, exceptions, failed requests and answers of 400 and above; emptied by `forget`. */
  faults: string[];
  forget: () => void;
}

/** A page in a fresh profile (no cookies). */
export async function openPage(browser: Browser, baseURL: string): Promise<WatchedPage> {
  const context = await browser.newContext({ baseURL, acceptDownloads: true });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? '';
    // A page that is left takes its unfinished pictures and scripts along: the browser gave them up, the server did not fail.
    const gaveUp = reason === 'net::ERR_ABORTED' && !request.isNavigationRequest();
    if (!gaveUp) faults.push(`failed: ${request.url()} ${reason}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`);
  });
  return { page, faults, forget: () => faults.splice(0) };
}

/** Unpacks the browser into .build/ once; several test files may come here at the same time. */
async function executable(): Promise<string> {
  const folder = join(root, '.build', 'browser');
  if (!existsSync(folder)) {
    const fresh = `${folder}.${process.pid}`;
    mkdirSync(fresh, { recursive: true });
    await unpackInto(fresh);
    try {
      renameSync(fresh, folder);
    } catch {
      rmSync(fresh, { recursive: true, force: true }); // another was first
    }
  }
  return join(folder, 'chromium');
}

/** The package unpacks into the system's folder for temporary files, whatever that is at the time. */
async function unpackInto(folder: string): Promise<void> {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = folder;
  try {
    await chromiumPackage.executablePath();
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}
