import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diagnosticText } from '../../../src/cli/report.ts';
import { type App, checkAppName } from '../../../src/config/apps.ts';
import { parseFlags } from '../../../src/config/flags.ts';
import { APP_SETTING_NAMES, type AppSettingName, DEFAULT_SETTINGS } from '../../../src/config/options.ts';
import { describeOrigin } from '../../../src/config/origin.ts';
import { resolveSettings, type Resolution } from '../../../src/config/resolve.ts';

const LOCATION = '\n[[site]]\n[[site.location]]\npath = "/c/"\napp = "chat"\n';

function resolve(toml: string, argv: readonly string[] = [], env: Record<string, string> = {}): Resolution {
  return resolveSettings({ flags: parseFlags(argv), env, file: { path: 'licorne.toml', text: toml } });
}

const faults = (resolution: Resolution): string[] =>
  resolution.diagnostics.map((one) => diagnosticText(one).trimEnd().replaceAll(/\n +/g, ' | '));
const chatOf = (resolution: Resolution): App => {
  const chat = resolution.apps.find((app) => app.name === 'chat');
  assert.ok(chat);
  return chat;
};
const from = (app: App, name: AppSettingName): string =>
  describeOrigin(app.origins.get(name) ?? { kind: 'default' });

test('the main application is the first and has the settings of [app]', () => {
  const { apps, settings, origins } = resolve('[app]\nworkers = 3\n', ['--threads', '2']);
  assert.equal(apps.length, 1);
  assert.equal(apps[0]?.name, 'app');
  assert.deepEqual(Object.keys(apps[0]?.settings ?? {}), APP_SETTING_NAMES);
  for (const name of APP_SETTING_NAMES) assert.equal(apps[0]?.settings[name], settings[name], name);
  assert.equal(apps[0]?.origins, origins);
});

test('an application of the file has its own settings, and the defaults for what it does not say', () => {
  const resolution = resolve(
    `[app]\nworkers = 3\nthreads = 4\ninterface = "wsgi"\n[apps.chat]\ntarget = "c:app"\nworkers = 2\nboot_timeout = "2m"\n${LOCATION}`,
    ['--lifespan', 'off'],
    { LICORNE_LOOP: 'asyncio' },
  );
  assert.deepEqual(faults(resolution), []);
  const chat = chatOf(resolution);
  assert.deepEqual(chat.settings, {
    ...Object.fromEntries(APP_SETTING_NAMES.map((name) => [name, DEFAULT_SETTINGS[name]])),
    target: 'c:app',
    workers: 2,
    boot_timeout: 120,
  });
  assert.equal(from(chat, 'workers'), 'licorne.toml:7:11');
  assert.equal(from(chat, 'threads'), 'default');
});

test('the project is shared: folder, interpreter, path, environment and settings are those of [app]', () => {
  const toml = `[app]\npython = "p"\npythonpath = ["a", "b"]\nenv = { A = "1", B = "1" }\n[apps.chat]\ntarget = "c"\n`;
  const argv = ['--chdir', 'src', '--settings', 'mysite.settings', '-e', 'C=1'];
  const shared = chatOf(resolve(`${toml}${LOCATION}`, argv));
  assert.equal(shared.settings.chdir, 'src');
  assert.equal(shared.settings.python, 'p');
  assert.deepEqual(shared.settings.pythonpath, ['a', 'b']);
  assert.deepEqual(shared.settings.env, { A: '1', B: '1', C: '1' });
  assert.equal(shared.settings.settings_module, 'mysite.settings');
  assert.equal(from(shared, 'chdir'), 'as [app]: --chdir');
  assert.equal(from(shared, 'python'), 'as [app]: licorne.toml:2:10');
  const own = chatOf(
    resolve(`${toml}chdir = "chat"\npythonpath = ["c"]\nenv = { B = "2" }\n${LOCATION}`, argv),
  );
  assert.equal(own.settings.chdir, 'chat');
  assert.deepEqual(own.settings.pythonpath, ['c']);
  assert.deepEqual(own.settings.env, { A: '1', B: '2', C: '1' });
  assert.equal(from(own, 'chdir'), 'licorne.toml:7:9');
});

test('the table of an application may be written in every way TOML has', () => {
  for (const toml of [
    '[apps.chat]\ntarget = "c"\nworkers = 2\n[apps.chat.env]\nA = "1"\n',
    'apps.chat = { target = "c", workers = 2, env = { A = "1" } }\n',
    '[apps]\nchat.target = "c"\nchat.workers = 2\nchat.env.A = "1"\n',
    'apps = { chat = { target = "c", workers = 2, env.A = "1" } }\n',
    '["apps"."chat"]\ntarget = "c"\n"workers" = 2\nenv = { A = "1" }\n',
  ]) {
    const resolution = resolve(`${toml}${LOCATION}`);
    assert.deepEqual(faults(resolution), [], toml);
    const { target, workers, env } = chatOf(resolution).settings;
    assert.deepEqual([target, workers, env], ['c', 2, { A: '1' }], toml);
  }
});

test('paths of an application are relative to the file', () => {
  const text = '[apps.chat]\ntarget = "c"\nchdir = "site"\npython = "python3.12"\npythonpath = ["lib"]\n';
  const { apps } = resolveSettings({
    flags: parseFlags([]),
    env: {},
    file: { path: '/etc/shop/licorne.toml', text },
  });
  assert.equal(apps[1]?.settings.chdir, '/etc/shop/site');
  assert.equal(apps[1]?.settings.python, 'python3.12');
  assert.deepEqual(apps[1]?.settings.pythonpath, ['/etc/shop/lib']);
});

test('every fault of an application is told with its place', () => {
  const toml = `[apps.chat]
wrokers = 2
bind = ":80"
threads = 0
root_path = "x/"
target = "a b"
loop.x = 1
elephant = 1
[apps.chat.target]
[apps.empty]
[apps.asyncs]
target = "a"
interface = "asgi"
threads = 2
`;
  const [syntax] = faults(resolve(toml));
  assert.match(syntax ?? '', /this is not TOML/);
  assert.deepEqual(faults(resolve(toml.replace('[apps.chat.target]\n', '[apps.chat.lifespan]\n'))), [
    'licorne.toml:2:1: error: unknown key `wrokers` in [apps.chat] | hint     did you mean `workers`?',
    'licorne.toml:3:1: error: `bind` is not a key of [apps.chat] | hint     put it under [server]',
    'licorne.toml:7:1: error: `loop` in [apps.chat] is not a table',
    'licorne.toml:8:1: error: unknown key `elephant` in [apps.chat]',
    'licorne.toml:9:2: error: `lifespan` in [apps.chat] is not a table',
    'licorne.toml:4:11: error: `apps.chat.threads`: 0 is too small | allowed  a whole number from 1 to 1024',
    'licorne.toml:10:2: error: [apps.empty] names no application | hint     add target = "module:attribute"',
    'licorne.toml:6:10: error: `apps.chat.target`: `a b` does not name an application | allowed  module, module:attribute or module:factory()',
    'licorne.toml:5:13: error: `apps.chat.root_path`: `x/` is not a path prefix | allowed  a path such as /shop: begins with / and does not end with it',
    'licorne.toml:14:11: warning: `apps.asyncs.threads`: an ASGI application does not use them; it runs in one event loop | hint     for more processors use workers',
    'licorne.toml:1:2: warning: no location leads to the application `chat` | hint     add a [[site.location]] with app = "chat"',
    'licorne.toml:10:2: warning: no location leads to the application `empty` | hint     add a [[site.location]] with app = "empty"',
    'licorne.toml:11:2: warning: no location leads to the application `asyncs` | hint     add a [[site.location]] with app = "asyncs"',
  ]);
});

test('a fault of what is shared is told once', () => {
  const toml = `[app]\nsettings_module = "a/b"\n[apps.chat]\ntarget = "c"\n${LOCATION}`;
  assert.equal(faults(resolve(toml)).length, 1);
});

test('an application cannot have the name of the main one, nor one that is no word', () => {
  for (const good of ['chat', 'a', 'A-b_2', 'x'.repeat(32)]) checkAppName(good);
  for (const bad of ['', 'a b', 'a.b', '-a', '2a', 'a/b', 'é', 'x'.repeat(33)])
    assert.throws(() => checkAppName(bad), /is not a name for an application/, bad);
  assert.deepEqual(faults(resolve('[apps.app]\ntarget = "a"\nworkers = 2\n[apps."a b"]\n[[apps.c]]\n')), [
    'licorne.toml:1:2: error: `app` is the name of the application of [app] | hint     its settings go there; give this one another name',
    'licorne.toml:4:2: error: `a b` is not a name for an application | allowed  a letter, then at most 31 letters, digits, - or _',
    'licorne.toml:5:3: error: [[apps.c]] cannot be a list | hint     write [apps.c]',
  ]);
  assert.deepEqual(faults(resolve('apps = 1\n')), [
    'licorne.toml:1:1: error: `apps` is a table | hint     write [apps]',
  ]);
  assert.match(
    faults(resolve('apps.chat = 1\n'))[0] ?? '',
    /`apps\.chat` is a table \| hint {5}write \[apps\.chat\]/,
  );
});
