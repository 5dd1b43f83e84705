import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diagnosticText } from '../../../src/cli/report.ts';
import { parseFlags } from '../../../src/config/flags.ts';
import {
  DEFAULT_SETTINGS,
  OPTIONS,
  SETTING_NAMES,
  type SettingName,
  variableOf,
} from '../../../src/config/options.ts';
import { describeOrigin } from '../../../src/config/origin.ts';
import { resolveSettings, type Resolution } from '../../../src/config/resolve.ts';

function resolve(said: {
  flags?: string;
  env?: Record<string, string>;
  toml?: string;
  path?: string;
}): Resolution {
  const file = said.toml === undefined ? null : { path: said.path ?? 'licorne.toml', text: said.toml };
  const argv = (said.flags ?? '').split(' ').filter((word) => word !== '');
  return resolveSettings({ flags: parseFlags(argv), env: said.env ?? {}, file });
}

const from = (resolution: Resolution, name: SettingName): string =>
  describeOrigin(resolution.origins.get(name) ?? { kind: 'default' });
const faults = (resolution: Resolution): string[] =>
  resolution.diagnostics.map((one) => diagnosticText(one).trimEnd().replaceAll(/\n +/g, ' | '));

test('with nothing said every setting has its default and says so', () => {
  const resolution = resolve({});
  assert.deepEqual(resolution.settings, DEFAULT_SETTINGS);
  assert.deepEqual(resolution.diagnostics, []);
  for (const name of SETTING_NAMES) assert.equal(from(resolution, name), 'default');
  assert.deepEqual(
    resolution.binds.map((one) => one.source),
    ['127.0.0.1:8000'],
  );
});

test('flags are stronger than the environment, which is stronger than the file', () => {
  const toml = '[app]\nworkers = 2\nthreads = 2\nboot_timeout = "2m"\n';
  const resolution = resolve({ flags: '-w 4', env: { LICORNE_WORKERS: '3', LICORNE_THREADS: '3' }, toml });
  assert.equal(resolution.settings.workers, 4);
  assert.equal(resolution.settings.threads, 3);
  assert.equal(resolution.settings.boot_timeout, 120);
  assert.equal(from(resolution, 'workers'), '-w');
  assert.equal(from(resolution, 'threads'), 'LICORNE_THREADS (environment)');
  assert.equal(from(resolution, 'boot_timeout'), 'licorne.toml:4:16');
  assert.deepEqual(resolution.shadowed.get('workers')?.map(describeOrigin), [
    'LICORNE_WORKERS (environment)',
    'licorne.toml:2:11',
  ]);
});

test('what was found in the project is weaker than everything but the defaults', () => {
  const base = [
    { name: 'target', raw: 'found:app', origin: { kind: 'found', path: 'manage.py', line: 3 } },
  ] as const;
  const empty = resolveSettings({ flags: parseFlags([]), env: {}, file: null, base });
  assert.equal(empty.settings.target, 'found:app');
  assert.equal(from(empty, 'target'), 'found in manage.py:3');
  const file = { path: 'licorne.toml', text: '[app]\ntarget = "said:app"\n' };
  assert.equal(resolveSettings({ flags: parseFlags([]), env: {}, file, base }).settings.target, 'said:app');
});

test('PORT, WEB_CONCURRENCY and FORWARDED_ALLOW_IPS are honoured, but weaker than our own variables', () => {
  const env = { PORT: '9000', WEB_CONCURRENCY: '5', FORWARDED_ALLOW_IPS: '10.0.0.1, 10.1.0.0/16' };
  const { settings } = resolve({ env });
  assert.deepEqual(settings.bind, ['0.0.0.0:9000']);
  assert.equal(settings.workers, 5);
  assert.deepEqual(settings.forwarded_allow_ips, ['10.0.0.1', '10.1.0.0/16']);
  assert.deepEqual(resolve({ env: { ...env, LICORNE_BIND: ':1,:2' } }).settings.bind, [':1', ':2']);
});

test('a wrong variable is an error, also when a flag says otherwise', () => {
  assert.deepEqual(faults(resolve({ flags: '-w 2', env: { WEB_CONCURRENCY: 'many', PORT: 'x' } })), [
    'licorne: error: PORT=x cannot be used for `bind` | from     PORT (environment) | allowed  a port number, 0 to 65535',
    'licorne: error: `workers`: `many` is not a whole number | from     WEB_CONCURRENCY (environment) | allowed  auto, or a whole number from 1 to 1024',
  ]);
  assert.equal(faults(resolve({ env: { WEB_CONCURRENCY: '' } })).length, 1);
});

test('a misspelled variable is told, one of somebody else is not', () => {
  const env = { LICORNE_WROKERS: '3', LICORNE_SERVICE_HOST: '10.0.0.1', LICORNE_PORT: 'tcp://10.0.0.1:80' };
  assert.deepEqual(faults(resolve({ env })), [
    'licorne: warning: LICORNE_WROKERS is not a setting | from     LICORNE_WROKERS (environment) | hint     did you mean `LICORNE_WORKERS`?',
  ]);
});

test('a variable that looks like ours and is none is told, whatever it is called', () => {
  const env = {
    LICORNE_PORT: '8000',
    LICORNE_ZZZZZZ: '1',
    LICORNE_PORT_80_TCP_ADDR: '10.0.0.1',
    LICORNE_WEB_SERVICE_PORT_HTTP: '80',
  };
  assert.deepEqual(faults(resolve({ env })), [
    'licorne: warning: LICORNE_PORT is not a setting | from     LICORNE_PORT (environment) | hint     use LICORNE_BIND=HOST:PORT, or PORT',
    'licorne: warning: LICORNE_ZZZZZZ is not a setting | from     LICORNE_ZZZZZZ (environment) | hint     licorne config show lists the settings',
  ]);
});

test('all faults of a file are told at once, each with its place', () => {
  const toml = `workers = 2
[app]
wrokers = 3
bind = ":80"
threads = "many"
workers.x = 1
[sever]
a = 1
b = 2
[server]
bind = ["nonsense nonsense", ":99999"]
elephant = 1
[[site]]
host = "a"
`;
  assert.deepEqual(faults(resolve({ toml })), [
    'licorne.toml:1:1: error: `workers` stands outside its table | hint     put it under [app]',
    'licorne.toml:3:1: error: unknown key `wrokers` in [app] | hint     did you mean `workers`?',
    'licorne.toml:4:1: error: `bind` is not a key of [app] | hint     put it under [server]',
    'licorne.toml:6:1: error: `workers` in [app] is not a table',
    'licorne.toml:7:2: error: unknown section [sever] | allowed  [app] [server] [tls] [static] [limits] [websocket] [proxy] [acme] [log] [dev] [apps.NAME] [upstreams.NAME] [services.NAME] [[site]] | hint     did you mean `server`?',
    'licorne.toml:12:1: error: unknown key `elephant` in [server]',
    'licorne.toml:14:1: error: unknown key `host` in [[site]] | hint     did you mean `hosts`?',
    'licorne.toml:5:11: error: `threads`: `many` is not a whole number | allowed  a whole number from 1 to 1024',
    'licorne.toml:11:8: error: `bind`: `nonsense nonsense`: `nonsense nonsense` is not a host | allowed  HOST, HOST:PORT, :PORT, [IPV6]:PORT, https://HOST:PORT, unix:PATH or fd://N',
    'licorne.toml:11:8: error: `bind`: `:99999`: `99999` is not a port | allowed  a whole number from 0 to 65535',
  ]);
});

test('a file that is not TOML is told with the place of the fault', () => {
  const [fault = ''] = faults(resolve({ toml: '[app]\nworkers =\n' }));
  assert.match(fault, /^licorne\.toml:\d+:\d+: error: this is not TOML: /);
});

test('dotted keys, inline tables and sub-tables of a file mean the same as tables', () => {
  const { settings, diagnostics } = resolve({
    toml: 'app.workers = 2\nlog = { log_level = "debug" }\n[app.env]\nA = "1"\n',
  });
  assert.deepEqual(diagnostics, []);
  assert.equal(settings.workers, 2);
  assert.equal(settings.log_level, 'debug');
  assert.deepEqual(settings.env, { A: '1' });
});

test('paths in a file are relative to the file', () => {
  const toml = `[app]
chdir = "site"
python = "venv/bin/python"
pythonpath = ["lib", "/opt/lib"]
[server]
bind = ["unix:run/a.sock", "unix:/run/b.sock", ":80"]
[log]
access_log = "-"
error_log = "error.log"
`;
  const { settings } = resolve({ toml, path: '/etc/shop/licorne.toml' });
  assert.equal(settings.chdir, '/etc/shop/site');
  assert.equal(settings.python, '/etc/shop/venv/bin/python');
  assert.deepEqual(settings.pythonpath, ['/etc/shop/lib', '/opt/lib']);
  assert.deepEqual(settings.bind, ['unix:/etc/shop/run/a.sock', 'unix:/run/b.sock', ':80']);
  assert.equal(settings.access_log, '-');
  assert.equal(settings.error_log, '/etc/shop/error.log');
  const bare = resolve({ toml: '[app]\npython = "python3.12"\n', path: '/etc/licorne.toml' });
  assert.equal(bare.settings.python, 'python3.12');
});

test('lists of the strongest source replace weaker ones, maps are merged', () => {
  const toml = '[app]\nenv = { A = "file", B = "file" }\n[server]\nbind = [":1"]\n';
  const { settings } = resolve({ flags: '-e A=flag -e C=flag -b :2 -b :3', toml });
  assert.deepEqual(settings.env, { A: 'flag', B: 'file', C: 'flag' });
  assert.deepEqual(settings.bind, [':2', ':3']);
});

test('flags that stand alone mean their value, and attached values win', () => {
  assert.equal(resolve({ flags: '--access-log' }).settings.access_log, '-');
  assert.equal(resolve({ flags: '--access-log=a.log' }).settings.access_log, 'a.log');
  assert.equal(resolve({ flags: '--access-log a.log' }).settings.access_log, 'a.log');
  assert.equal(resolve({ flags: '--access-log -' }).settings.access_log, '-');
  assert.equal(resolve({ flags: '--access-log -w 2' }).settings.access_log, '-');
  assert.match(
    faults(resolve({ flags: '--access-log app:app' })).join(),
    /looks like an application.*write --access-log=- app:app/,
  );
  assert.equal(resolve({ flags: '--access-logfile a.log' }).settings.access_log, 'a.log');
  assert.equal(
    resolve({ flags: '--no-access-log', toml: '[log]\naccess_log = "-"\n' }).settings.access_log,
    '',
  );
  assert.equal(resolve({ flags: '--no-server-header' }).settings.server_header, '');
});

test('every option can be set by its flags, its variable and its key', () => {
  for (const name of SETTING_NAMES) {
    const row = OPTIONS[name];
    assert.equal(resolve({ env: { [variableOf(name)]: 'A=1' } }).diagnostics.length <= 1, true, name);
    for (const flag of row.flags) {
      const attached = flag.startsWith('--') ? `${flag}=A=1` : `${flag}A=1`;
      assert.notEqual(
        from(resolve({ flags: attached }), name) === 'default' &&
          resolve({ flags: attached }).diagnostics.length === 0,
        true,
        flag,
      );
    }
    const known = resolve({ toml: `[${row.section}]\n${name} = []\n` });
    assert.equal(
      known.diagnostics.some((one) => one.message.startsWith('unknown')),
      false,
      name,
    );
  }
});
