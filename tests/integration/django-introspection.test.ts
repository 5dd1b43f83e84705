// What a worker tells of Django's static files, with every Django that is tested; the bridge's other tests run without one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { join } from 'node:path';
import { launch } from '../helpers/server.ts';
import { root } from '../helpers/paths.ts';
import { venvPython, venvSkip } from '../helpers/venv.ts';

for (const venv of ['main', 'django-lts', 'django-newest'] as const) {
  test(`the static files of a project are told by ${venv}`, {
    skip: venvSkip(venv),
    timeout: 120_000,
  }, async (t) => {
    const tests = launch(t, venvPython(venv), ['-m', 'unittest', 'test_django_static'], {
      cwd: join(root, 'tests', 'python'),
    });
    const { code } = await tests.ended;
    assert.equal(code, 0, tests.output.stderr);
    assert.match(tests.output.stderr, /Ran [1-9]\d* tests[^]*\nOK\n/);
  });
}
