import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { flagsOf, parseFlags } from '../../../src/config/flags.ts';
import {
  DEFAULT_SETTINGS,
  OPTIONS,
  SECTIONS,
  SETTING_NAMES,
  settingsOf,
} from '../../../src/config/options.ts';
import { HANDLER_KEYS } from '../../../src/config/location-key-row.ts';
import { LOCATION_KEY_NAMES } from '../../../src/config/location-keys.ts';
import { printToml } from '../../../src/config/print-toml.ts';
import { settingsReference } from '../../../src/config/reference.ts';
import { resolveSettings } from '../../../src/config/resolve.ts';
import { jsonSchema } from '../../../src/config/schema.ts';
import { readValue } from '../../../src/config/value.ts';

const ROOT = new URL('../../../', import.meta.url);

test('the schema and the reference in the repository are what the table says', () => {
  const schema = readFileSync(new URL('schema/licorne.schema.json', ROOT), 'utf8');
  const reference = readFileSync(new URL('docs/reference/settings.md', ROOT), 'utf8');
  assert.equal(schema, `${JSON.stringify(jsonSchema(), null, 2)}\n`, 'run: npm run derive');
  assert.equal(reference, settingsReference(), 'run: npm run derive');
});

test('no two options share a flag, and every option stands in a section', () => {
  const flags = SETTING_NAMES.flatMap((name) => flagsOf(OPTIONS[name]));
  assert.deepEqual(
    flags.filter((flag, index) => flags.indexOf(flag) !== index),
    [],
  );
  assert.deepEqual(
    SECTIONS.flatMap((section) => settingsOf(section.name)).toSorted(),
    [...SETTING_NAMES].toSorted(),
  );
});

test('the help of an option fits one line and every default is a value the option takes', () => {
  for (const name of SETTING_NAMES) {
    const row = OPTIONS[name];
    assert.equal(row.help.length <= 60 && !row.help.endsWith('.'), true, `${name}: ${row.help}`);
    assert.deepEqual(readValue(row, row.default, 'typed'), DEFAULT_SETTINGS[name], name);
  }
});

test('the printed file means what it was printed from', () => {
  const argv = [
    '-w',
    '3',
    '-b',
    ':80',
    '-b',
    'unix:/a b"c',
    '-e',
    'A="x"\\',
    '-e',
    'B=é\x7f',
    '--boot-timeout',
    '1.5',
    '--keepalive-timeout',
    '2m',
    '--body-bytes-max',
    '10m',
    '--socket-mode',
    '600',
    '--gateways',
    'auto',
    '--forwarded-allow-ips',
    '10.0.0.0/8',
    '--access-log',
    '--header-timeout',
    '100ms',
    '--request-line-bytes-max',
    '1000',
  ];
  const first = resolveSettings({ flags: parseFlags(argv), env: { PORT: '1' }, file: null });
  assert.deepEqual(first.diagnostics, []);
  const text = printToml(first, ['a comment\nworkers = 9', '']);
  const second = resolveSettings({ flags: parseFlags([]), env: {}, file: { path: 'licorne.toml', text } });
  assert.deepEqual(second.diagnostics, []);
  assert.deepEqual(second.settings, first.settings);
  assert.match(text, /^workers = 3 +# -w$/m);
});

test('the printed file has the applications and the locations it was printed from', () => {
  const toml = `[app]
env = { A = "1", B = "1" }
chdir = "src"
[apps.chat]
target = "c"
loop = "uvloop"
env = { B = "2" }
[apps.events]
target = "e"
chdir = "other"
[[site]]
[[site.location]]
path = "/e"
app = "events"
[[site.location]]
path = "/ws/\\"é"
app = "chat"
`;
  const read = (text: string): ReturnType<typeof resolveSettings> =>
    resolveSettings({ flags: parseFlags([]), env: {}, file: { path: 'licorne.toml', text } });
  const first = read(toml);
  const second = read(printToml(first));
  assert.deepEqual([...first.diagnostics, ...second.diagnostics], []);
  const plain = ({ apps, locations }: typeof first): unknown => [
    apps.map(({ name, settings }) => ({ name, settings })),
    locations.map(({ path, app }) => ({ path, app })),
  ];
  assert.deepEqual(plain(second), plain(first));
});

test('the schema knows every option of an application, and wants its target', () => {
  const schema = jsonSchema() as unknown as {
    properties: {
      apps: { additionalProperties: { properties: Record<string, object>; required: string[] } };
    };
  };
  const { properties, required } = schema.properties.apps.additionalProperties;
  assert.deepEqual(Object.keys(properties), settingsOf('app'));
  assert.deepEqual(required, ['target']);
  for (const name of settingsOf('app'))
    assert.equal('default' in (properties[name] ?? {}), OPTIONS[name].shared !== true, name);
});

test('the schema knows every key of a location, and wants a path and somebody who answers', () => {
  const schema = jsonSchema() as unknown as {
    properties: { site: { items: { properties: { location: { items: Record<string, unknown> } } } } };
  };
  const { properties, required, anyOf } = schema.properties.site.items.properties.location.items;
  assert.deepEqual(Object.keys(properties as object), LOCATION_KEY_NAMES);
  assert.deepEqual([required, anyOf], [['path'], HANDLER_KEYS.map((name) => ({ required: [name] }))]);
});
