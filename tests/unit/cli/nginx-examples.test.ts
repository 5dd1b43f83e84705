import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { main } from '../../../src/cli/main.ts';
import { fakeTerminal } from './fake-terminal.ts';

const ROOT = join(import.meta.dirname, '../../..');
const PROJECT = { 'media/a.png': '', 'errors/50x.html': '', 'mysite/wsgi.py': '' };

function examples(page: string): readonly string[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/```toml\n([^]*?)```/g)].map(([, example = '']) => example);
}

async function explained(toml: string, url: string, ...flags: readonly string[]): Promise<string> {
  const terminal = fakeTerminal({ ...PROJECT, 'licorne.toml': toml });
  assert.equal(await main(['explain', url, ...flags], terminal), 0, terminal.stderr);
  return terminal.stdout.replaceAll(/  +/g, '  ');
}

test('the configurations for production in the pages are sound', async () => {
  const all = [...examples('README.md'), ...examples('docs/nginx.md')];
  assert.equal(all.length, 3);
  for (const text of all) {
    const terminal = fakeTerminal({ ...PROJECT, 'licorne.toml': text });
    assert.equal(await main(['check'], terminal), 0, `${text}\n${terminal.stderr}`);
    assert.doesNotMatch(terminal.stderr, /error:|warning:/);
  }
});

test('the one that takes the place of nginx answers as nginx did', async () => {
  const [whole = '', short = ''] = examples('docs/nginx.md');
  assert.ok(short.trimEnd().split('\n').length < 10);
  const moved = await explained(whole, 'https://www.example.com/a?b=1');
  assert.match(moved, /^certificate {2}ordered by itself: example\.com, www\.example\.com\n/);
  assert.match(moved, /\nanswer {2}redirect, 301, to https:\/\/example\.com\/a\?b=1\n/);
  assert.match(
    await explained(whole, 'http://example.com/'),
    /\nbut {2}by https_redirect plain HTTP is sent to https, 308\n/,
  );
  assert.match(
    await explained(whole, 'https://example.com/media/a.png'),
    /\nanswer {2}files: a\.png in media /,
  );
  const admin = 'https://example.com/admin/';
  assert.match(await explained(whole, admin, '--client', '192.0.2.7'), /is let in: allow 192\.0\.2\.0\/24/);
  assert.match(await explained(whole, admin, '--client', '198.51.100.1'), /gets 403: deny all/);
  assert.match(
    await explained(whole, 'https://example.com/accounts/login/'),
    /\nrate {2}10\/m, 5 at once, counted by client; more get 429\nanswer {2}the application app, mysite\.wsgi\n/,
  );
  assert.match(await explained(whole, 'https://other.example/'), /\nanswer {2}421\n/);
});
