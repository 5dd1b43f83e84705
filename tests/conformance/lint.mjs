// Every application of the tests and the examples between us and the two checkers of PEP 3333.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/setup.mjs';
import { exchange, withServer } from './server.mjs';

const here = join(root, 'tests', 'conformance');
const apps = join(root, 'tests', 'apps');
const plain = join(apps, 'plain');

const json = '{"numbers": [1, 2]}';
const form = 'name=Ada';
// `OPTIONS *` is not among them: its PATH_INFO is `*`, as gunicorn has it, which the checkers do not know.
// Enough to pass through every method of wsgi.input and every way to answer. What an application answers is not our concern here.
const requests = [
  'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  'GET /a%20b/%C3%A9?x=1&x=2 HTTP/1.1\r\nHost: localhost:8000\r\nAccept: */*\r\nCookie: a=b\r\nConnection: close\r\n\r\n',
  'HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  'GET /stream HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  'GET /file HTTP/1.0\r\n\r\n',
  'GET /empty HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
  `POST /form HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${form.length}\r\nConnection: close\r\n\r\n${form}`,
  `POST /json HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${json.length.toString(16)}\r\n${json}\r\n0\r\n\r\n`,
];

// Applications that wait for other requests, or never end by themselves: nothing a checker could go through one by one.
const unending = new Set(['barrier', 'endless', 'lazy']);

// Applications that take their status from the path.
const statusInPath = new Set(['status', 'body_where_none_belongs']);

/** Resolves to `{ passed, total, failures }`, one count for each application and checker. */
export async function runLint(python) {
  const failures = [];
  const all = [...frameworks(), ...callables()];
  for (const app of all) {
    await Promise.all(
      ['wsgiref', 'webtest'].map(async (lint) => {
        const fault = await check(app, lint, python).catch((error) =>
          error.message.trim().split('\n').at(-1),
        );
        if (fault) failures.push(`${app.name} under ${lint}: ${fault}`);
      }),
    );
  }
  return { passed: all.length * 2 - failures.length, total: all.length * 2, failures };
}

function frameworks() {
  const folder = (name) => join(apps, name);
  return [
    { name: 'tests/apps/django', folder: folder('django'), target: 'site_project.wsgi:application' },
    ...['bottle', 'falcon', 'flask', 'pyramid'].map((name) => ({
      name: `tests/apps/${name}`,
      folder: folder(name),
      target: 'app:app',
    })),
    {
      name: 'examples/django',
      folder: join(root, 'examples', 'django'),
      target: 'cookbook.wsgi:application',
    },
    { name: 'examples/flask', folder: join(root, 'examples', 'flask'), target: 'app:app' },
  ];
}

/** The plain callables but for those that break the rules, cannot be loaded or end the process: their README names them. */
function callables() {
  const breaking = new Set(
    [...readFileSync(join(plain, 'README.md'), 'utf8').matchAll(/`(\w+)`/g)].map((match) => match[1]),
  );
  return readdirSync(plain, { withFileTypes: true })
    .filter(
      (entry) =>
        entry.isDirectory() &&
        !breaking.has(entry.name) &&
        !unending.has(entry.name) &&
        !entry.name.startsWith('import_') &&
        entry.name !== 'factory',
    )
    .map(({ name }) => ({
      name: `tests/apps/plain/${name}`,
      folder: join(plain, name),
      path: statusInPath.has(name) ? '/404' : undefined,
      target: name === 'object_app' ? 'app:app' : 'app:application',
    }));
}

async function check(app, lint, python) {
  const args = ['--chdir', app.folder, '--pythonpath', here, '--pythonpath', apps, '--python', python];
  const env = { LICORNE_TEST_APP: app.target, LICORNE_TEST_LINT: lint };
  return withServer('linted:application', args, env, async (port, log) => {
    for (const original of requests) {
      const request = app.path === undefined ? original : original.replace(/ \/\S* /, ` ${app.path} `);
      const { text } = await exchange(port, request, () => false);
      if (!text.startsWith('HTTP/1.1 ')) return `no answer to ${request.slice(0, request.indexOf('\r\n'))}`;
    }
    // A checker raises, which the log shows; what an application raises by itself is its own affair.
    const lines = log().split('\n');
    const at = lines.findIndex((line) =>
      /^(?:AssertionError|\w*Warning|\w*LintException)\b|: (?:WSGI|Lint)\w*Warning/.test(line),
    );
    return at < 0 ? '' : lines[at].trim();
  });
}
