import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diagnosticText } from '../../../src/cli/report.ts';
import { parseFlags } from '../../../src/config/flags.ts';
import type { Location } from '../../../src/config/location.ts';
import { printToml } from '../../../src/config/print-toml.ts';
import { resolveSettings, type Resolution } from '../../../src/config/resolve.ts';

function resolve(text: string, argv: readonly string[] = []): Resolution {
  return resolveSettings({ flags: parseFlags(argv), env: {}, file: { path: 'licorne.toml', text } });
}

const site = (table: string): string => `[[site]]\n[[site.location]]\npath = "/s/"\n${table}\n`;
const told = (text: string, severity = 'error'): string[] =>
  resolve(text)
    .diagnostics.filter((one) => one.severity === severity)
    .map((one) => diagnosticText(one).trimEnd().replaceAll(/\n +/g, ' | ').replace('licorne.toml:', ''));

function location(table: string, argv: readonly string[] = []): Location {
  const { locations, diagnostics } = resolve(site(table), argv);
  assert.deepEqual(diagnostics, []);
  assert.equal(locations.length, 1);
  return locations[0] as Location;
}

test('a folder is enough, and everything else has a safe default', () => {
  const { files, app, internal, headers, compress } = location('static = "build"');
  assert.deepEqual(files, {
    dirs: ['build'],
    index: ['index.html'],
    tryFiles: ['$uri', '$uri/', '=404'],
    listing: false,
    symlinks: 'inside',
    dotfiles: false,
    precompressed: true,
    compress: true,
    expires: 60,
    immutable: true,
    media: false,
  });
  assert.deepEqual([app, internal, headers, compress], ['app', false, {}, null]);
});

test('every key of a location reaches it', () => {
  const table = `static = ["a", "/b"]
index = []
try_files = ["$uri.html"]
listing = false
symlinks = "follow"
dotfiles = true
precompressed = false
compress = false
expires = "2h"
immutable = false
media = true
internal = true
headers = { X-A = "1", Access-Control-Allow-Origin = "*" }`;
  const { files, internal, headers } = location(table);
  assert.deepEqual(files, {
    dirs: ['a', '/b'],
    index: [],
    tryFiles: ['$uri.html', '=404'],
    listing: false,
    symlinks: 'follow',
    dotfiles: true,
    precompressed: false,
    compress: false,
    expires: 7200,
    immutable: false,
    media: true,
  });
  assert.equal(internal, true);
  assert.deepEqual(headers, { 'X-A': '1', 'Access-Control-Allow-Origin': '*' });
});

test('a location has the times and the compression of the settings unless it says its own', () => {
  const flags = ['--static-expires', 'off', '--no-compress-static'];
  assert.deepEqual(
    [location('static = "a"', flags).files?.expires, location('static = "a"', flags).files?.compress],
    [-1, false],
  );
  const own = location('static = "a"\nexpires = 0\ncompress = true', flags).files;
  assert.deepEqual([own?.expires, own?.compress], [0, true]);
  assert.equal(location('static = "a"\nexpires = "off"').files?.expires, -1);
  assert.equal(location('static = "a"\nexpires = false').files?.expires, -1);
});

test('the answers of an application are compressed as its location says, else as the setting', () => {
  assert.equal(location('app = "app"').compress, null);
  for (const [written, meant] of [
    ['"safe"', 'safe'],
    ['true', 'on'],
    ['false', 'off'],
  ])
    assert.equal(location(`app = "app"\ncompress = ${written}`).compress, meant);
});

test('a location may give its application more time for a request, or all of it', () => {
  assert.equal(location('app = "app"').requestTimeout, null);
  for (const [written, meant] of [
    ['0', 0],
    ['"90s"', 90],
    ['"2m"', 120],
  ] as const)
    assert.equal(location(`app = "app"\nrequest_timeout = ${written}`).requestTimeout, meant);
  assert.equal(location('static = "a"\ntry_files = ["$uri", "@app"]\nrequest_timeout = 5').requestTimeout, 5);
  assert.deepEqual(told(site('static = "a"\nrequest_timeout = 5')), [
    '5:19: error: `request_timeout` is about applications, and this location never asks one | hint     end try_files with "@app", or remove it',
  ]);
});

test('headers may stand in a table of their own, and a key of it at a time', () => {
  for (const table of [
    'static = "a"\n[site.location.headers]\nX-A = "1"\n"X-B" = "2"',
    'static = "a"\nheaders.X-A = "1"\nheaders.X-B = "2"',
  ])
    assert.deepEqual(location(table).headers, { 'X-A': '1', 'X-B': '2' }, table);
  const inline = '[[site]]\nlocation = [{ path = "/s/", static = "a", headers = { X-A = "1" } }]\n';
  assert.deepEqual(resolve(inline).locations[0]?.headers, { 'X-A': '1' });
  assert.deepEqual(told(site('static = "a"\nheaders.A.B = "x"')), [
    '5:1: error: `headers` in [[site.location]] holds text, not tables',
  ]);
});

test('headers that would break a response are refused, and so are values that cannot be sent', () => {
  const header = (line: string): string => told(site(`static = "a"\nheaders = { ${line} }`)).join();
  for (const name of [
    'Content-Length',
    'transfer-encoding',
    'Connection',
    'Content-Encoding',
    'Date',
    'ETag',
  ])
    assert.match(header(`${name} = "x"`), new RegExp(`5:11: error: .*\`${name}\` cannot be added`), name);
  assert.match(header('"X A" = "x"'), /cannot be a key/);
  assert.match(header('"X-A:" = "x"'), /is not the name of a header.*write X-A/);
  assert.match(header('"é" = "x"'), /is not the name of a header/);
  assert.match(header('X-A = "a\\nb"'), /a character that cannot stand in a header/);
  assert.match(header('X-A = "a\\rb"'), /a character that cannot stand in a header/);
  assert.match(header('X-A = "日"'), /headers are ASCII; encode it/);
  assert.match(header('X-A = " a"'), /spaces around the value/);
  assert.match(header('X-A = "1", x-a = "2"'), /`X-A` and `x-a` are the same header/);
  assert.match(header('X-A = 1'), /X-A = 1 is not text/);
});

test('a time that a location states is not overruled by what a name looks like, unless it says so', () => {
  assert.equal(location('static = "a"\nexpires = "1h"').files?.immutable, false);
  assert.equal(location('static = "a"\nexpires = "1h"\nimmutable = true').files?.immutable, true);
  assert.equal(location('static = "a"', ['--static-expires', '1h']).files?.immutable, true);
});

test('a header Cache-Control stands alone, and not beside expires', () => {
  const { files } = location('static = "a"\nheaders = { cache-control = "no-store" }');
  assert.deepEqual([files?.expires, files?.immutable], [-1, false]);
  assert.deepEqual(told(site('static = "a"\nexpires = 5\nheaders = { Cache-Control = "no-store" }')), [
    '5:11: error: `expires` and a header Cache-Control say the same twice | hint     remove one of them',
  ]);
});

test('an application and files go together when the one is asked for what is not the other', () => {
  const { app, files } = location('app = "app"\nstatic = "a"\ntry_files = ["$uri", "@app"]');
  assert.deepEqual([app, files?.tryFiles], ['app', ['$uri', '@app']]);
  assert.deepEqual(told(site('app = "app"\nstatic = "a"')), [
    '4:7: error: this location has `static`, and never asks an application | hint     end try_files with "@app" to ask it for what is no file, or remove `app`',
  ]);
});

test('keys about files are refused where there are none', () => {
  for (const [line, key, hint] of [
    ['try_files = ["$uri"]', 'try_files', 'add static = "DIR", or remove it'],
    ['listing = true', 'listing', 'add static = "DIR", or remove it'],
  ])
    assert.equal(
      told(site(`app = "app"\n${line}`))[0]?.replace(/^5:\d+/, 'at'),
      `at: error: \`${key}\` is about files, and this location has none | hint     ${hint}`,
    );
});

test('what contradicts itself is told', () => {
  assert.match(
    told(site('static = "a"\ninternal = true\ntry_files = ["@app"]')).join(),
    /would be asked again \| hint {5}remove "@app", or internal = true/,
  );
  assert.match(told(site('static = "a"\ncompress = "safe"')).join(), /files are compressed or not/);
  const warnings = told(site('static = "a"\ntry_files = ["$uri"]\nlisting = true\nindex = "a"'), 'warning');
  assert.deepEqual(
    warnings.map((text) => text.split(' | ')[0]),
    [
      '6:11: warning: `listing` is never used: `try_files` looks at no folder',
      '7:9: warning: `index` is never used: `try_files` looks at no folder',
    ],
  );
});

test('values of the wrong kind are told with what is allowed', () => {
  for (const [line, message] of [
    ['static = []', 'no folder is named | allowed  a folder, or a list of folders'],
    ['static = 1', '1 is not a list'],
    ['static = "a"\nindex = ["a/b.html"]', '`a/b.html` is not the name of a file'],
    ['static = "a"\nindex = [".."]', '`..` is not the name of a file'],
    ['static = "a"\nsymlinks = "yes"', '`yes` is not one of the choices | allowed  inside, follow or refuse'],
    ['static = "a"\nexpires = "soon"', '`soon` is not a time | allowed  off, or a time'],
    ['static = "a"\nexpires = -1', '-1 is too small'],
    ['static = "a"\nlisting = "maybe"', '`maybe` is neither true nor false'],
  ] as const) {
    const faults = told(site(line));
    assert.equal(faults.length, 1, line);
    assert.equal(faults[0]?.includes(message), true, faults[0]);
  }
});

test('/s and /s/ are one place where there are files', () => {
  const twice = (second: string): string[] => told(`${site('static = "a"')}[[site.location]]\n${second}\n`);
  assert.deepEqual(twice('path = "/s"\nstatic = "b"'), ['6:8: error: the location `/s` is given twice']);
  assert.equal(twice('path = "/s"\napp = "app"').length, 1);
  assert.deepEqual(twice('path = "/sx"\napp = "app"'), []);
});

test('words of other servers are answered with ours', () => {
  const hint = (key: string): string | undefined =>
    told(site(`static = "a"\n${key} = 1`))[0]?.split('hint     ')[1];
  assert.equal(hint('autoindex'), 'did you mean `listing`?');
  assert.equal(hint('root'), 'use `static`: what follows `path` in the request is looked for in it');
  assert.equal(hint('tryfiles'), 'did you mean `try_files`?');
  assert.equal(hint('expire'), 'did you mean `expires`?');
});

test('error pages of the site stand beside those of the settings, nearer ones stronger, and relative to the file', () => {
  const text =
    '[static]\nerror_pages = { 404 = "a.html", 500 = "b.html" }\n[[site]]\n[site.error_pages]\n404 = "c.html"\n5xx = "/d.html"\n';
  const file = { path: 'etc/licorne.toml', text };
  const { sites, settings, diagnostics } = resolveSettings({ flags: parseFlags([]), env: {}, file });
  assert.deepEqual(diagnostics, []);
  assert.deepEqual(settings.error_pages, { 404: 'etc/a.html', 500: 'etc/b.html' });
  assert.deepEqual(sites[0]?.errorPages, { 404: 'etc/c.html', 500: 'etc/b.html', '5xx': '/d.html' });
  const inline = resolve('[[site]]\nerror_pages = { 404 = "a.html", 5xx = "c" }\n', [
    '--error-pages',
    '4xx=b.html',
    '--error-pages',
    '5xx=d',
  ]);
  assert.deepEqual(inline.sites[0]?.errorPages, { 404: 'a.html', '4xx': 'b.html', '5xx': 'd' });
});

test('a page for what is no error is refused', () => {
  const pages = (line: string): string => told(`[[site]]\nerror_pages = { ${line} }\n`).join();
  assert.match(pages('200 = "a"'), /2:15: error: `site.error_pages`: `200` is not the status of an error/);
  assert.match(pages('4XX = "a"'), /hint {5}write 4xx/);
  assert.match(pages('404 = ""'), /the page for 404 is not named/);
  assert.match(pages('404 = 1'), /404 = 1 is not text/);
  assert.match(pages('404.html = "a"'), /404 = a table is not text/);
});

test('the printed file has the locations it was printed from', () => {
  const table = `static = ["a", "/b c"]
index = []
try_files = ["$uri", "$uri/", "@app"]
app = "app"
symlinks = "refuse"
compress = false
expires = "off"
media = true
headers = { X-A = "\\"x\\"", "x-b" = "" }`;
  const first = resolve(site(table), ['--static', '/m=/n', '--static-expires', 'off']);
  const text = printToml(first);
  const second = resolve(text);
  assert.deepEqual([...first.diagnostics, ...second.diagnostics], []);
  const plain = ({ locations, settings }: Resolution): unknown => [
    settings,
    locations.map(({ origin: _origin, origins: _origins, ...rest }) => rest),
  ];
  assert.deepEqual(plain(second), plain(first));
  assert.match(text, /^static_expires = "off"/m);
});
