import assert from 'node:assert/strict';
import { test } from 'node:test';
import { main } from '../../../src/cli/main.ts';
import { withoutManager } from '../../../src/control/notify.ts';
import { resolved } from '../config/resolved.ts';
import { fakeTerminal } from './fake-terminal.ts';

const TOML = `[app]
target = "app:app"
env = { SECRET_KEY = "hush-1", DATABASE_URL = "postgres://ada:hush-2@db/app", DEBUG = "0" }
[tls]
certificate_key_password = "hush-3"
[acme]
acme_eab_kid = "1"
acme_eab_key = "hush-4"
[upstreams.back]
peers = ["http://127.0.0.1:1", "http://127.0.0.1:2"]
sticky = "peer"
sticky_secret = "hush-5-and-more-of-it"
[[site]]
basic_auth_users = { ada = "$2y$05$hush6hush6hush6hush6hush6hush6hush6hush6hush6hush6abc" }
headers = { X-Api-Token = "hush-7", X-Frame-Options = "DENY" }
[[site.location]]
path = "/"
proxy = "back"
`;
const FILES = { 'licorne.toml': TOML };

async function printed(line: string, env: Record<string, string> = {}, files = FILES): Promise<string> {
  const terminal = fakeTerminal(files, env);
  await main(line.split(' '), terminal);
  return `${terminal.stdout}${terminal.stderr}`;
}

test('no secret is shown wherever settings are shown', async () => {
  for (const line of [
    'config show',
    'config explain certificate_key_password',
    'config explain acme_eab_key',
    'config explain env',
    'config explain site.basic_auth_users',
    'explain http://localhost/',
    '--print-config',
  ])
    assert.doesNotMatch(await printed(line), /hush/, line);
  const all = await printed('config show');
  assert.match(all, /^certificate_key_password += "\(set\)"/m);
  assert.match(all, /SECRET_KEY = "\(set\)"/);
  assert.match(all, /"?DATABASE_URL"? = "postgres:\/\/ada:\(set\)@db\/app"/);
  assert.match(all, /DEBUG = "0"/);
  assert.match(all, /X-Frame-Options = "DENY"/);
});

test('what stands for a secret is not taken for one', async () => {
  const terminal = fakeTerminal(FILES, {});
  await main(['--print-config'], terminal);
  const again = resolved(terminal.stdout);
  const faults = again.diagnostics.filter(({ severity }) => severity === 'error');
  const about = ['env', 'certificate_key_password', 'acme_eab_key', 'sticky_secret', 'basic_auth_users'];
  for (const name of about)
    assert.ok(
      faults.some(({ message }) => message.includes(name) && message.includes('`(set)`')),
      `${name}: ${JSON.stringify(faults)}`,
    );
});

test('a secret may be in a file that the environment names', async () => {
  const files = { 'licorne.toml': '', '/run/secrets/eab': 'hush-8\n' };
  const env = { LICORNE_ACME_EAB_KID: '1', LICORNE_ACME_EAB_KEY_FILE: '/run/secrets/eab' };
  const shown = await printed('config explain acme_eab_key app:app', env, files);
  assert.match(shown, /value +"\(set\)"/);
  assert.doesNotMatch(shown, /hush|warning|error/);
  const missing = await printed('config show', { LICORNE_ACME_EAB_KEY_FILE: '/nowhere' }, files);
  assert.match(missing, /LICORNE_ACME_EAB_KEY_FILE: the file \/nowhere cannot be read/);
  const both = await printed('config show', { ...env, LICORNE_ACME_EAB_KEY: 'x' }, files);
  assert.match(both, /LICORNE_ACME_EAB_KEY and LICORNE_ACME_EAB_KEY_FILE are both set/);
});

test('processes of ours and of others do not inherit our secrets', () => {
  const env = { LICORNE_CERTIFICATE_KEY_PASSWORD: 'a', LICORNE_ACME_EAB_KEY_FILE: 'b', LICORNE_WORKERS: '2' };
  assert.deepEqual(withoutManager(env), { LICORNE_WORKERS: '2' });
});
