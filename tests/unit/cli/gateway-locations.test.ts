import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { gatewayErrorPages, gatewayLocations } from '../../../src/cli/gateway-locations.ts';
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
  const { locations, settings, diagnostics } = resolveSettings({
    flags: parseFlags([]),
    env: {},
    file: { path: 'licorne.toml', text: TOML },
  });
  assert.deepEqual(diagnostics, []);
  const told = gatewayLocations(locations, settings);
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
