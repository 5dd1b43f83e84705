import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { rootCertificates } from 'node:tls';
import { acmeFolder, acmePlan } from '../../../src/cli/acme-plan.ts';
import { parseFlags } from '../../../src/config/flags.ts';
import { DEFAULT_SETTINGS } from '../../../src/config/options.ts';
import { type Resolution, resolveSettings } from '../../../src/config/resolve.ts';

function resolved(argv: readonly string[], toml = ''): Resolution {
  const file = toml === '' ? null : { path: 'licorne.toml', text: toml };
  const base = [{ name: 'target', raw: 'a', origin: { kind: 'default' } }] as const;
  return resolveSettings({ flags: parseFlags(argv), env: {}, file, base });
}

const plan = (argv: readonly string[], toml?: string): ReturnType<typeof acmePlan> =>
  acmePlan(resolved(argv, toml), { HOME: '/home/me' }, '1.2.3');

test('without domains nothing is ordered, and nothing else changes', () => {
  assert.equal(plan([]), null);
  assert.deepEqual(resolved([]).settings.bind, DEFAULT_SETTINGS.bind);
});

test('domains are one certificate, each site with tls = "auto" is another, and no name is in two', () => {
  const sites = `
[[site]]
hosts = ["Shop.example", "www.shop.example", "example.com"]
tls = "auto"

[[site]]
hosts = ["files.example"]
tls = "manual"

[[site]]
hosts = ["bücher.example"]
tls = "auto"
`;
  assert.deepEqual(plan(['--domain', 'Example.com,www.example.com'], sites)?.wanted, [
    ['example.com', 'www.example.com'],
    ['shop.example', 'www.shop.example'],
    ['xn--bcher-kva.example'],
  ]);
});

test('a site whose certificate cannot be had says so at its place', () => {
  const faults = (toml: string): string[] =>
    resolved([], toml).diagnostics.map(({ where, message }) => {
      const at = where?.kind === 'file' ? `${where.line}:${where.column} ` : '';
      return `${at}${message}`;
    });
  assert.match(
    faults('[[site]]\ntls = "auto"\n')[0] ?? '',
    /^2:\d+ `tls = "auto"` in a site without `hosts`/,
  );
  assert.match(
    faults('[[site]]\nhosts = ["a.example"]\ntls = "auto"\ncertificate = "a.pem"\n').join('\n'),
    /^3:\d+ `tls = "auto"` beside `certificate`/m,
  );
  assert.match(faults('[[site]]\nhosts = ["*.a.example"]\ntls = "auto"\n')[0] ?? '', /^2:\d+ .*dns-01/);
});

test('a developer’s server orders nothing', () => {
  assert.equal(plan(['--domain', 'example.com', '--reload']), null);
});

test('staging is another authority', () => {
  assert.match(
    plan(['--domain', 'a.example'])?.authority.directory ?? '',
    /^https:\/\/acme-v02\.api\.letsencrypt\.org/,
  );
  assert.match(
    plan(['--domain', 'a.example', '--acme-staging'])?.authority.directory ?? '',
    /^https:\/\/acme-staging-v02\./,
  );
});

test('the kind of challenge that a listener can answer comes first', () => {
  const types = (...binds: string[]): readonly string[] =>
    plan(['--domain', 'a.example', ...binds.flatMap((bind) => ['--bind', bind])])?.authority.types ?? [];
  assert.deepEqual(types(':80', ':443'), ['http-01', 'tls-alpn-01']);
  assert.deepEqual(types(':443'), ['tls-alpn-01', 'http-01']);
  assert.deepEqual(types(':80'), ['http-01', 'tls-alpn-01']);
  assert.deepEqual(types(':8443'), ['http-01', 'tls-alpn-01']);
});

test('the folder is the one that was named, the service’s, or the user’s', () => {
  const folder = (env: Record<string, string>, dir = ''): string =>
    acmeFolder({ ...DEFAULT_SETTINGS, acme_dir: dir }, { HOME: '/home/me', ...env });
  assert.equal(folder({}), '/home/me/.local/state/licorne/acme');
  assert.equal(folder({ XDG_STATE_HOME: '/home/me/state' }), '/home/me/state/licorne/acme');
  assert.equal(
    folder({ STATE_DIRECTORY: '/var/lib/shop:/var/lib/other', XDG_STATE_HOME: '/x' }),
    '/var/lib/shop/acme',
  );
  assert.equal(folder({ STATE_DIRECTORY: '/var/lib/shop' }, '/srv/acme'), '/srv/acme');
});

test('the root of the authority is read, and told when it is not there', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'acme-plan-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, 'root.pem');
  writeFileSync(file, rootCertificates[0] ?? '');
  assert.equal(plan(['--domain', 'a.example', '--acme-ca', file])?.authority.ca, rootCertificates[0]);
  writeFileSync(file, 'nonsense');
  assert.throws(() => plan(['--domain', 'a.example', '--acme-ca', file]), /acme_ca.*no certificate/);
  assert.throws(() => plan(['--domain', 'a.example', '--acme-ca', join(dir, 'none')]), /acme_ca.*none/);
});
