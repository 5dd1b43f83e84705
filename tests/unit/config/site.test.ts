import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diagnosticText } from '../../../src/cli/report.ts';
import { parseFlags } from '../../../src/config/flags.ts';
import { printToml } from '../../../src/config/print-toml.ts';
import { resolveSettings, type Resolution } from '../../../src/config/resolve.ts';
import { clientRuleOf } from '../../../src/config/site-tls.ts';

function resolve(toml: string): Resolution {
  return resolveSettings({ flags: parseFlags([]), env: {}, file: { path: 'licorne.toml', text: toml } });
}

const faults = (toml: string): string[] =>
  resolve(toml).diagnostics.map((one) => diagnosticText(one).trimEnd().replaceAll(/\n +/g, ' | '));

const sites = (toml: string): unknown[] => {
  const { diagnostics, sites: all } = resolve(toml);
  assert.deepEqual(diagnostics, [], toml);
  return all.map(({ hosts, isDefault, app }) => [hosts.join(' '), isDefault, app]);
};

test('without a table there is one site, for every host', () => {
  assert.deepEqual(sites(''), [['', true, 'app']]);
  assert.deepEqual(sites('[[site]]\n'), [['', true, 'app']]);
});

test('the default is the site that says so, else the first without hosts, else none', () => {
  const two = (first: string, second: string): unknown[] =>
    sites(`[[site]]\n${first}\n[[site]]\n${second}\n`);
  assert.deepEqual(two('hosts = ["a.test"]', ''), [
    ['a.test', false, 'app'],
    ['', true, 'app'],
  ]);
  assert.deepEqual(two('hosts = ["a.test"]', 'hosts = "b.test"\napp = "none"\ndefault = true'), [
    ['a.test', false, 'app'],
    ['b.test', true, null],
  ]);
  assert.deepEqual(two('hosts = ["a.test"]', 'hosts = ["b.test"]'), [
    ['a.test', false, 'app'],
    ['b.test', false, 'app'],
  ]);
});

test('names are kept as requests are compared with them', () => {
  assert.deepEqual(sites('[[site]]\nhosts = ["Example.COM.", "*.Bücher.example", "[::0:1]", "10.0.0.1"]\n'), [
    ['example.com *.xn--bcher-kva.example [::1] 10.0.0.1', false, 'app'],
  ]);
});

test('what is no name is told, with what was meant', () => {
  const hint = (host: string): string =>
    faults(`[[site]]\nhosts = [${JSON.stringify(host)}]\n`)
      .map((text) => text.split('hint     ')[1] ?? text)
      .join();
  assert.equal(hint('https://example.com/a'), 'write example.com');
  assert.equal(hint('example.com:8443'), 'write example.com: which port is asked does not count');
  assert.equal(hint('_'), 'for every other name write default = true');
  assert.equal(hint('*'), 'for every other name write default = true');
  assert.equal(hint('.example.com'), 'write "example.com", "*.example.com"');
  assert.equal(hint('www.*'), '* stands only at the beginning, before a dot');
  assert.equal(hint('~^a'), 'names are compared, no regular expressions: list them, or use *.example.com');
  assert.match(hint('a b'), /2:9: error: `site.hosts`: `a b` is not the name of a host/);
});

test('two sites for one host, two defaults and sites that nobody reaches are faults', () => {
  const text = (a: string, b: string): string => faults(`[[site]]\n${a}\n[[site]]\n${b}\n`).join();
  assert.match(
    text('hosts = ["a.test"]', 'hosts = ["A.test"]'),
    /4:9: error: two sites have the host `a.test`/,
  );
  assert.match(
    text('hosts = "a"\ndefault = true', 'hosts = "b"\ndefault = true'),
    /two sites are the default/,
  );
  assert.match(text('', 'headers = {}'), /3:3: error: no request reaches this site/);
  assert.match(
    faults('[[site]]\napp = "shop"\n').join(),
    /there is no application `shop` \| allowed  app \| hint     add a table \[apps.shop\]/,
  );
});

test('each site has its own locations, and those of flags are in all of them', () => {
  const toml = `[[site]]
hosts = ["a.test"]
[[site.location]]
path = "/a/"
app = "app"
[[site]]
[[site.location]]
path = "/b/"
app = "app"
`;
  const file = { path: 'licorne.toml', text: toml };
  const resolution = resolveSettings({ flags: parseFlags(['--static', '/s=x']), env: {}, file });
  assert.deepEqual(
    resolution.sites.map(({ locations }) => locations.map(({ path }) => path)),
    [
      ['/a/', '/s'],
      ['/b/', '/s'],
    ],
  );
  const again = resolve(printToml(resolution));
  assert.deepEqual(again.diagnostics, []);
  assert.deepEqual(
    again.sites.map(({ hosts, locations }) => [hosts, locations.map(({ path }) => path)]),
    resolution.sites.map(({ hosts, locations }) => [hosts, locations.map(({ path }) => path)]),
  );
});

test('a fault that is about all sites is told once', () => {
  const file = { path: 'licorne.toml', text: '[[site]]\nhosts = "a"\n[[site]]\nhosts = "b"\n' };
  const flags = parseFlags(['--static', '/s=']);
  assert.equal(resolveSettings({ flags, env: {}, file }).diagnostics.length, 1);
});

test('a site that asks for certificates names who signs them, and one that names them asks', () => {
  const site = (text: string): string[] => faults(`[[site]]\n${text}\n`);
  assert.deepEqual(site('client_ca = "a.pem"\nclient_verify = "optional"'), []);
  assert.match(
    site('client_verify = "required"').join(),
    /^licorne.toml:2:17: .*needs the authorities that are trusted/,
  );
  assert.match(site('client_ca = "a.pem"').join(), /nobody is asked.*client_verify = "required"/);
  assert.deepEqual(faults('[tls]\nclient_ca = "a.pem"\n[[site]]\nclient_verify = "required"\n'), []);
});

test('sites that ask for the same have one rule, and who asks what the server asks has none', () => {
  const server = { client_ca: 'a.pem', client_verify: 'optional' } as const;
  const names = [
    {},
    { client_verify: 'optional' },
    { client_verify: 'required' },
    { client_verify: 'required', client_ca: 'b.pem' },
    { client_verify: 'off', client_ca: 'b.pem' },
  ] as const;
  assert.deepEqual(
    names.map((said) => clientRuleOf(said, server).name),
    ['', '', 'required a.pem', 'required b.pem', 'off'],
  );
});
