import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAppsOwn } from '../../../src/routing/app-paths.ts';
import {
  asFolder,
  type ChoosableLocation,
  LocationChoice,
  type LocationMatch,
} from '../../../src/routing/location-choice.ts';
import { PathPattern, PatternError, whollyPrefix } from '../../../src/routing/path-pattern.ts';

function location(match: LocationMatch, path: string): ChoosableLocation {
  return { match, path, bare: '', pattern: match === 'regex' ? new PathPattern(path) : null };
}

const LOCATIONS = [
  location('prefix', '/'),
  location('regex', '\\.css$'),
  location('exact', '/'),
  location('prefix', '/files/'),
  location('regex', '^/files/[0-9]+'),
  location('prefix-only', '/files/raw/'),
  location('exact', '/a.css'),
];

test('an exact path counts most, then the first regular expression, then the longest prefix, and prefix-only ends the search', () => {
  const choice = new LocationChoice(LOCATIONS);
  for (const [path, match, expected] of [
    ['/', 'exact', '/'],
    ['/a.css', 'exact', '/a.css'],
    ['/b.css', 'regex', '\\.css$'],
    ['/b', 'prefix', '/'],
    ['/files/b', 'prefix', '/files/'],
    ['/files/12', 'regex', '^/files/[0-9]+'],
    ['/files/12.css', 'regex', '\\.css$'],
    ['/files/raw/12.css', 'prefix-only', '/files/raw/'],
    ['/files', 'prefix', '/'],
  ] as const) {
    const chosen = choice.choose(path);
    assert.deepEqual([chosen?.match, chosen?.path], [match, expected], path);
  }
  assert.equal(new LocationChoice(LOCATIONS.slice(1)).choose('/b'), null);
});

test('a folder is meant with and without its slash, and nothing that only begins like it', () => {
  const choice = new LocationChoice([{ ...location('prefix', '/x'), ...asFolder('/files') }]);
  assert.deepEqual(
    ['/files', '/files/', '/files/a', '/files-of-others'].map((path) => choice.choose(path) !== null),
    [true, true, true, false],
  );
});

test('patterns are about characters, and are found anywhere unless they say otherwise', () => {
  const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
  assert.equal(new PathPattern('^/.\\.txt$').fits(bytes('/é.txt')), true);
  assert.equal(new PathPattern('b').fits('/abc'), true);
  assert.equal(new PathPattern('(?i)^/A').fits('/a'), true);
  assert.deepEqual(new PathPattern('^/(?P<id>[0-9]+)/(x)?').captures('/12/'), {
    numbered: ['/12/', '12', ''],
    named: { id: '12' },
  });
  assert.equal(new PathPattern('^/a$').captures('/b'), null);
});

test('what could take long is no pattern, and what looks as if it could does not', () => {
  for (const source of ['(?=a)', '(a)\\1', '(', 'a{2000}', 'a'.repeat(1001)])
    assert.throws(() => new PathPattern(source), PatternError, source);
  const pattern = new PathPattern('^(a+)+$');
  const began = performance.now();
  assert.equal(pattern.fits(`${'a'.repeat(8000)}!`), false);
  assert.ok(performance.now() - began < 2000);
});

test('a pattern that is a prefix is known as one', () => {
  for (const [source, prefix] of [
    ['^/old/', '/old/'],
    ['^/old/(.*)$', '/old/'],
    ['^/a\\.b/.*', '/a.b/'],
    ['.*', ''],
    ['^(.*)$', ''],
    ['^/old$', null],
    ['\\.css$', null],
    ['^/a|b', null],
    ['^/a[0-9]', null],
  ] as const)
    assert.equal(whollyPrefix(source), prefix, source);
});

test('patterns and exact paths take no folder from an app', () => {
  const owned = (match: LocationMatch, path: string): boolean =>
    isAppsOwn('/static/', 'app', {
      app: 'app',
      locations: [{ match, path, app: 'other', static: null, internal: false }],
    });
  assert.deepEqual(
    [owned('prefix', '/st'), owned('exact', '/static/'), owned('regex', '.*')],
    [false, true, true],
  );
});
