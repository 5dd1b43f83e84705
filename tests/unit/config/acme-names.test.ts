import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFlags } from '../../../src/config/flags.ts';
import { resolveSettings } from '../../../src/config/resolve.ts';

const errors = (...argv: string[]): string[] =>
  resolveSettings({
    flags: parseFlags(argv),
    env: {},
    file: null,
    base: [{ name: 'target', raw: 'a', origin: { kind: 'default' } }],
  })
    .diagnostics.filter((one) => one.severity === 'error')
    .map((one) => `${one.message}${one.hint === null ? '' : ` (${one.hint})`}`);

test('certificates are ordered for host names, in any script', () => {
  for (const good of [
    'example.com',
    'EXAMPLE.com.',
    'bücher.example',
    'xn--bcher-kva.example',
    'a,b.example',
    'intranet',
  ])
    assert.deepEqual(errors('--domain', good), [], good);
});

test('what no authority certifies is refused in words', () => {
  for (const [text, pattern] of [
    ['https://example.com/', /a URL, not a name \(write example\.com\)/],
    ['example.com/shop', /a URL, not a name \(write example\.com\)/],
    ['example.com:443', /has a port/],
    ['192.0.2.1', /is an address \(certificates are ordered for names/],
    ['[2001:db8::1]', /is an address/],
    ['*.example.com', /dns-01.*\(name each host/],
    ['localhost', /licorne dev --https/],
    ['app.localhost', /licorne dev --https/],
    ['exa mple.com', /not a host name/],
    ['-a.example', /not a host name/],
    [`${'a'.repeat(64)}.example`, /not a host name/],
    ['a..example', /not a host name/],
  ] as const) {
    const [error = ''] = errors('--domain', text);
    assert.match(error, pattern, text);
  }
  assert.match(errors('--domain', 'a.example', '--domain', 'A.example.')[0] ?? '', /given twice/);
  const many = Array.from({ length: 101 }, (_, at) => `h${at}.example`).join(',');
  assert.match(errors('--domain', many)[0] ?? '', /101 names are too many/);
});

test('the authority is asked over https, or on this machine', () => {
  for (const url of [
    'https://ca.internal:9000/acme/acme/directory',
    'http://127.0.0.1:4001/directory',
    'http://localhost/',
  ])
    assert.deepEqual(errors('--acme-directory', url), [], url);
  for (const url of ['http://ca.internal/', 'ca.internal', 'https://a:b@ca.internal/', 'file:///etc/passwd'])
    assert.match(errors('--acme-directory', url)[0] ?? '', /cannot be the directory/, url);
  assert.match(
    errors('--acme-staging', '--acme-directory', 'https://ca.internal/')[0] ?? '',
    /Let’s Encrypt/,
  );
});

test('other faults of [acme] are told', () => {
  assert.match(errors('--acme-email', 'ops')[0] ?? '', /not an address/);
  assert.match(errors('--acme-challenges', 'dns-01')[0] ?? '', /none of the kinds \(records in the DNS/);
  assert.match(errors('--acme-challenges', 'http-01,http-01')[0] ?? '', /once/);
  assert.match(errors('--acme-eab-kid', 'a')[0] ?? '', /belong together/);
  assert.match(errors('--acme-eab-kid', 'a', '--acme-eab-key', 'a b')[0] ?? '', /base64url/);
});
