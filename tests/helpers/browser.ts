// A real Chromium, and a page that remembers everything that went wrong in it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import chromiumPackage from '@sparticuz/chromium';
import { type Browser, chromium, type Page } from 'playwright-core';
import { root } from './paths.ts';
import { venvPython } from './venv.ts';

/** The browser that comes with the development packages is built for Linux. */
export const browserSkip = process.platform === 'linux' ? false : 'the tests’ browser runs on Linux only';

export interface BrowserOptions {
  /** Path of the certificate of an authority that is trusted besides those of the browser: by its user, as a person would do it. */
  authority?: string;
}

/** A browser for one test, closed at its end. */
export async function launchBrowser(t: TestContext, { authority }: BrowserOptions = {}): Promise<Browser> {
  const home = authority === undefined ? undefined : homeThatTrusts(t, authority);
  const browser = await chromium.launch({
    executablePath: await executable(),
    args: ['--no-sandbox', '--disable-dev-shm-usage'], // the tests may run as root, and in a container
    ...(home === undefined ? {} : { env: { ...process.env, HOME: home } }),
  });
  t.after(() => browser.close());
  return browser;
}

/** The home of somebody whose browser trusts this authority, gone at the end of the test. */
function homeThatTrusts(t: TestContext, authority: string): string {
  const home = mkdtempSync(join(tmpdir(), 'licorne-home-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const database = join(home, '.pki', 'nssdb');
  mkdirSync(database, { recursive: true });
  const script = join(root, 'tests', 'helpers', 'nss_trust.py');
  const { status, stderr } = spawnSync(venvPython(), [script, database, authority], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The authority could not be made known to the browser: ${stderr}`);
  return home;
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
