// Tables [services.NAME]: what they say, and what is wrong with them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diagnosticText } from '../../../src/cli/report.ts';
import { upstreamWords } from '../../../src/cli/explain-proxy.ts';
import { namedTables } from '../../../src/cli/named-tables.ts';
import { missingServiceFolders } from '../../../src/cli/service-folders.ts';
import { serviceSpecs } from '../../../src/cli/service-specs.ts';
import { commandWords } from '../../../src/config/command-words.ts';
import { ConfigError, type Diagnostic } from '../../../src/config/diagnostic.ts';
import { parseFlags } from '../../../src/config/flags.ts';
import { printToml } from '../../../src/config/print-toml.ts';
import { resolveSettings, type Resolution } from '../../../src/config/resolve.ts';

const SITE = '\n[[site]]\n[[site.location]]\npath = "/a/"\nproxy = "web"\n';

function resolve(toml: string, path = 'licorne.toml'): Resolution {
  return resolveSettings({ flags: parseFlags([]), env: {}, file: { path, text: toml } });
}

const told = (toml: string, severity: Diagnostic['severity'] = 'error'): string =>
  resolve(toml)
    .diagnostics.filter((one) => one.severity === severity)
    .map((one) => diagnosticText(one).trimEnd().replaceAll(/\n +/g, ' | '))
    .join('\n');

test('a command is split as a shell does it', () => {
  for (const [text, words] of [
    ['node server.js', ['node', 'server.js']],
    ['  node\tserver.js\n--x ', ['node', 'server.js', '--x']],
    [
      `sh -c 'echo "a b" && exit' "c \\"d\\" \\$e" f\\ g ''`,
      ['sh', '-c', 'echo "a b" && exit', 'c "d" $e', 'f g', ''],
    ],
    [`a'b'"c"d`, ['abcd']],
    ['run --port=$PORT ${PORT}', ['run', '--port=$PORT', '${PORT}']],
    ['', []],
  ] as const)
    assert.deepEqual(commandWords(text), words, text);
});

test('what only a shell would do is refused in words', () => {
  for (const [text, words] of [
    ['cd x && node y', /`&&` is for a shell.*sh.*-c/],
    ['node x | tee y', /`\|`/],
    ['node x > log', /`>`/],
    ['node x 2>&1', /`2>&1`/],
    ['cd x; node y', /`x;`/],
    ['A=b node x', /put it into `env`/],
    ['node "x', /has no other/],
    ["node 'x", /has no other/],
  ] as const)
    assert.throws(
      () => commandWords(text),
      (error) => error instanceof ConfigError && words.test(`${error.message} ${error.hint}`),
      text,
    );
});

test('a service is what its table says, and its defaults', () => {
  const text = `
[services.web]
command = "node server.js --port $PORT"
directory = "front"
stop_timeout = "2m"
stop_signal = "SIGINT"
[services.web.env]
NODE_ENV = "production"
${SITE}`;
  const resolution = resolve(text, '/etc/shop/licorne.toml');
  assert.deepEqual(resolution.diagnostics, []);
  const [spec] = serviceSpecs(resolution.services, { PATH: '/bin', NODE_ENV: 'x' }, null);
  assert.deepEqual(spec, {
    name: 'web',
    command: ['node', 'server.js', '--port', '$PORT'],
    cwd: '/etc/shop/front',
    env: { PATH: '/bin', NODE_ENV: 'production' },
    portVariable: 'PORT',
    port: 0,
    health: '',
    startMs: 30_000,
    stopMs: 120_000,
    stopSignal: 'SIGINT',
    identity: null,
  });
  const again = resolve(printToml(resolution), '/licorne.toml');
  assert.deepEqual(serviceSpecs(again.services, { PATH: '/bin' }, null), [spec]);
});

test('what is shown of a service is what was said, each with its place', () => {
  const resolution = resolve(`[services.web]\ncommand = "node x"\nport = 81\n${SITE}`);
  assert.deepEqual(
    namedTables(resolution).map(({ title, rows }) => [
      title,
      rows.map(({ key, value }) => `${key} = ${value}`),
    ]),
    [['services.web', ['command = ["node", "x"]', 'port = 81']]],
  );
  const [proxy] = resolution.locations.map((location) => location.proxy);
  assert.ok(proxy !== null && proxy !== undefined);
  assert.deepEqual(upstreamWords(proxy, resolution), [['service', 'node x']]);
});

test('a folder that is not there is told with its place', () => {
  const resolution = resolve(
    '[services.web]\ncommand = "a"\ndirectory = "front"\n',
    '/etc/shop/licorne.toml',
  );
  const [fault] = missingServiceFolders(resolution, { exists: () => false });
  assert.match(
    fault?.message ?? '',
    /`services\.web\.directory`: the folder \/etc\/shop\/front does not exist/,
  );
  assert.deepEqual(missingServiceFolders(resolution, { exists: () => true }), []);
});

test('what cannot be is told with its place', () => {
  for (const [toml, words] of [
    ['[services.web]\n', /names no command.*node server\.js/],
    ['[services.web]\ncommand = []', /no program is named/],
    ['[services.web]\ncommand = "a && b"', /`services\.web\.command`: `&&` is for a shell/],
    ['[services.web]\ncommand = "a"\ncwd = "x"', /did you mean `directory`/],
    ['[services.web]\ncommand = "a"\nhealth = "healthz"', /`healthz` is not a path/],
    ['[services.web]\ncommand = "a"\nport_variable = "A-B"', /not the name of a variable/],
    ['[services.web]\ncommand = "a"\nenv = { "A-B" = "1" }', /not the name of a variable/],
    ['[services.web]\ncommand = "a"\nport = 70000', /from 0 to 65535/],
    ['[services.web]\ncommand = "a"\nstop_signal = "SIGSTOP"', /SIGTERM, SIGINT/],
    [
      '[services.web]\ncommand = "a"\nport = 81\n[services.b]\ncommand = "a"\nport = 81',
      /\[services\.web\] already/,
    ],
    ['[services.web]\ncommand = "a"\n[upstreams.web]\npeers = ["http://a"]', /an upstream and a service/],
    ['[services."a b"]\ncommand = "a"', /not a name for a service/],
    ['[[services]]\ncommand = "a"', /cannot be a list/],
    [SITE, /no upstream or service `web`.*\[services\.web\] with its command/],
  ] as const) {
    assert.match(told(toml), words, toml);
    assert.match(told(toml), /licorne\.toml:[0-9]+:[0-9]+/, toml);
  }
});

test('a service that nobody can ask is told, unless it has a port of its own', () => {
  assert.match(told('[services.web]\ncommand = "a"', 'warning'), /no location leads to the service `web`/);
  assert.equal(told('[services.web]\ncommand = "a"\nport = 81', 'warning'), '');
});
