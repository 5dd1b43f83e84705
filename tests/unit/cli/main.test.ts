import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { COMMANDS } from '../../../src/cli/commands.ts';
import { main } from '../../../src/cli/main.ts';
import { fakeTerminal, type FakeTerminal } from './fake-terminal.ts';

const GOLDEN = new URL('../../golden/cli/', import.meta.url);
const UPDATE = process.env['UPDATE_GOLDEN'] === '1';
const PROJECT = {
  'manage.py': "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'mysite.settings')\n",
  'mysite/settings.py': "WSGI_APPLICATION = 'mysite.wsgi.application'\n",
};

async function run(
  line: string,
  files: Record<string, string> = {},
  env: Record<string, string> = {},
): Promise<FakeTerminal & { exit: number }> {
  const terminal = fakeTerminal(files, env);
  const exit = await main(
    line.split(' ').filter((word) => word !== ''),
    terminal,
  );
  return Object.assign(terminal, { exit });
}

function golden(name: string, actual: string): void {
  const url = new URL(name, GOLDEN);
  if (UPDATE) writeFileSync(url, actual);
  else assert.equal(actual, readFileSync(url, 'utf8'));
}

test('--version tells the version of the package', async () => {
  const version = (
    JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }
  ).version;
  for (const line of ['--version', '-V', 'serve --version']) {
    const { exit, stdout } = await run(line);
    assert.equal(exit, 0);
    assert.equal(stdout, `licorne ${version}\n`);
  }
});

test('the help is what its file says and fits 100 columns', async () => {
  const { exit, stdout } = await run('--help');
  assert.equal(exit, 0);
  assert.deepEqual(
    stdout.split('\n').filter((line) => line.length > 100),
    [],
  );
  golden('help.txt', stdout);
});

test('every command has a help of its own', async () => {
  for (const command of COMMANDS) {
    const { exit, stdout } = await run(`help ${command.name}`);
    assert.equal(exit, 0);
    assert.equal(stdout.startsWith(`Usage: licorne ${command.usage}\n`), true, command.name);
  }
  for (const name of ['check', 'config', 'gunicorn', 'uvicorn', 'uwsgi', 'runserver', 'help']) {
    const { exit, stdout } = await run(`${name} --help`);
    assert.equal(exit, 0, name);
    assert.equal(stdout.startsWith('Usage: licorne') || name === 'help', true, name);
  }
});

test('a misspelled command is told the nearest, unless a module has that name', async () => {
  const wrong = await run('chekc');
  assert.equal(wrong.exit, 2);
  assert.match(wrong.stderr, /unknown command `chekc`\n {2}hint {5}did you mean `check`\?/);
  const right = await run('chekc --print-config', { 'chekc.py': '' });
  assert.equal(right.exit, 0);
  assert.match(right.stdout, /^target = "chekc"/m);
});

test('a wrong command line ends with 2, tells all faults and how the command is called', async () => {
  const { exit, stderr } = await run('app:app --wrokers 4 --bnd');
  assert.equal(exit, 2);
  assert.match(
    stderr,
    /unknown option `--wrokers`\n {2}from {5}--wrokers\n {2}hint {5}did you mean `--workers`\?/,
  );
  assert.match(stderr, /unknown option `--bnd`/);
  assert.match(stderr, /usage {4}licorne \[serve\] \[TARGET\] \[OPTIONS\]/);
});

test('a command that does not come first is recognised', async () => {
  const { exit, stderr } = await run('-w 4 app:app check');
  assert.equal(exit, 2);
  assert.match(stderr, /`check` is a command; it comes first/);
});

test('a command after flags is taken for the command, or told to come first, and never served', async () => {
  const checked = await run('-w 2 check', PROJECT);
  assert.equal(checked.exit, 0);
  assert.match(checked.stdout, /^configuration is sound: no configuration file, one setting given;/);
  const named = await run('-c x.toml check', { ...PROJECT, 'x.toml': '' });
  assert.match(named.stdout, /sound: x\.toml/);
  const foreign = await run('-w 2 gunicorn app:app');
  assert.equal(foreign.exit, 2);
  assert.match(foreign.stderr, /`gunicorn` is a command; it comes first/);
  const module = await run('-w 2 check --print-config', { 'check.py': '' });
  assert.match(module.stdout, /^target = "check"/m);
});

test('a configuration file in the place of the application is told how to be given', async () => {
  const there = await run('check site.toml', { 'site.toml': '' });
  assert.equal(there.exit, 2);
  assert.match(there.stderr, /site\.toml is a configuration file, not an application/);
  assert.match(there.stderr, /did you mean -c site\.toml\?/);
  const absent = await run('site.toml');
  assert.equal(absent.exit, 2);
  assert.match(absent.stderr, /there is no file site\.toml/);
  const other = async (name: string) => (await run(`check ${name}`, { [name]: '' })).stderr;
  assert.match(await other('site.ini'), /licorne uwsgi --ini site\.ini/);
  assert.match(await other('gunicorn.conf.py'), /licorne gunicorn -c gunicorn\.conf\.py/);
  assert.match(await other('site.yaml'), /read from licorne\.toml, or the file of -c/);
  assert.match((await run('uwsgi.ini', { 'uwsgi.ini': '' })).stderr, /uwsgi\.ini is a configuration file/);
});

test('options and commands of other servers are answered with ours', async () => {
  for (const [line, hint] of [
    ['app:app --port 8000', /-b HOST:PORT/],
    ['app:app --host=0.0.0.0', /-b HOST:PORT/],
    ['app:app -p 8000', /unknown option `-p`\n.*\n.*-b HOST:PORT/],
    ['app:app --check', /licorne check/],
    ['app:app -v', /--version/],
    ['version', /licorne --version/],
    ['run app:app', /licorne TARGET/],
    ['start', /licorne TARGET/],
  ] as const) {
    const { exit, stderr } = await run(line);
    assert.equal(exit, 2, line);
    assert.match(stderr, hint, line);
  }
});

test('a folder that does not exist is told before anything is started', async () => {
  const { exit, stderr } = await run('app:app --chdir nosuch');
  assert.equal(exit, 1);
  assert.equal(stderr, 'licorne: error: `chdir`: the folder nosuch does not exist\n  from     --chdir\n');
});

test('manage.py in the place of the application, and the folder below it, are answered', async () => {
  assert.match((await run('manage.py', PROJECT)).stderr, /write just `licorne`/);
  const inside = await run('', { 'settings.py': '', 'wsgi.py': '', '../manage.py': '' });
  assert.equal(inside.exit, 1);
  assert.match(inside.stderr, /manage\.py is one folder up/);
});

test('a wrong DJANGO_SETTINGS_MODULE is told to be unset, with what manage.py says', async () => {
  const { exit, stderr } = await run('check', PROJECT, { DJANGO_SETTINGS_MODULE: 'nope' });
  assert.equal(exit, 1);
  assert.match(stderr, /unset DJANGO_SETTINGS_MODULE, or correct it: manage\.py says mysite\.settings/);
});

test('a wrong configuration ends with 1 before anything is served', async () => {
  const { exit, stderr } = await run('app:app -w many');
  assert.equal(exit, 1);
  assert.equal(
    stderr,
    'licorne: error: `workers`: `many` is not a whole number\n  from     -w\n  allowed  auto, or a whole number from 1 to 1024\n',
  );
});

test('values in messages cannot drive the terminal', async () => {
  const { stderr } = await run('app:app -w \x1b[31m');
  assert.equal(stderr.includes('\x1b'), false);
  assert.match(stderr, /\\x1b\[31m/);
});

test('without a target and without a project the error says what was looked for', async () => {
  const { exit, stderr } = await run('check', { 'app.py': 'app = Flask(__name__)\n' });
  assert.equal(exit, 1);
  assert.match(stderr, /no application was named, and there is no Django project here/);
  assert.match(stderr, /hint {5}try licorne app:app/);
});

test('check says that all is well, from which file, and what was found', async () => {
  const files = { ...PROJECT, 'licorne.toml': '[app]\nworkers = 2\n' };
  const { exit, stdout, stderr } = await run('check -b :80', files);
  assert.equal(exit, 0);
  assert.equal(
    stdout,
    'configuration is sound: licorne.toml, 2 settings given; the application itself was not imported\n',
  );
  assert.equal(
    stderr,
    'licorne: note: found the Django project of manage.py: settings mysite.settings, application mysite.wsgi:application\n',
  );
});

test('check tells every fault of file, environment and flags', async () => {
  const files = { ...PROJECT, 'licorne.toml': '[app]\nwrokers = 2\nthreads = 0\n' };
  const { exit, stderr } = await run('check -b nonsense:x', files, { WEB_CONCURRENCY: 'x' });
  assert.equal(exit, 1);
  golden('check-faults.txt', stderr);
});

test('a configuration file that was named must be there', async () => {
  assert.match(
    (await run('check -c a.toml', PROJECT)).stderr,
    /the configuration file a\.toml does not exist\n {2}from {5}--config/,
  );
  const byVariable = await run('check', PROJECT, { LICORNE_CONFIG: 'b.toml' });
  assert.match(byVariable.stderr, /b\.toml does not exist\n {2}from {5}LICORNE_CONFIG/);
  assert.equal(byVariable.exit, 1);
});

test('config show lists every setting with its origin', async () => {
  const files = { ...PROJECT, 'licorne.toml': '[app]\nworkers = 2\n' };
  const { exit, stdout } = await run('config show --threads 4', files, { PORT: '80' });
  assert.equal(exit, 0);
  golden('config-show.txt', stdout);
});

const TWO_APPS = `[app]
chdir = "src"
[apps.chat]
target = "mysite.asgi"
workers = 2
[[site]]
[[site.location]]
path = "/ws/"
app = "chat"
`;

test('config show and --print-config list every application and location', async () => {
  const files = { 'licorne.toml': TWO_APPS, 'src/a.py': '' };
  const shown = await run('config show mysite.wsgi', files);
  const start = shown.stdout.indexOf('[apps.chat]');
  const parts = [
    shown.stdout.slice(start, shown.stdout.indexOf('[server]')),
    shown.stdout.slice(shown.stdout.indexOf('[[site]]')),
    (await run('mysite.wsgi --print-config', files)).stdout,
  ];
  golden('two-apps.txt', parts.join('--- \n'));
});

test('config explain tells what an application has, and whose it is', async () => {
  const files = { 'licorne.toml': TWO_APPS };
  const workers = await run('config explain apps.chat.workers', files);
  assert.equal(workers.exit, 0);
  assert.match(
    workers.stdout,
    /^apps\.chat\.workers: [^]*\n\nvalue {5}2\nfrom {6}licorne\.toml:5:11\ndefault {3}1\n/,
  );
  const chdir = await run('config explain apps.chat.chdir', files);
  assert.match(
    chdir.stdout,
    /value {5}"src"\nfrom {6}as \[app\]: licorne\.toml:2:9\ndefault {3}as \[app\]\n/,
  );
  assert.match(
    (await run('config explain apps.nobody.chdir', files)).stderr,
    /there is no application `nobody`/,
  );
  const bind = await run('config explain apps.chat.bind', files);
  assert.match(bind.stderr, /`bind` is not a setting of an application/);
  assert.equal(bind.exit, 2);
});

test('check counts what applications say themselves', async () => {
  const { stdout } = await run('check mysite.wsgi', { 'licorne.toml': TWO_APPS, 'src/a.py': '' });
  assert.equal(
    stdout,
    'configuration is sound: licorne.toml, 4 settings given; the application itself was not imported\n',
  );
});

test('config explain tells a setting, its value, who said it and who was overruled', async () => {
  const files = { 'licorne.toml': '[app]\nworkers = 2\n' };
  const { exit, stdout } = await run('config explain workers -w 4', files, { WEB_CONCURRENCY: '3' });
  assert.equal(exit, 0);
  golden('config-explain.txt', stdout);
});

test('config explain takes a flag or a dotted name too, and knows the nearest', async () => {
  for (const key of ['--bind', 'server.bind', 'bind'])
    assert.match((await run(`config explain ${key}`)).stdout, /^bind: /, key);
  const { exit, stderr } = await run('config explain wrokers');
  assert.equal(exit, 2);
  assert.match(stderr, /did you mean `workers`\?/);
});

test('config explain takes a variable, and asks for a setting when none is named', async () => {
  assert.match((await run('config explain LICORNE_WORKERS')).stdout, /^workers: /);
  assert.match((await run('config explain PORT')).stdout, /^bind: /);
  const { exit, stderr } = await run('config explain');
  assert.equal(exit, 2);
  assert.match(stderr, /config explain needs the name of a setting/);
});

test('slips in a file are answered with the right way to write it', async () => {
  for (const [toml, hint] of [
    ['[app]\ntarget = mysite.wsgi\n', /text needs quotes: "mysite\.wsgi"/],
    ['[app]\nworkers: 2\n', /use =, not a colon/],
    ['[log]\naccess_log = true\n', /write "-" for stdout/],
    ['[log]\nlevel = "info"\n', /did you mean `log_level`/],
    ['[server]\nkeepalive = 5\n', /did you mean `keepalive_timeout`/],
  ] as const) {
    const { exit, stderr } = await run('check app:app', { 'licorne.toml': toml });
    assert.equal(exit, 1);
    assert.match(stderr, hint, toml);
  }
});

test('every wrong entry of a list is told', async () => {
  const { stderr } = await run('check app:app --forwarded-allow-ips a.b,c.d');
  assert.match(stderr, /`a\.b` is neither/);
  assert.match(stderr, /`c\.d` is neither/);
});

test('config schema prints the schema', async () => {
  const { exit, stdout } = await run('config schema');
  assert.equal(exit, 0);
  assert.equal((JSON.parse(stdout) as { title: string }).title, 'licorne.toml');
});

test('config without an action says which there are', async () => {
  assert.equal((await run('config')).exit, 2);
  assert.match((await run('config shwo')).stderr, /did you mean `show`\?/);
});

test('completion knows three shells', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { exit, stdout } = await run(`completion ${shell}`);
    assert.equal(exit, 0);
    for (const word of ['workers', 'gunicorn', 'combined'])
      assert.equal(stdout.includes(word), true, `${shell} ${word}`);
  }
  assert.equal((await run('completion tcsh')).exit, 2);
  const help = await run('completion --help');
  assert.equal(help.exit, 0);
  assert.match(help.stdout, /^Usage: licorne completion/);
});

test('--print-config before the name of a tool asks the same as after', async () => {
  const before = await run('--print-config gunicorn -b :1 a:b');
  const after = await run('gunicorn -b :1 a:b --print-config');
  assert.equal(before.stdout, after.stdout);
  assert.match(before.stdout, /^bind = \[":1"\] +# gunicorn -b$/m);
});

test('--print-config of a project shows what was found', async () => {
  const { exit, stdout } = await run('--print-config', {
    'site/manage.py': PROJECT['manage.py'],
    'site/mysite/settings.py': PROJECT['mysite/settings.py'],
  });
  assert.equal(exit, 0);
  assert.match(stdout, /^target = "mysite.wsgi:application" +# found in site\/mysite\/settings\.py:1$/m);
  assert.match(stdout, /^chdir = "site" +# found in site\/manage\.py$/m);
});

test('dev is one worker that reloads, whatever the file of production says, and less than what is typed', async () => {
  const files = { 'licorne.toml': '[app]\ntarget = "app:app"\nworkers = 8\npreload = true\nthreads = 2\n' };
  const dev = await run('dev --print-config', files);
  assert.equal(dev.exit, 0);
  assert.match(dev.stdout, /^workers = 1 /m);
  assert.match(dev.stdout, /^threads = 2 /m);
  assert.match(dev.stdout, /^reload = true /m);
  assert.doesNotMatch(dev.stdout, /preload = true/);
  const typed = await run('dev --print-config -w 3 --no-reload', files);
  assert.match(typed.stdout, /^workers = 3 /m);
  assert.doesNotMatch(typed.stdout, /^reload = true/m);
});
