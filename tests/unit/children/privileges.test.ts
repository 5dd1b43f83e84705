import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findIdentity, homeOf, umaskOf } from '../../../src/children/privileges.ts';
import { venvPython } from '../../helpers/venv.ts';

const python = venvPython('main');
const ROOT = { uid: 0, gid: 0 };

test('nobody is asked when nobody is named', () => {
  assert.equal(findIdentity({ user: '', group: '' }, '/no/python', ROOT), null);
});

test('a number that the machine does not know needs a group', () => {
  assert.throws(() => findIdentity({ user: '54321', group: '' }, python, ROOT), /its group has to be named/);
  const found = findIdentity({ user: '54321', group: '4321' }, python, ROOT);
  assert.deepEqual(found, { uid: 54_321, gid: 4321, groups: [4321], name: '54321', home: '/' });
});

test('root itself has an entry everywhere: its id, its groups, its home', () => {
  const found = findIdentity({ user: 'root', group: '' }, python, ROOT);
  assert.deepEqual([found?.uid, found?.gid, found?.name], [0, 0, 'root']);
  assert.ok(found?.groups.includes(0));
  assert.deepEqual(homeOf(found), { HOME: found?.home, USER: 'root', LOGNAME: 'root' });
});

test('who is not root may name itself only', () => {
  const self = { uid: 54_321, gid: 4321 };
  assert.equal(findIdentity({ user: '54321', group: '4321' }, python, self), null);
  assert.throws(
    () => findIdentity({ user: 'root', group: '' }, python, self),
    /only root may run .* user root/,
  );
  assert.throws(
    () => findIdentity({ user: '54321', group: '1' }, python, self),
    /only root may run .* group 1/,
  );
});

test('a name with anything in it is only looked up', () => {
  assert.throws(
    () => findIdentity({ user: "x'; import os #", group: '' }, python, ROOT),
    /there is no user x'/,
  );
});

test('the umask is read as octal', () => {
  assert.deepEqual(['', '0', '27', '027', '0o077'].map(umaskOf), [-1, 0, 0o27, 0o27, 0o77]);
});
