import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diagnosticText } from '../../../src/cli/report.ts';
import { parseFlags } from '../../../src/config/flags.ts';
import { resolveSettings } from '../../../src/config/resolve.ts';

/** Locations as `match path keys`. */
function warnings(
  ...locations: readonly (readonly [match: string, path: string, keys?: string])[]
): string[] {
  const tables = locations.map(
    ([match, path, keys = 'app = "app"']) =>
      `[[site.location]]\npath = '${path}'\nmatch = "${match}"\n${keys}`,
  );
  const file = { path: 'licorne.toml', text: ['[[site]]', ...tables].join('\n') };
  return resolveSettings({ flags: parseFlags([]), env: {}, file }).diagnostics.map((one) =>
    diagnosticText(one).trimEnd().replaceAll(/\n +/g, ' | '),
  );
}

test('a location behind a regular expression that fits all of it is told', () => {
  assert.deepEqual(warnings(['regex', '^/api/'], ['prefix', '/api/v1/']), [
    'licorne.toml:6:3: warning: no request reaches this location: the regular expression `^/api/` (licorne.toml:2:3) fits all that it is for | hint     write match = "prefix-only" here, or a regular expression that fits less there',
  ]);
  const [later = '', ...more] = warnings(['regex', '^/api/.*'], ['regex', '^/api/users$']);
  assert.match(
    later,
    /^licorne.toml:6:3: .* \| hint {5}regular expressions are tried in the order of the file/,
  );
  assert.deepEqual(more, []);
  assert.equal(warnings(['regex', '.*'], ['prefix', '/'], ['prefix', '/a']).length, 2);
});

test('nothing is told of locations that are reached', () => {
  assert.deepEqual(warnings(['prefix', '/api/v1/'], ['regex', '^/api/[0-9]']), []);
  assert.deepEqual(warnings(['regex', '^/api/'], ['prefix-only', '/api/v1/'], ['exact', '/api/x']), []);
  assert.deepEqual(warnings(['regex', '^/api/users$'], ['regex', '^/api/.*']), []);
  assert.deepEqual(warnings(['regex', '^/api/'], ['regex', '^/(api|app)/'], ['prefix', '/']), []);
  assert.deepEqual(warnings(['regex', '^/a'], ['regex', '^/?x']), []);
});

test('a redirect to itself is told', () => {
  const to = (target: string): string => `redirect = "${target}"`;
  assert.deepEqual(warnings(['prefix', '/', to('/new/')]), [
    'licorne.toml:5:12: warning: `/new/` leads to this location again: clients would go in a circle | hint     write match = "exact", or redirect elsewhere',
  ]);
  assert.equal(warnings(['prefix', '/', to('/en$uri')]).length, 1);
  assert.equal(warnings(['exact', '/a', to('/a')]).length, 1);
  assert.equal(warnings(['regex', '^/a', to('/ab')]).length, 1);
  for (const target of ['https://$host$uri', 'https://example.com/'])
    assert.deepEqual(warnings(['prefix', '/', to(target)]), []);
  assert.deepEqual(warnings(['exact', '/', to('/en/')]), []);
  assert.deepEqual(warnings(['prefix', '/', to('/en$uri')], ['prefix', '/en/']), []);
});
