import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileVariables } from '../../../src/cli/app-environment.ts';
import { main } from '../../../src/cli/main.ts';
import { temporaryFolder } from '../../helpers/examples.ts';
import { fakeTerminal } from './fake-terminal.ts';

const variablesOf = (
  files: readonly string[],
  env: Parameters<typeof fileVariables>[1],
): ReturnType<typeof fileVariables> => fileVariables({ env_file: files, env_file_bytes_max: 1_048_576 }, env);

test('later files win over earlier ones, what the server was started with over all of them', (t) => {
  const folder = temporaryFolder(t);
  const [one, two] = [join(folder, 'one.env'), join(folder, 'two.env')];
  writeFileSync(one, 'A=1\nB=1\nC=1\n');
  writeFileSync(two, 'B=2\nexport D="$HOME ${A}-${C}"\n');
  const { values, faults } = variablesOf([one, two], { C: 'given' });
  assert.deepEqual(values, { A: '1', B: '2', D: '$HOME 1-given' });
  assert.deepEqual(faults, []);
});

test('they are read anew each time, and a line that is none is told with its place', (t) => {
  const path = join(temporaryFolder(t), '.env');
  writeFileSync(path, 'A=1\n');
  assert.deepEqual(variablesOf([path], {}).values, { A: '1' });
  writeFileSync(path, 'A=2\n\nwhat is this\n');
  const again = variablesOf([path], {});
  assert.deepEqual(again.values, { A: '2' });
  assert.deepEqual(again.faults, [`${path}:3: this line is not NAME=value and is left out`]);
});

test('a file that is not there is a fault in words', () => {
  assert.throws(() => variablesOf(['/nowhere/.env'], {}), {
    message: 'env_file: /nowhere/.env cannot be read: it does not exist',
  });
});

test('`licorne check` looks for them: a file that is not there is a fault, a folder of modules a warning', async () => {
  const terminal = fakeTerminal({ 'shop.py': '', 'there.env': '' });
  const words = ['check', 'shop', '--env-file', 'there.env,gone.env', '--pythonpath', 'nowhere'];
  assert.equal(await main(words, terminal), 1);
  assert.match(terminal.stderr, /error: `env_file`: the file gone\.env does not exist/);
  assert.doesNotMatch(terminal.stderr, /there\.env/);
  assert.match(terminal.stderr, /warning: `pythonpath`: the folder nowhere does not exist/);
});

test('check tells which lines of the files say nothing', async () => {
  const files = { 'shop.py': '', 'there.env': 'A=1\nwhat is this\n' };
  const terminal = fakeTerminal(files);
  await main(['check', 'shop', '--env-file', 'there.env'], terminal);
  assert.match(terminal.stderr, /there\.env:2:1: warning: this line is not NAME=value and is left out/);
});

test('a file that is no TOML is the only thing that is told', async () => {
  const terminal = fakeTerminal({ 'licorne.toml': '[server\n' });
  assert.equal(await main(['check'], terminal), 1);
  assert.match(terminal.stderr, /this is not TOML/);
  assert.doesNotMatch(terminal.stderr, /no application was named/);
});

test('only regular files of a bearable length are read', (t) => {
  const folder = temporaryFolder(t);
  const [pipe, long] = [join(folder, 'pipe'), join(folder, 'long.env')];
  execFileSync('mkfifo', [pipe]);
  writeFileSync(long, 'x'.repeat(1_048_577));
  for (const path of [pipe, folder])
    assert.throws(() => variablesOf([path], {}), /cannot be read: it is no regular file/);
  assert.throws(() => variablesOf([long], {}), /has 1048577 bytes, .*\(env_file_bytes_max\)/);
  const settings = { env_file: [long], env_file_bytes_max: 2_000_000 };
  assert.deepEqual(fileVariables(settings, {}).values, {});
});

test('a value that no process can be given is told with its place, and without itself', (t) => {
  const path = join(temporaryFolder(t), 'a.env');
  for (const [value, why] of [
    ['se\0cret', /a\.env:2: "KEY": it holds a NUL/],
    ['secret'.repeat(30_000), /a\.env:2: "KEY": its value is longer/],
  ] as const) {
    writeFileSync(path, `A=1\nKEY=${value}\n`);
    assert.throws(
      () => variablesOf([path], {}),
      ({ message }: Error) => why.test(message) && !message.includes('secret'),
    );
  }
  const doubled = Array.from({ length: 40 }, (_, index) => `A${index + 1}=\${A${index}}\${A${index}}`);
  writeFileSync(path, `A0=ab\n${doubled.join('\n')}\n`);
  assert.throws(() => variablesOf([path], {}), /its value is longer/);
});

test('no file keeps the start waiting', (t) => {
  const path = join(temporaryFolder(t), 'a.env');
  for (const text of ['?=\n'.repeat(300_000), `A=${' '.repeat(100_000)}b`, `A=${'${'.repeat(50_000)}`]) {
    writeFileSync(path, text);
    const began = performance.now();
    variablesOf([path], {});
    assert.ok(performance.now() - began < 2_000);
  }
});
