import assert from 'node:assert/strict';
import { chmodSync, statSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { whoDenies } from '../../../src/files/permission-walk.ts';
import { Folder } from './folder.ts';

const stranger = { uid: 65_533, gid: 65_533, groups: [] };

test('the first component that a user may not pass is named, with mode, owner and what to do', async (t) => {
  const folder = new Folder(t);
  folder.folder('ann/site/static');
  chmodSync(folder.path, 0o755);
  chmodSync(folder.at('ann'), 0o700);
  const sentence = (await whoDenies(folder.at('ann/site/static'), stranger)) ?? '';
  const me = statSync(folder.path).uid === 0 ? 'root' : '.+';
  assert.match(
    sentence,
    new RegExp(
      `^${folder.at('ann')} is drwx------ \\(${me}\\): the user with the number 65533 cannot pass; chmod o\\+x ${folder.at('ann')}, or move the files$`,
    ),
  );
  chmodSync(folder.at('ann'), 0o711);
  assert.equal(await whoDenies(folder.at('ann/site/static'), stranger), null);
});

test('a folder of files must be readable as well, and a file only that', async (t) => {
  const folder = new Folder(t);
  chmodSync(folder.path, 0o755);
  chmodSync(folder.folder('static'), 0o711);
  assert.match((await whoDenies(folder.at('static'), stranger)) ?? '', /cannot read it; chmod o\+rx /);
  chmodSync(folder.write('a', ''), 0o640);
  assert.match((await whoDenies(folder.at('a'), stranger)) ?? '', /-rw-r----- .*cannot read it; chmod o\+r /);
  const group = { ...stranger, groups: [statSync(folder.at('a')).gid] };
  assert.equal(await whoDenies(folder.at('a'), group), null);
  chmodSync(folder.at('a'), 0o604);
  assert.match((await whoDenies(folder.at('a'), group)) ?? '', /chmod g\+r /);
});

test('links on the way are walked, too', async (t) => {
  const folder = new Folder(t);
  folder.write('closed/in/a', 'x');
  chmodSync(folder.path, 0o755);
  symlinkSync('../closed/in', folder.folder('b') + '/link');
  chmodSync(folder.at('b'), 0o755);
  assert.equal(await whoDenies(folder.at('b/link/a'), stranger), null);
  chmodSync(folder.at('closed'), 0o700);
  assert.ok((await whoDenies(folder.at('b/link/a'), stranger))?.startsWith(folder.at('closed is')));
});

test('what does not exist, circles and what one may read are denied by nobody', async (t) => {
  const folder = new Folder(t);
  symlinkSync('loop', folder.at('loop'));
  assert.equal(await whoDenies(folder.at('nothing/here')), null);
  assert.equal(await whoDenies(folder.at('loop')), null);
  assert.equal(await whoDenies(folder.path), null);
  assert.equal(await whoDenies('/'), null);
});

test('a name that a shell would take apart is quoted in the advice', async (t) => {
  const folder = new Folder(t);
  chmodSync(folder.path, 0o755);
  chmodSync(folder.folder("it's mine"), 0o700);
  assert.match((await whoDenies(folder.at("it's mine"), stranger)) ?? '', /chmod o\+rx '.*it'\\''s mine'/);
});
