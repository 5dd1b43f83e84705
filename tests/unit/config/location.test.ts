import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diagnosticText } from '../../../src/cli/report.ts';
import { parseFlags } from '../../../src/config/flags.ts';
import { LOCATION_KEY_NAMES } from '../../../src/config/location-keys.ts';
import { resolveSettings, type Resolution } from '../../../src/config/resolve.ts';

const APPS = '[apps.chat]\ntarget = "c"\n';

function resolve(toml: string): Resolution {
  const file = { path: 'licorne.toml', text: `${APPS}${toml}` };
  return resolveSettings({ flags: parseFlags([]), env: {}, file });
}

const KEYS = LOCATION_KEY_NAMES.join(', ');

const faults = (toml: string): string[] =>
  resolve(toml)
    .diagnostics.filter((one) => one.severity === 'error')
    .map((one) => diagnosticText(one).trimEnd().replaceAll(/\n +/g, ' | '));
const locations = (toml: string): string[] => {
  const resolution = resolve(toml);
  assert.deepEqual(resolution.diagnostics, [], toml);
  return resolution.locations.map(({ path, app }) => `${path} ${app}`);
};
const site = (...tables: readonly string[]): string =>
  ['[[site]]', ...tables.map((table) => `[[site.location]]\n${table}`)].join('\n');

test('without a location everything is for the main application', () => {
  assert.deepEqual(resolveSettings({ flags: parseFlags([]), env: {}, file: null }).locations, []);
});

test('locations are given the longest path first, whatever their order in the file', () => {
  const toml = site(
    'path = "/"\napp = "chat"',
    'path = "/ws/admin/"\napp = "app"',
    'path = "/ws/"\napp = "chat"',
    'path = "/é"\napp = "chat"',
  );
  assert.deepEqual(locations(toml), ['/ws/admin/ app', '/ws/ chat', '/é chat', '/ chat']);
  assert.deepEqual(resolve(toml).locations[1]?.origin, {
    kind: 'file',
    path: 'licorne.toml',
    line: 10,
    column: 3,
  });
});

test('a location may be written in every way TOML has', () => {
  for (const toml of [
    site('path = "/ws/"\napp = "chat"'),
    '[[site]]\nlocation = [{ path = "/ws/", app = "chat" }]\n',
    '[[site]]\n[["site"."location"]]\n"path" = "/ws/"\n\'app\' = "chat"\n',
  ])
    assert.deepEqual(locations(toml), ['/ws/ chat'], toml);
  const inline = resolveSettings({
    flags: parseFlags([]),
    env: {},
    file: { path: 'a', text: 'site = [{ location = [{ path = "/a", app = "app" }] }]\n' },
  });
  assert.deepEqual(inline.diagnostics, []);
  assert.deepEqual(
    inline.locations.map(({ path }) => path),
    ['/a'],
  );
});

test('a site without locations is a site', () => {
  const { diagnostics, locations: none } = resolveSettings({
    flags: parseFlags([]),
    env: {},
    file: { path: 'a', text: '[[site]]\n' },
  });
  assert.deepEqual([diagnostics, none], [[], []]);
});

test('an application that is not there is told with the nearest', () => {
  assert.deepEqual(faults(site('path = "/ws/"\napp = "chta"', 'path = "/x"\napp = "shop"')), [
    'licorne.toml:6:7: error: `site.location.app`: there is no application `chta` | allowed  app, chat | hint     did you mean `chat`?',
    'licorne.toml:9:7: error: `site.location.app`: there is no application `shop` | allowed  app, chat | hint     add a table [apps.shop] with its target',
  ]);
});

test('a path is the plain beginning of one', () => {
  const hint = (path: string): string =>
    faults(site(`path = ${JSON.stringify(path)}\napp = "chat"`))
      .map((text) => text.split('hint     ')[1])
      .join();
  assert.equal(hint('ws/'), 'write /ws/');
  assert.equal(
    hint('/api/*'),
    'a location is a prefix: /api/ already means everything below; a regular expression needs match = "regex"',
  );
  assert.equal(
    hint('/a?b=1'),
    'a location is a prefix: /a already means everything below; a regular expression needs match = "regex"',
  );
  assert.equal(hint('~ ^/a'), 'write match = "regex" and path = \'^/a\'');
  assert.equal(hint('/a%20b'), 'write the characters themselves');
  assert.equal(faults(site('path = "/a\\nb"\napp = "chat"')).length, 1);
  assert.deepEqual(faults(site('path = 1\napp = ["chat"]')), [
    'licorne.toml:5:8: error: `site.location.path`: 1 is not text | allowed  text in quotes',
    'licorne.toml:6:7: error: `site.location.app`: a list is not text | allowed  text in quotes',
  ]);
});

test('a path given twice and a key left out are told', () => {
  assert.deepEqual(faults(site('path = "/a"\napp = "chat"', 'path = "/a"\napp = "app"')), [
    'licorne.toml:8:8: error: the location `/a` is given twice',
  ]);
  assert.deepEqual(faults(site('')), [
    'licorne.toml:4:3: error: this location has no `path` | hint     add path = "/PREFIX/"',
    'licorne.toml:4:3: error: this location says not who answers | hint     add app = "NAME", the name of an application, static = "DIR", a folder, proxy = "http://HOST:PORT", another server, redirect = "URL", or respond = "TEXT"',
  ]);
});

test('a location of a later version is not told what it lacks for this one', () => {
  assert.deepEqual(faults(site('path = "/old/"\ncache = "/new/"')), [
    'licorne.toml:6:1: error: `cache` in [[site.location]] is known, but not honoured in this version yet | hint     remove it',
  ]);
});

test('keys that come later and keys that are none are told apart', () => {
  const keys = 'path = "/a"\napp = "chat"\ncache = "x"\npaht = "/"\ncach = "x"\nelephant = 1';
  assert.deepEqual(faults(`[[site]]\ndefault = true\nhost = "a"\nlocatoin = 1\n${site(keys).slice(9)}`), [
    `licorne.toml:5:1: error: unknown key \`host\` in [[site]] | hint     did you mean \`hosts\`?`,
    `licorne.toml:6:1: error: unknown key \`locatoin\` in [[site]] | hint     did you mean \`location\`?`,
    'licorne.toml:10:1: error: `cache` in [[site.location]] is known, but not honoured in this version yet | hint     remove it',
    `licorne.toml:11:1: error: unknown key \`paht\` in [[site.location]] | hint     did you mean \`path\`?`,
    `licorne.toml:12:1: error: unknown key \`cach\` in [[site.location]] | hint     \`cache\` is not in this version yet`,
    `licorne.toml:13:1: error: unknown key \`elephant\` in [[site.location]] | allowed  ${KEYS}`,
  ]);
});

test('tables that are not lists, or stand in the wrong place, are told how to be written', () => {
  for (const [toml, fault] of [
    ['[site]\nx = 1\n', '3:2: error: [site] is a list | hint     write [[site]]'],
    [
      '[[site.location]]\npath = "/"\n',
      '3:3: error: [[site.location]] stands outside a site | hint     write [[site]] on a line before it',
    ],
    [
      '[site.location]\npath = "/"\n',
      '3:2: error: [[site.location]] stands outside a site | hint     write [[site]] on a line before it',
    ],
    [
      '[[site]]\n[site.location]\npath = "/"\n',
      '4:2: error: [site.location] is a list | hint     write [[site.location]]',
    ],
    [
      '[[site]]\nlocation = "/"\n',
      '4:1: error: [[site.location]] is a list of tables | hint     write [[site.location]]',
    ],
    [
      '[[site]]\n[[site]]\nlocation = []\n',
      '4:3: error: no request reaches this site: another one answers for all names | hint     add hosts = ["example.com"]',
    ],
    ['[[site]]\n[site.tls]\na = 1\n', '4:2: error: `tls` in [[site]] is not a table'],
    [
      `${site('path = "/"\napp = "chat"')}\n[site.location.cache]\nA = "b"\n`,
      '7:2: error: `cache` in [[site.location]] is known, but not honoured in this version yet | hint     remove it',
    ],
    [site('path.x = "/"\napp = "chat"'), '5:1: error: `path` in [[site.location]] is not a table'],
  ] as const) {
    assert.equal(faults(toml)[0], `licorne.toml:${fault}`, toml);
    assert.equal(faults(toml).filter((text) => !text.includes('has no')).length, 1, toml);
  }
});
