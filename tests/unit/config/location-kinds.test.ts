import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewaySites } from '../../../src/cli/gateway-locations.ts';
import { diagnosticText } from '../../../src/cli/report.ts';
import { parseFlags } from '../../../src/config/flags.ts';
import { printToml } from '../../../src/config/print-toml.ts';
import { resolveSettings, type Resolution } from '../../../src/config/resolve.ts';

const site = (...tables: readonly string[]): string =>
  ['[[site]]', ...tables.map((table) => `[[site.location]]\n${table}`)].join('\n');

function resolve(...tables: readonly string[]): Resolution {
  const file = { path: 'licorne.toml', text: site(...tables) };
  return resolveSettings({ flags: parseFlags([]), env: {}, file });
}

const faults = (...tables: readonly string[]): string =>
  resolve(...tables)
    .diagnostics.map((one) => diagnosticText(one).trimEnd().replaceAll(/\n +/g, ' | '))
    .join(' || ');

test('exact paths and regular expressions stand beside prefixes of the same text', () => {
  const resolution = resolve(
    'path = "/a"\napp = "app"',
    'path = "/a"\nmatch = "exact"\nrespond = "x"',
    `path = '^/b'\nmatch = "regex"\nrespond = "1"`,
    `path = '^/a[0-9]'\nmatch = "regex"\nrespond = "2"`,
  );
  assert.deepEqual(resolution.diagnostics, []);
  assert.deepEqual(
    resolution.locations.map(({ match, path }) => `${match} ${path}`),
    ['prefix /a', 'exact /a', 'regex ^/b', 'regex ^/a[0-9]'],
  );
  assert.match(
    faults('path = "/a"\nrespond = ""', 'path = "/a"\nmatch = "prefix-only"\nrespond = ""'),
    /given twice/,
  );
});

test('a location that only says more of some requests leaves the answer to who answers the rest of the site', () => {
  const resolveFile = (text: string): ReturnType<typeof resolveSettings> =>
    resolveSettings({ flags: parseFlags([]), env: {}, file: { path: 'licorne.toml', text } });
  const apps = '[app]\ntarget = "a"\n[apps.chat]\ntarget = "c"\n';
  const table = '[[site.location]]\npath = "/admin/"\nrate_limit = "5/s"\nrequest_timeout = 5\n';
  const told = resolveFile(`${apps}[[site]]\n${table}[[site]]\nhosts = ["b.test"]\napp = "chat"\n${table}`);
  assert.deepEqual(told.diagnostics, []);
  assert.deepEqual(
    gatewaySites(told.sites, told.settings).map(({ locations }) => locations[0]?.app),
    ['app', 'chat'],
  );
  const again = resolveFile(printToml(told));
  assert.deepEqual(gatewaySites(again.sites, again.settings), gatewaySites(told.sites, told.settings));
  const nobody = resolveFile(`${apps}[[site]]\napp = "none"\n${table}`);
  assert.match(nobody.diagnostics.map((one) => one.message).join(), /this location says not who answers/);
});

test('all that is said of an answer reaches the gateways, and is printed as it was', () => {
  const resolution = resolve(
    'path = "/old/"\nredirect = "/new/"\nstatus = 308',
    'path = "/ping"\nmatch = "exact"\nrespond = "pong"\nstatus = 201\ncontent_type = "text/x-pong"',
    'path = "/page"\nrespond_file = "a.html"',
    'path = "/app/"\napp = "app"\nmount = true\nrewrite = "/x$uri"\nbody_bytes_max = "1g"\nbody_timeout = 5\nbody_rate_min = "2k"',
  );
  assert.deepEqual(resolution.diagnostics, []);
  const [told] = gatewaySites(resolution.sites, resolution.settings);
  const [redirect, ping, page, app] = ['/old/', '/ping', '/page', '/app/'].map((path) =>
    told?.locations.find((one) => one.path === path),
  );
  assert.deepEqual(redirect?.redirect, { to: '/new/', status: 308 });
  assert.deepEqual(ping?.respond, { status: 201, text: 'pong', file: '', contentType: 'text/x-pong' });
  assert.match(page?.respond?.file ?? '', /^\/.*a\.html$/);
  assert.equal(page?.respond?.contentType, 'text/html; charset=utf-8');
  assert.deepEqual(
    [app?.mount, app?.rewrite, app?.bodyBytesMax, app?.bodyMs, app?.bodyRateMin],
    [true, '/x$uri', 1_073_741_824, 5000, 2048],
  );
  const again = resolveSettings({
    flags: parseFlags([]),
    env: {},
    file: { path: 'licorne.toml', text: printToml(resolution) },
  });
  assert.deepEqual(again.diagnostics, []);
  assert.deepEqual(
    gatewaySites(again.sites, again.settings),
    gatewaySites(resolution.sites, resolution.settings),
  );
});

test('locations in the words of nginx are told how to be written', () => {
  const hint = (path: string): string => faults(`path = '${path}'\napp = "app"`).split('hint     ')[1] ?? '';
  assert.equal(hint('= /a'), 'write match = "exact" and path = "/a"');
  assert.equal(hint('^~ /a'), 'write match = "prefix-only" and path = "/a"');
  assert.equal(hint('~ \\.php$'), `write match = "regex" and path = '\\.php$'`);
  assert.equal(hint('~* \\.php$'), `write match = "regex" and path = '(?i)\\.php$'`);
  assert.equal(hint('^/a'), 'add match = "regex"');
  assert.match(
    faults(`path = '^/(?=x)'\nmatch = "regex"\napp = "app"`),
    /3:8: error: `site.location.path`: `\^\/\(\?=x\)` is no regular expression: .* \| allowed  a regular expression as RE2 has it \| hint     lookaround/,
  );
});

test('one location has one that answers, and the keys that go with it', () => {
  for (const [table, fault] of [
    ['path = "/"', /says not who answers/],
    ['path = "/"\napp = "app"\nredirect = "/x"', /has `app` and `redirect`: only one of them can answer/],
    ['path = "/"\nrespond = ""\nrespond_file = "x"', /has `respond` and `respond_file`/],
    ['path = "/"\napp = "app"\nstatus = 200', /5:10: error: `status` means something only beside `redirect`/],
    ['path = "/"\nredirect = "/x"\nstatus = 200', /200 is not the status of a redirect/],
    ['path = "/"\nrespond = "x"\nstatus = 204', /an answer with 204 has no content/],
    ['path = "/"\nredirect = "/x"\nmount = true', /`mount` is about applications/],
    ['path = "/"\nstatic = "x"\nbody_bytes_max = 1', /`body_bytes_max` is about applications.*end try_files/],
    [
      `path = '.'\nmatch = "regex"\napp = "app"\nmount = true`,
      /mounted at a path, not at a regular expression/,
    ],
    ['path = "/"\nredirect = "//x"', /4:12: error: `site.location.redirect`: the target begins with a host/],
    ['path = "/"\napp = "app"\nrewrite = "x"', /`site.location.rewrite`: `x` does not begin with \//],
    ['path = "/"\nrespond = ""\ncontent_type = "x\\ny"', /is not the type of a content/],
  ] as const)
    assert.match(faults(table), fault, table);
});
