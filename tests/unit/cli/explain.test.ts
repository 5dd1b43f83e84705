import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readUrl } from '../../../src/cli/asked-request.ts';
import { main } from '../../../src/cli/main.ts';
import { makeAuthority, makeCertificate } from '../../../src/certificates/authority.ts';
import { fakeTerminal } from './fake-terminal.ts';

const TOML = `[app]
target = "shop.wsgi"
[apps.chat]
target = "chat:app"
[[site]]
hosts = ["example.com"]
[[site.location]]
path = "/static/"
static = ["build", "public"]
[[site.location]]
path = '\\.css$'
match = "regex"
redirect = "https://$host/css$uri"
[[site.location]]
path = "/ws/"
match = "prefix-only"
app = "chat"
rewrite = "/v2$uri"
[[site.location]]
path = "/"
match = "exact"
respond = "hello"
[[site]]
hosts = ["*.example.com"]
app = "none"
maintenance = true
`;

async function explain(url: string, toml = TOML, flags: readonly string[] = []): Promise<string> {
  const terminal = fakeTerminal({ 'licorne.toml': toml });
  assert.equal(await main(['explain', url, ...flags], terminal), 0, terminal.stderr);
  return terminal.stdout.replaceAll(/  +/g, '  ');
}

test('site, location and handler are named with their places, and why they were chosen', async () => {
  assert.equal(
    await explain('https://example.com/static/a%20b.txt'),
    `certificate  none here: whoever speaks TLS stands in front
site  example.com  (licorne.toml:5:3)
  it has this host
location  prefix /static/  (licorne.toml:7:3)
  the only one that fits
answer  files: a b.txt in build, public ($uri, $uri/, =404)
`,
  );
  assert.equal(
    await explain('http://example.com/static/a.css?x=1'),
    `site  example.com  (licorne.toml:5:3)
  it has this host
location  regex \\.css$  (licorne.toml:10:3)
  its regular expression fits
answer  redirect, 302, to https://example.com/css/static/a.css?x=1
passed over  prefix /static/  (licorne.toml:7:3): a regular expression that fits counts more
`,
  );
});

test('what was passed over is told with the reason', async () => {
  const chat = await explain('example.com/ws/a.css');
  assert.match(
    chat,
    /location  prefix-only \/ws\/ .*\n  the longest prefix that fits, and no regular expression is tried/,
  );
  assert.match(chat, /answer  the application chat, chat:app, asked for \/v2\/ws\/a.css\n/);
  assert.match(
    chat,
    /passed over  regex \\.css\$ .*: it is not tried where the longest prefix is prefix-only/,
  );
  assert.match(await explain('example.com'), /answer  fixed, 200, "hello"/);
  assert.match(
    await explain('example.com/else'),
    /location  none fits\nanswer  the application app, shop.wsgi/,
  );
});

test('hosts that nobody has, sites without an application and maintenance are told', async () => {
  assert.equal(
    await explain('http://other.test/'),
    'site  none has the host other.test, and none is the default\nanswer  421\n',
  );
  assert.match(
    await explain('http://a.example.com/'),
    /the longest \*\. that fits the host is its\n.*\nanswer  404: there is no application for it\nbut  it is under maintenance: 503/,
  );
  assert.match(await explain('/x', '[app]\ntarget = "a"\n'), /^site  the only one\n  it is the default/);
});

const GUARDED = `[upstreams.back]
peers = ["http://10.0.0.1:8000 weight=2", "http://10.0.0.2:8000 backup"]
balance = "hash"
hash_key = "cookie:session"
[[site]]
rate_limit = "10/s"
[[site.location]]
path = "/api/"
proxy = "http://back/v1/"
allow = ["10.0.0.0/8", "unix"]
rate_limit = ["5/s", "100/m"]
rate_limit_burst = 9
rate_limit_key = "header:X-Key"
cors_origins = ["https://app.test"]
body_bytes_max = "2m"
[[site.location]]
path = "/admin/"
respond = "in"
basic_auth_users = { anna = "$2y$10$abcdefghijklmnopqrstuuQnVpJbjHn0dUFqDTBq2cZxNjcZJYJb2" }
auth_request = "/check"
concurrency_max = 3
`;

test('what stands between a request and its answer is told: addresses, limits, passwords, the servers behind', async () => {
  assert.equal(
    await explain('/api/x?y=1', GUARDED),
    `site  the only one  (licorne.toml:5:3)
  it is the default: no site has the host
location  prefix /api/  (licorne.toml:7:3)
  the only one that fits
cors  pages of https://app.test may use it
addresses  allow 10.0.0.0/8, allow unix, deny all
  the first that fits decides; --client ADDRESS tells which
rate  5/s and 100/m, 9 at once, counted by header X-Key (the request has none: by client); more get 429
body  up to 2m
answer  passed on to back, asked for /v1/x?y=1
upstream  http://10.0.0.1:8000 weight=2, http://10.0.0.2:8000 backup
  chosen by hash by cookie:session
`,
  );
  const admin = await explain('/admin/', GUARDED);
  assert.match(admin, /rate  10\/s, counted by client; more get 429/);
  assert.match(admin, /concurrency  3 at a time/);
  assert.match(
    admin,
    /password  of anna\nasked first  \/check.*\nanswer  fixed, 200, "in"\nbut  the request brings no password: 401\n/,
  );
});

test('--client, --header and --method say who asks and how', async () => {
  const asked = (...flags: string[]): Promise<string> => explain('/api/x', GUARDED, flags);
  assert.match(await asked('--client', '10.1.2.3'), /\n {2}10\.1\.2\.3 is let in: allow 10\.0\.0\.0\/8\n/);
  assert.match(await asked('--client=192.0.2.1'), /\nbut {2}192\.0\.2\.1 gets 403: deny all\n/);
  assert.match(await asked('--client', 'unix'), /unix is let in: allow unix/);
  assert.match(await asked('--header', 'X-Key: abc'), /counted by header X-Key \(abc\)/);
  const preflight = ['--method', 'OPTIONS', '--header', 'Origin: https://app.test'];
  assert.match(
    await asked(...preflight, '--header', 'Access-Control-Request-Method: PUT'),
    /this is a preflight request: answered here, 204/,
  );
  assert.doesNotMatch(await asked(...preflight), /preflight/);
  assert.doesNotMatch(
    await explain('/admin/', GUARDED, ['--header=Authorization: Basic YTpi']),
    /no password/,
  );
  assert.match(await explain('/', TOML, ['--header', 'Host: example.com:81']), /it has this host/);
  assert.match(
    await explain('http://example.com/static/a', TOML, ['--method', 'POST']),
    /files: .*; 405 for POST\n/,
  );
});

test('flags of it that mean nothing are refused', async () => {
  const refused = async (...flags: string[]): Promise<string> => {
    const terminal = fakeTerminal({ 'licorne.toml': TOML });
    assert.equal(await main(['explain', '/', ...flags], terminal), 2);
    return terminal.stderr;
  };
  assert.match(await refused('--client', 'me'), /--client: `me` is neither an IP address nor unix/);
  assert.match(await refused('--header', 'X-Key'), /--header: `X-Key` is not of the form 'Name: value'/);
  assert.match(await refused('--method'), /--method: `` is not a method/);
});

test('the certificate that a client is shown is named, and what plain HTTP gets', async () => {
  const authority = await makeAuthority('Test', [], 3650);
  const { certificate } = await makeCertificate(authority, { names: ['a.test', '*.b.test'], days: 90 });
  const toml = `[tls]\ncertificate = "a.pem"\nhttps_redirect = true\n[[site]]\n[[site.location]]\npath = "/"\nrespond = "x"\n`;
  const told = async (url: string): Promise<string> => {
    const terminal = fakeTerminal({ 'licorne.toml': toml, 'a.pem': certificate });
    assert.equal(await main(['explain', url], terminal), 0, terminal.stderr);
    return terminal.stdout.replaceAll(/  +/g, '  ');
  };
  assert.match(
    await told('https://x.b.test:8443/'),
    /^certificate {2}a\.pem: a\.test, \*\.b\.test, until 20[0-9-]{8}\nsite/,
  );
  assert.match(
    await told('https://c.test/'),
    /^certificate.*\n {2}the first, because none is for c\.test: clients will not believe it\n/,
  );
  const both =
    '[[site]]\nhosts = ["c.test"]\ncertificate = "a.pem"\n[[site]]\nhosts = ["d.test"]\ntls = "auto"\n';
  assert.match(await explain('https://c.test/', both), /^certificate {2}a\.pem, which cannot be read\n/);
  assert.match(await explain('https://d.test/', both), /^certificate {2}ordered by itself: d\.test\n/);
  assert.match(await told('http://a.test/'), /\nbut {2}by https_redirect plain HTTP is sent to https, 308\n/);
  assert.match(await explain('https://example.com/'), /^certificate {2}none here: whoever speaks TLS/);
});

test('health paths come before all sites', async () => {
  const toml = `[server]\nhealth_paths = true\n${TOML}`;
  assert.match(await explain('/-/ready', toml), /^answer {2}the health of the server \(health_paths\)\n$/);
});

test('URLs are read as a server would', () => {
  const read = (text: string): unknown => {
    const url = readUrl(text);
    return typeof url === 'string' ? url : [url.scheme, url.host, url.target.path, url.target.query];
  };
  assert.deepEqual(read('HTTPS://a.test:8443/x/../y?q#f'), ['https', 'a.test:8443', '/y', 'q']);
  assert.deepEqual(read('a.test?q'), ['http', 'a.test', '/', 'q']);
  assert.deepEqual(read('/\u00e9'), ['http', '', '/\xc3\xa9', '']);
  assert.equal(read('http:///x'), '`http:///x` names no host');
  assert.equal(read('/%zz'), '`/%zz`: bad percent code in the path');
  assert.equal(read(''), 'explain needs a URL');
});

test('repeated slashes lead where they lead a request, and dots that would lead elsewhere to 400', async () => {
  assert.match(await explain('//api//x', GUARDED), /answer  passed on to back, asked for \/v1\/x\n/);
  assert.match(await explain('//admin/', GUARDED), /location  prefix \/admin\//);
  const table = '[[site]]\n[[site.location]]\npath = "/api"\nproxy = "http://10.0.0.1/v1/"\n';
  assert.match(await explain('/api../x', table), /answer  400: dots/);
});
