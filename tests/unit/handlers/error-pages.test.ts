import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { ErrorPages } from '../../../src/handlers/error-pages.ts';
import { Log, type LogLevel } from '../../../src/telemetry/log.ts';
import { FakeSink } from './fake-exchange.ts';

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'licorne-pages-'));
  t.after(() => rmSync(dir, { recursive: true }));
  return dir;
}

function load(
  files: Record<string, string>,
  level: LogLevel = 'info',
): { pages: ErrorPages; lines: string[] } {
  const lines: string[] = [];
  const pages = new ErrorPages(files, new Log({ level, format: 'text', write: (line) => lines.push(line) }));
  return { pages, lines };
}

function answered(pages: ErrorPages, status: number): FakeSink {
  const sink = new FakeSink();
  pages.respond(sink, status, 'A detail.');
  return sink;
}

test('a page stands in the place of our own, of one status or of all of a kind', (t) => {
  const dir = folder(t);
  writeFileSync(join(dir, '404.html'), 'gone');
  writeFileSync(join(dir, '5xx.html'), 'sorry');
  const { pages, lines } = load({ 404: join(dir, '404.html'), '5xx': join(dir, '5xx.html') });
  assert.deepEqual([answered(pages, 404).text, answered(pages, 503).text, lines], ['gone', 'sorry', []]);
  assert.match(answered(pages, 403).text, /A detail\./);
  const program = new FakeSink();
  pages.respond(program, 404, 'A detail.', { json: true });
  assert.equal(program.text, 'gone', 'for programs, too');
});

test('a page that is not there was told when the configuration was read, and is told no second time', (t) => {
  const dir = folder(t);
  const files = { 404: join(dir, 'none.html'), 500: dir };
  assert.deepEqual(load(files).lines, []);
  const { pages, lines } = load(files, 'debug');
  assert.match(lines.join(''), /The error page for 404, .*none\.html, is not used: there is no such file/);
  assert.match(answered(pages, 404).text, /A detail\./);
});

test('what else keeps a page from being used is told in words', (t) => {
  const dir = folder(t);
  writeFileSync(join(dir, 'large.html'), Buffer.alloc(1_048_577));
  writeFileSync(join(dir, 'closed.html'), '');
  chmodSync(join(dir, 'closed.html'), 0o000);
  const { lines } = load({ 404: join(dir, 'large.html'), 500: join(dir, 'closed.html') });
  assert.match(
    lines[0] ?? '',
    /WARNING\] The error page for 404, .*large\.html, is not used: it is larger than/,
  );
  if (process.geteuid?.() !== 0) assert.match(lines[1] ?? '', /this user may not read it/);
  assert.doesNotMatch(lines.join(''), /EACCES|ENOENT/);
});
