import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '../../../src/config/diagnostic.ts';
import { asksApp, readTryFiles, triesFolders } from '../../../src/config/try-files.ts';

const fault = (...words: readonly string[]): string => {
  try {
    readTryFiles(words);
  } catch (error) {
    if (error instanceof ConfigError)
      return `${error.message}${error.hint === null ? '' : ` | ${error.hint}`}`;
  }
  return '';
};

test('what is tried is taken as it is written, and ends with a status when it has no end', () => {
  for (const words of [
    ['$uri', '$uri/', '@app'],
    ['$uri.html', '=410'],
    ['/pages$uri/index.html', '/index.html', '=404'],
    ['@app'],
  ])
    assert.deepEqual(readTryFiles(words), words);
  assert.deepEqual(readTryFiles(['$uri', '/index.html']), ['$uri', '/index.html', '=404']);
});

test('whether an application is asked, and folders are looked at, is seen from the words', () => {
  assert.deepEqual([asksApp(['$uri', '@app']), asksApp(['$uri', '=404'])], [true, false]);
  assert.deepEqual([triesFolders(['$uri/']), triesFolders(['$uri', '/a/'])], [true, false]);
});

test('a word that means nothing is told with one that does', () => {
  assert.equal(fault(), 'there is nothing to try | leave it out for $uri, $uri/, =404');
  assert.equal(fault('@app', '$uri'), 'what follows `@app` is never tried | put `@app` last');
  assert.equal(fault('=404', '@app'), 'what follows `=404` is never tried | put `=404` last');
  assert.equal(fault('@django'), '`@django` is not a name here | write @app, and app = "NAME"');
  assert.equal(fault('=200'), '`=200` is not the status of an error | write =404');
  assert.equal(fault('=4040'), '`=4040` is not the status of an error | write =404');
  assert.equal(fault('uri'), '`uri` does not begin with / | write $uri');
  assert.equal(fault('index.html'), '`index.html` does not begin with / | write /index.html');
  assert.equal(fault(''), '`` does not begin with / | write /');
  assert.equal(fault('/docs/'), '`/docs/` is a folder | name a file: /docs/index.html');
  assert.equal(
    fault('$request_uri'),
    '`$request_uri` has a variable that is not known | there is $uri, once',
  );
  assert.equal(fault('$uri$uri'), '`$uri$uri` has a variable that is not known | there is $uri, once');
  assert.equal(fault('a$uri'), '`a$uri` does not begin with / or $uri');
  assert.equal(fault('$uri\n'), 'a control character in a name');
});

test('a list in one text, as nginx has it, is told as the list it is meant to be', () => {
  assert.equal(
    fault('$uri $uri/ /index.html'),
    '`$uri $uri/ /index.html` is several names in one text | write a list: ["$uri", "$uri/", "/index.html"]',
  );
  assert.equal(
    fault('$uri', '$uri/ =404'),
    '`$uri/ =404` is several names in one text | write a list: ["$uri", "$uri/", "=404"]',
  );
  assert.equal(fault('/my page.html'), '');
});

test('nothing that is tried leads out of the folder', () => {
  for (const word of ['/../secret', '/a/../b.html', '$uri/../x', '/..$uri/a', '$uri/..'])
    assert.match(fault(word), /leads out of the folder/, word);
  assert.equal(fault('/a..b/c'), '');
});
