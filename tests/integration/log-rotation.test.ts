// Log files put aside while many processes write to them: every line is in one of the files, whole, and once.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { launchPlain, servePlain } from '../helpers/plain.ts';

async function until(condition: () => boolean, what: string, withinMs = 15_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `${what} did not happen within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function files(folder: string, name: string): readonly string[] {
  return readdirSync(folder).filter((one) => one === name || one.startsWith(`${name}.`));
}

function textOf(folder: string, name: string): string {
  return files(folder, name)
    .map((one) => readFileSync(join(folder, one), 'utf8'))
    .join('');
}

test('under load no line of the access log or of the app is lost, doubled or torn', async (t) => {
  const folder = temporaryFolder(t);
  const server = launchPlain(t, 'errors_log', [
    ...['-w', '2', '--gateways', '2', '--threads', '2', '--log-max-size', '20k', '--log-keep', '0'],
    ...['--access-log', join(folder, 'access.log'), '--error-log', join(folder, 'error.log')],
  ]);
  const [, url = ''] = await server.waitForLog(/Listening on (http:\S+)/, 30_000);
  const sent = new Set<string>();
  const deadline = Date.now() + 20_000;
  let number = 0;
  const client = async (): Promise<void> => {
    while (files(folder, 'access.log').length < 3 || files(folder, 'error.log').length < 3) {
      assert.ok(Date.now() < deadline, `files: ${readdirSync(folder).join(' ')}`);
      number += 1;
      const mark = `mark-${number}-`;
      const response = await fetch(`${url}/?${mark}`);
      await response.arrayBuffer();
      sent.add(mark);
    }
  };
  await Promise.all(Array.from({ length: 8 }, client));
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
  const access = textOf(folder, 'access.log');
  for (const mark of sent) assert.equal(access.split(mark).length, 2, mark);
  assert.equal(access.trimEnd().split('\n').length, sent.size);
  for (const line of access.trimEnd().split('\n')) assert.match(line, /^127\.0\.0\.1 - - .* \d+\.\d+$/);
  const entries = textOf(folder, 'error.log').match(/^\[.*\[APP\] .*$/gm) ?? [];
  assert.ok(entries.length >= sent.size, `${entries.length} entries of the app for ${sent.size} requests`);
});

test('what the app prints goes to the new file, too, after USR1', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'error.log');
  const server = await servePlain(t, 'errors_log', ['--error-log', path]);
  await fetch(server.url);
  renameSync(path, `${path}.old`);
  process.kill(server.pid, 'SIGUSR1');
  await until(() => existsSync(path) && /opened anew/.test(readFileSync(path, 'utf8')), 'the new file');
  await until(() => {
    void fetch(server.url).catch(() => undefined);
    const text = readFileSync(path, 'utf8');
    return /\[APP\]/.test(text) && /stdout: printed/.test(text) && /stderr: printed/.test(text);
  }, 'what the app writes in each of its ways');
});

test('a reload can switch it on', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'access.log');
  const config = join(folder, 'licorne.toml');
  const text = `[log]\naccess_log = "access.log"\n`;
  writeFileSync(config, text);
  const server = await servePlain(t, 'hello', ['-c', config]);
  await fetch(server.url);
  await until(() => existsSync(path) && readFileSync(path, 'utf8') !== '', 'a line');
  writeFileSync(config, `${text}log_max_size = 10\nlog_keep = 1\n`);
  process.kill(server.pid, 'SIGHUP');
  await server.waitForLog(/access\.log was put aside as access\.log\.\d{8}-\d{6}/, 20_000);
  await until(() => files(folder, 'access.log').length === 2, 'the new file beside the old one');
});
