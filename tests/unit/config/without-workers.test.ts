import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutWorkers } from '../../../src/config/without-workers.ts';
import { resolved } from './resolved.ts';

const SECOND = '[apps.second]\ntarget = "other:app"\n';

test('what workers are started with is as it was, the rest as it is said now', () => {
  const { resolution, waiting, changed } = withoutWorkers(
    resolved(''),
    resolved('[app]\nthreads = 4\nworkers = 3\n[server]\nqueue_max = 5\n'),
  );
  assert.deepEqual(waiting, ['threads']);
  assert.deepEqual(changed, ['workers', 'queue_max']);
  assert.equal(resolution.settings.threads, resolved('').settings.threads);
  assert.equal(resolution.apps[0]?.settings.threads, resolved('').settings.threads);
  assert.equal(resolution.apps[0]?.settings.workers, 3);
  assert.equal(resolution.settings.queue_max, 5);
});

test('options of another application are told with its name, and its new workers are its own affair', () => {
  const { resolution, waiting, changed } = withoutWorkers(
    resolved(SECOND),
    resolved(`${SECOND}threads = 4\nmax_lifetime = 60\n[apps.third]\ntarget = "third:app"\nthreads = 2\n`),
  );
  assert.deepEqual(waiting, ['apps.second.threads']);
  assert.deepEqual(changed, ['apps.second.max_lifetime']);
  assert.equal(resolution.apps.find(({ name }) => name === 'third')?.settings.threads, 2);
});

test('what needs a restart is told by others, and a file whose lines have moved is no other', () => {
  const location = '[[site]]\n[[site.location]]\npath = "/files/"\nstatic = "."\n';
  const moved = withoutWorkers(resolved(location), resolved(`\n\n# moved\n${location}`));
  assert.deepEqual([moved.waiting, moved.changed], [[], []]);
  const other = withoutWorkers(
    resolved(location),
    resolved(`[server]\npid_file = "x"\n${location}listing = true\n`),
  );
  assert.deepEqual([other.waiting, other.changed], [[], ['site']]);
});

test('a value that locations have from an option is told by the name of the option', () => {
  const location = '[[site]]\n[[site.location]]\npath = "/files/"\nstatic = "."\n';
  const { changed } = withoutWorkers(
    resolved(location),
    resolved(`[static]\nstatic_expires = 61\n${location}`),
  );
  assert.deepEqual(changed, ['static_expires']);
  const hosts = withoutWorkers(
    resolved(location),
    resolved(location.replace('[[site]]', '[[site]]\nhosts = ["a.b"]')),
  );
  assert.deepEqual(hosts.changed, ['site']);
});
