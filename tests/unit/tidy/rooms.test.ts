import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../helpers/paths.ts';
import { roomOf, sources } from './sources.ts';

interface Room {
  level: number;
  imports: string[];
}

const rooms = JSON.parse(readFileSync(join(root, 'tests/unit/tidy/rooms.json'), 'utf8')) as Record<
  string,
  Room
>;
const files = sources('src');

test('the rooms of ARCHITECTURE.md are the folders of src/, at the levels of the table', () => {
  const document = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
  const documented = [...document.matchAll(/^\| (\d) \| `(\w+)\/` \|/gm)].map(
    (match) => `${match[1]} ${match[2]}`,
  );
  const declared = Object.entries(rooms).map(([name, room]) => `${room.level} ${name}`);
  const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  assert.deepEqual(documented.sort(), declared.sort());
  assert.deepEqual(folders.map((folder) => folder.name).sort(), Object.keys(rooms).sort());
});

test('a room may only import from rooms at lower levels', () => {
  for (const [name, room] of Object.entries(rooms)) {
    for (const imported of room.imports) {
      assert.ok(
        (rooms[imported]?.level ?? 9) < room.level,
        `${name} may not be allowed to import ${imported}`,
      );
    }
  }
});

test('every import between rooms is an arrow that rooms.json allows, and every arrow is used', () => {
  const used = new Set<string>();
  for (const file of files) {
    for (const imported of file.allImports) {
      const [from, to] = [roomOf(file.path), roomOf(imported)];
      assert.ok(imported.startsWith('src/'), `${file.path} imports ${imported}`);
      if (from === to) continue;
      used.add(`${from} → ${to}`);
      assert.ok(
        rooms[from]?.imports.includes(to),
        `${file.path} imports ${imported}: ${from} may not import ${to}`,
      );
    }
  }
  const allowed = Object.entries(rooms).flatMap(([from, room]) =>
    room.imports.map((to) => `${from} → ${to}`),
  );
  assert.deepEqual([...used].sort(), allowed.sort());
});

test('no files import each other in a circle', () => {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    assert.ok(!trail.includes(path), `circle: ${[...trail.slice(trail.indexOf(path)), path].join(' → ')}`);
    if (done.has(path)) return;
    for (const imported of byPath.get(path)?.imports ?? []) visit(imported, [...trail, path]);
    done.add(path);
  };
  for (const file of files) visit(file.path, []);
});

test('only the sources of the configuration read the environment', () => {
  const readers = files.filter((file) => /\bprocess\.env\b/.test(file.text)).map((file) => file.path);
  assert.deepEqual(readers, ['src/config/env.ts']);
});

test('only the rooms wire and upstream, and the encoders of requests, know frames', () => {
  const knowing = files.filter((file) => file.allImports.some((path) => path === 'src/wire/frame.ts'));
  const where = new Set(knowing.map((file) => roomOf(file.path)));
  assert.deepEqual([...where].sort(), ['upstream', 'wire']);
});
