// The projects under examples/, served from a copy of their data so that the checkout stays as it is.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { atEnd } from './at-end.ts';
import { root } from './paths.ts';
import { type Server, startLicorne } from './server.ts';
import { type VenvName, venvPython } from './venv.ts';

/** A folder that is gone at the end of the test, when the processes are that were started after it was made. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'licorne test '));
  atEnd(t, () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Where an example is started, and with which environment. */
export interface Prepared {
  cwd: string;
  env: Record<string, string>;
}

/** The recipe box with its demo data, on a Django of choice, over WSGI or ASGI. */
export function serveDjangoExample(
  t: TestContext,
  venv: VenvName,
  target = 'cookbook.wsgi',
  more: readonly string[] = [],
): Promise<Server> {
  return startLicorne(
    t,
    [target, '-b', '127.0.0.1:0', '-w', '2', '--threads', '4', '--python', venvPython(venv), ...more],
    prepareDjangoExample(t, venv),
  );
}

/** The recipe box with its demo data. */
export function prepareDjangoExample(t: TestContext, venv: VenvName = 'main'): Prepared {
  const data = temporaryFolder(t);
  const cwd = join(root, 'examples', 'django');
  const env = { DATABASE: join(data, 'db.sqlite3'), MEDIA_ROOT: join(data, 'media') };
  for (const args of [['migrate', '--verbosity', '0'], ['seed']]) {
    const { status, stderr } = spawnSync(venvPython(venv), ['manage.py', ...args], {
      cwd,
      env: { ...process.env, ...env },
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`manage.py ${args[0]} failed: ${stderr}`);
  }
  return { cwd, env };
}

/**
 * Environment of a Django project whose settings insist on https and have nothing about a proxy in them: what the server says of
 * a request has to be right, or every page is redirected to itself.
 */
export function insistOnHttps(t: TestContext, settings: string): Record<string, string> {
  const folder = temporaryFolder(t);
  const lines = [
    `from ${settings} import *`,
    'SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True',
    'SECURE_PROXY_SSL_HEADER = None',
  ];
  writeFileSync(join(folder, 'https_settings.py'), `${lines.join('\n')}\n`);
  return { DJANGO_SETTINGS_MODULE: 'https_settings', PYTHONPATH: folder };
}

/** The guest book, empty. */
export function serveFlaskExample(t: TestContext): Promise<Server> {
  const env = { DATABASE: join(temporaryFolder(t), 'guestbook.sqlite3') };
  return startLicorne(t, ['app:app', '-b', '127.0.0.1:0', '--threads', '4', '--python', venvPython()], {
    cwd: join(root, 'examples', 'flask'),
    env,
  });
}

/** The reading list, empty. */
export function serveFastApiExample(t: TestContext): Promise<Server> {
  const args = ['main:app', '-b', '127.0.0.1:0', '--python', venvPython()];
  return startLicorne(t, args, prepareFastApiExample(t));
}

export function prepareFastApiExample(t: TestContext): Prepared {
  const env = { DATABASE: join(temporaryFolder(t), 'books.sqlite3') };
  return { cwd: join(root, 'examples', 'fastapi'), env };
}

/** The chat: pages and WebSockets by its licorne.toml. */
export function serveChannelsExample(t: TestContext): Promise<Server> {
  return startLicorne(t, ['-b', '127.0.0.1:0', '--python', venvPython()], {
    cwd: join(root, 'examples', 'channels'),
  });
}
