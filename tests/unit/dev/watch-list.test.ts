import assert from 'node:assert/strict';
import { test } from 'node:test';
import { globExpression } from '../../../src/dev/glob.ts';
import { WatchList } from '../../../src/dev/watch-list.ts';

function list(parts: Partial<ConstructorParameters<typeof WatchList>[0]> = {}): WatchList {
  return new WatchList({ projects: ['/srv/site'], extra: [], assets: false, ...parts });
}

test('patterns mean what they mean to Python', () => {
  for (const [glob, path, fits] of [
    ['**/*', 'a.html', true],
    ['**/*', 'a/b/c.html', true],
    ['**/*.mo', 'de/LC_MESSAGES/django.mo', true],
    ['**/*.mo', 'de/LC_MESSAGES/django.po', false],
    ['*.html', 'a/b.html', false],
    ['a?.py', 'ab.py', true],
    ['a+(b).py', 'a+(b).py', true],
  ] as const)
    assert.equal(globExpression(glob).test(path), fits, `${glob} ${path}`);
});

test('a change of an imported module is one of the code, of another it is nothing', () => {
  const watched = list();
  assert.deepEqual(watched.addFiles(['/srv/site/a/views.py', '/usr/lib/x/y.py']), [
    '/srv/site/a',
    '/usr/lib/x',
  ]);
  assert.equal(watched.kindOf('/srv/site/a/views.py'), 'code');
  assert.equal(watched.kindOf('/usr/lib/x/y.py'), 'code');
  assert.equal(watched.kindOf('/srv/site/a/idle.py'), null);
  assert.deepEqual(watched.below('/srv/site'), ['/srv/site/a/views.py']);
});

test('what an app watches itself is asked for, but not the leavings of editors', () => {
  const watched = list();
  watched.addGlob('/srv/site/pages', '**/*');
  assert.equal(watched.kindOf('/srv/site/pages/a/b.html'), 'asked');
  for (const name of ['.a.html.swp', 'a.html~', '#a.html#', '4913', 'a.pyc'])
    assert.equal(watched.kindOf(`/srv/site/pages/${name}`), null, name);
});

test('while nothing can be loaded, what is written in the project may mend it', () => {
  const watched = list();
  watched.anything = true;
  assert.equal(watched.kindOf('/srv/site/new.py'), 'code');
  assert.equal(watched.kindOf('/srv/site/db.sqlite3'), null);
  assert.equal(watched.kindOf('/elsewhere/new.py'), null);
});

test('templates of other frameworks ask for the code to be loaded anew', () => {
  assert.equal(list().kindOf('/srv/site/app/templates/a/b.html'), 'code');
  const django = list();
  django.addGlob('/srv/site/app/templates', '**/*');
  assert.equal(django.kindOf('/srv/site/app/templates/a/b.html'), 'asked');
});

test('style sheets and pictures count where pages are loaded again', () => {
  assert.equal(list().kindOf('/srv/site/assets/site.css'), null);
  const watched = list({ assets: true });
  assert.equal(watched.kindOf('/srv/site/assets/site.css'), 'style');
  assert.equal(watched.kindOf('/srv/site/assets/a.PNG'), 'asset');
});

test('named files and folders count wherever they are', () => {
  const watched = list({ extra: ['/etc/app.conf', '/srv/data'] });
  assert.equal(watched.kindOf('/etc/app.conf'), 'code');
  assert.equal(watched.kindOf('/srv/data/x/y.csv'), 'code');
  assert.equal(watched.kindOf('/srv/data/x/.y.csv.swp'), null);
});
