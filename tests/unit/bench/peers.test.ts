import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Peer, PEERS, type Plan } from '../../../bench/peers.ts';

const dir = mkdtempSync(join(tmpdir(), 'licorne-peers-'));
after(() => rmSync(dir, { recursive: true, force: true }));
const plan: Plan = {
  dir,
  port: 4711,
  target: 'app:application',
  interface: 'wsgi',
  workers: 4,
  preload: false,
  files: null,
};
const words = (peer: Peer, wanted: Plan) =>
  peer.launch(wanted).map(({ command, args }) => [command, ...args].join(' '));

test('every server is told where to listen, in words or in a file of its folder', () => {
  for (const [name, peer] of Object.entries(PEERS)) {
    const commands = words(peer, plan);
    assert.ok(
      commands.some((command) => command.includes('4711') || command.includes(dir)),
      name,
    );
  }
});

test('nobody shares a memory of the application unless preload is asked for', () => {
  for (const name of ['licorne', 'gunicorn sync', 'nginx + gunicorn'] as const) {
    assert.doesNotMatch(words(PEERS[name], plan).join(), /--preload/);
    assert.match(words(PEERS[name], { ...plan, preload: true }).join(), /--preload/);
  }
  assert.match(words(PEERS.uWSGI, plan).join(), /--lazy-apps/);
  assert.doesNotMatch(words(PEERS.uWSGI, { ...plan, preload: true }).join(), /--lazy-apps/);
});

test('nginx in front gets a file of its own, and the server behind it a socket', () => {
  const [back, front] = words(PEERS['nginx + gunicorn'], plan);
  assert.match(back ?? '', /unix:.*back\.sock/);
  assert.match(front ?? '', /nginx\.conf/);
});
