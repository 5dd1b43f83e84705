import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readUrl } from '../../../src/cli/explain-command.ts';
import { main } from '../../../src/cli/main.ts';
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

async function explain(url: string, toml = TOML): Promise<string> {
  const terminal = fakeTerminal({ 'licorne.toml': toml });
  assert.equal(await main(['explain', url], terminal), 0, terminal.stderr);
  return terminal.stdout.replaceAll(/  +/g, '  ');
}

test('site, location and handler are named with their places, and why they were chosen', async () => {
  assert.equal(
    await explain('https://example.com/static/a%20b.txt'),
    `site  example.com  (licorne.toml:5:3)
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
