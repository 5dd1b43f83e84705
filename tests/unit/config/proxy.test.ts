import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diagnosticText } from '../../../src/cli/report.ts';
import { missingAuthorities } from '../../../src/cli/upstream-files.ts';
import { gatewayUpstreams } from '../../../src/cli/gateway-upstreams.ts';
import { ConfigError } from '../../../src/config/diagnostic.ts';
import { parseFlags } from '../../../src/config/flags.ts';
import { readPeerUrl } from '../../../src/config/peer-url.ts';
import { printToml } from '../../../src/config/print-toml.ts';
import { resolveSettings, type Resolution } from '../../../src/config/resolve.ts';

function resolve(toml: string, path = 'licorne.toml'): Resolution {
  return resolveSettings({ flags: parseFlags([]), env: {}, file: { path, text: toml } });
}

const faults = (toml: string): string[] =>
  resolve(toml)
    .diagnostics.filter((one) => one.severity === 'error')
    .map((one) => diagnosticText(one).trimEnd().replaceAll(/\n +/g, ' | '));

const located = (keys: string, before = ''): string =>
  `${before}\n[[site]]\n[[site.location]]\npath = "/a/"\n${keys}`;

test('the URL of a server is read into one spelling', () => {
  const read = (text: string): string => {
    const { url, protocol, tls, path } = readPeerUrl(text);
    return [url, protocol, ...(tls ? ['tls'] : []), ...(path === null ? [] : [path])].join(' ');
  };
  for (const [text, meant] of [
    ['http://Back:8000', 'http://back:8000 http'],
    ['http://back', 'http://back:80 http'],
    ['https://back.example/v1/', 'https://back.example:443 http tls /v1/'],
    ['http://[::1]:8000', 'http://[::1]:8000 http'],
    ['http://10.0.0.1:80/', 'http://10.0.0.1:80 http /'],
    ['unix:/run/app.sock', 'unix:/run/app.sock http'],
    ['http://unix:/run/app.sock', 'unix:/run/app.sock http'],
    ['uwsgi://back:3031', 'uwsgi://back:3031 uwsgi'],
    ['uwsgi:///run/app.sock', 'uwsgi:///run/app.sock uwsgi'],
  ] as const)
    assert.equal(read(text), meant, text);
});

test('what is no URL of a server is refused in words', () => {
  for (const [text, words] of [
    ['10.0.0.1:8000', /write http:\/\/10\.0\.0\.1:8000/],
    ['/run/app.sock', /unix:\/run\/app\.sock/],
    ['ws://back', /WebSockets go over http/],
    ['ftp://back', /not the URL/],
    ['http://', /names no host/],
    ['http://a:0', /port/],
    ['http://a:70000', /port/],
    ['http://a b', /names no host/],
    ['http://a:b@c', /password/],
    ['http://a?x', /query/],
    ['http://a/x y', /%XX/],
    ['http://a/../b', /\. or \.\./],
    ['uwsgi://a/b', /has a path/],
    ['unix:run/app.sock', /whole path/],
    [`unix:/${'a'.repeat(108)}`, /107 bytes/],
  ] as const)
    assert.throws(
      () => readPeerUrl(text),
      (error) =>
        error instanceof ConfigError && words.test(`${error.message} ${error.allowed} ${error.hint}`),
      text,
    );
});

test('a location names a server, an upstream, or an upstream as a host', () => {
  const upstreams =
    '[upstreams.api]\npeers = ["http://10.0.0.1:8000", "http://10.0.0.2:8000"]\nkeepalive = 8\n';
  for (const [proxy, name, prefix, peers] of [
    ['http://10.0.0.9:1/v1/', 'http://10.0.0.9:1', '/v1/', 1],
    ['api', 'api', null, 2],
    ['http://api/', 'api', '/', 2],
    ['http://other/', 'http://other:80', '/', 1],
  ] as const) {
    const resolution = resolve(located(`proxy = "${proxy}"`, upstreams));
    assert.deepEqual(resolution.diagnostics, [], proxy);
    const location = resolution.locations[0]?.proxy;
    assert.equal(location?.prefix, prefix, proxy);
    const spec = gatewayUpstreams(resolution).find((one) => one.name === name);
    assert.equal(spec?.peers.length, peers, proxy);
    assert.equal(spec?.keepAliveMax, name === 'api' ? 8 : 64);
  }
});

test('what is said of a proxy is printed as it was said', () => {
  const toml = located(
    'proxy = "api"\nproxy_headers = { X-Tenant = "acme" }\nproxy_read_timeout = "2m"',
    '[upstreams.api]\npeers = ["http://10.0.0.1:8000"]\ntls_verify = false\n',
  );
  const printed = printToml(resolve(toml));
  assert.deepEqual(resolve(printed).diagnostics, []);
  for (const line of [
    '[upstreams.api]',
    'tls_verify = false',
    'proxy = "api"',
    'X-Tenant = "acme"',
    'proxy_read_timeout = "2m"',
  ])
    assert.ok(printed.includes(line), line);
});

test('what cannot be is told with its place', () => {
  for (const [toml, words] of [
    [
      located('proxy = "apo"', '[upstreams.api]\npeers = ["http://a"]\n'),
      /no upstream or service `apo`.*did you mean `api`/,
    ],
    [located('proxy = "backend"'), /add a table \[upstreams\.backend\]/],
    [located('proxy = "http://a"\napp = "app"'), /`proxy` and `app`|only one/],
    [located('app = "app"\nproxy_buffering = "off"'), /passes none on|`proxy`/],
    [located('proxy = "http://a"\nproxy_headers = { Host = "x" }'), /use `proxy_host`/],
    [located('proxy = "http://a"\nproxy_headers = { Content-Length = "1" }'), /Content-Length/],
    [located('proxy = "http://a"\nproxy_headers = { X = "$remote_addr" }'), /a variable/],
    [located('proxy = "http://a"\nproxy_headers = { X = "a\\r\\nY: b" }'), /no header can hold/],
    [located('proxy = "http://a"\nproxy_host = "a b"'), /no host/],
    [located('proxy = "http://a/b/"\nmatch = "regex"'), /regular expression here/],
    [located('proxy = "http://a/b/"\nrewrite = "/x"'), /both say/],
    [located('proxy_pass = "http://a"'), /did you mean `proxy`/],
    ['[upstreams.api]\n', /names no servers/],
    ['[upstreams.api]\npeers = ["http://a", "http://A:80"]', /named twice/],
    ['[upstreams.api]\npeers = ["http://a/x"]', /has a path/],
    ['[upstreams.api]\npeers = ["http://a"]\nservers = 1', /did you mean `peers`/],
    ['[upstreams."a b"]\npeers = ["http://a"]', /not a name for an upstream/],
    ['[[upstreams]]\npeers = ["http://a"]', /cannot be a list/],
  ] as const) {
    const told = faults(toml).join('\n');
    assert.match(told, words, toml);
    assert.match(told, /licorne\.toml:[0-9]+:[0-9]+/, toml);
  }
});

test('a file of authorities that is not there is told with its place', () => {
  const resolution = resolve(
    '[upstreams.a]\npeers = ["https://a"]\ntls_ca = "ca.pem"',
    '/etc/shop/licorne.toml',
  );
  assert.equal(resolution.upstreams[0]?.said.tls_ca, '/etc/shop/ca.pem');
  const [missing] = missingAuthorities(resolution, { exists: () => false });
  assert.match(
    diagnosticText(missing as never),
    /upstreams\.a\.tls_ca[^]*\/etc\/shop\/ca\.pem[^]*licorne\.toml:3:10|licorne\.toml:3:10/,
  );
  assert.deepEqual(missingAuthorities(resolution, { exists: () => true }), []);
});
