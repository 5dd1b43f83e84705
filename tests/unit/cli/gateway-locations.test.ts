import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { gatewayErrorPages, gatewaySites } from '../../../src/cli/gateway-locations.ts';
import { parseFlags } from '../../../src/config/flags.ts';
import { resolveSettings } from '../../../src/config/resolve.ts';

const TOML = `[static]
compress = "safe"
error_pages = { 404 = "404.html" }
[apps.chat]
target = "c"
[[site]]
[[site.location]]
path = "/static/"
static = ["a", "/b"]
headers = { X-A = "1", X-B = "2" }
[[site.location]]
path = "/ws"
app = "chat"
compress = true
request_timeout = "1m"
[[site.location]]
path = "/"
static = "c"
app = "chat"
try_files = ["$uri", "@app"]
`;

test('gateways are told folders and pages that do not depend on where they run', () => {
  const { sites, settings, diagnostics } = resolveSettings({
    flags: parseFlags([]),
    env: {},
    file: { path: 'licorne.toml', text: TOML },
  });
  assert.deepEqual(diagnostics, []);
  const told = gatewaySites(sites, settings)[0]?.locations ?? [];
  assert.deepEqual(
    told.map(({ requestMs }) => requestMs),
    [null, 60_000, null],
  );
  assert.deepEqual(
    told.map(({ path, app, compress, headers }) => [path, app, compress, headers]),
    [
      ['/static/', 'app', 'safe', ['X-A', '1', 'X-B', '2']],
      ['/ws', 'chat', 'on', []],
      ['/', 'chat', 'safe', []],
    ],
  );
  assert.deepEqual(told[0]?.static?.roots, [
    { dir: join(process.cwd(), 'a'), prefix: '' },
    { dir: '/b', prefix: '' },
  ]);
  assert.equal(told[1]?.static, null);
  assert.deepEqual(told[2]?.static?.tryFiles, ['$uri', '@app']);
  assert.deepEqual(gatewayErrorPages(settings.error_pages), { 404: join(process.cwd(), '404.html') });
});

test('what a location says of a header or an error page counts more than what its site says, and the rest is kept', () => {
  const toml = `[static]
error_pages = { 404 = "a.html", 500 = "b.html" }
[[site]]
headers = { X-Frame-Options = "DENY", X-A = "1", X-B = "2" }
error_pages = { 404 = "c.html", 503 = "d.html" }
[[site.location]]
path = "/\u00e9/"
app = "app"
headers = { x-frame-options = "SAMEORIGIN", X-A = "" }
error_pages = { 503 = "e.html" }
`;
  const file = { path: 'licorne.toml', text: toml };
  const { sites, settings, diagnostics } = resolveSettings({ flags: parseFlags([]), env: {}, file });
  assert.deepEqual(diagnostics, []);
  const [site] = gatewaySites(sites, settings);
  const here = (name: string): string => join(process.cwd(), name);
  assert.deepEqual(site?.headers, ['X-Frame-Options', 'DENY', 'X-A', '1', 'X-B', '2']);
  assert.deepEqual(site?.errorPages, { 404: here('c.html'), 500: here('b.html'), 503: here('d.html') });
  const [location] = site?.locations ?? [];
  assert.deepEqual(location?.headers, ['X-B', '2', 'x-frame-options', 'SAMEORIGIN', 'X-A', '']);
  assert.deepEqual(location?.errorPages, { 404: here('c.html'), 500: here('b.html'), 503: here('e.html') });
  assert.equal(location?.path, '/\xc3\xa9/', 'as the bytes of a request');
});
