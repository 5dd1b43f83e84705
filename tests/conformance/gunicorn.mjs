// gunicorn's own parser cases against the running server: what is invalid must be refused before the application sees it, what is valid
// must arrive as the case says.
import { join } from 'node:path';
import { must, root } from '../../scripts/setup.mjs';
import { exchange, readResponses, withServer } from './server.mjs';

const here = join(root, 'tests', 'conformance');

/** The least that header_bytes_max may be. */
const headerBytesMin = 256;

// Options of gunicorn that we have under another name. A case that needs any other is not counted.
const options = {
  limit_request_line: (value) => ['--request-line-bytes-max', String(value || 65_536)],
  limit_request_field_size: (value) => [
    '--header-bytes-max',
    String(Math.max(headerBytesMin, value || 1_048_576)),
  ],
  limit_request_fields: (value) => ['--header-count-max', String(value)],
  forwarded_allow_ips: (value) => ['--forwarded-allow-ips', value],
};
// gunicorn's defaults, which some cases go just beyond.
const defaults = { limit_request_line: 4094, limit_request_field_size: 8190, limit_request_fields: 100 };

// Valid to gunicorn 23 and refused here on purpose: RFC 9112 6.1 and 6.3. See docs/internals/http-strictness.md.
const refusedOnPurpose = {
  'valid/009': 'Content-Length with Transfer-Encoding: identity',
  'valid/025': 'transfer coding gzip',
  'valid/025_line': 'transfer coding gzip',
};
// The bytes stop in the middle of a request: answerable only by taking the end of the connection for the end of a body.
const unfinished = {
  'valid/029': 'the last chunk has no end',
  'valid/030': 'the last chunk has no end',
  'valid/099': 'the body is shorter than its Content-Length',
};

/** Resolves to `{ invalid, valid, strict, skipped, failures }`; the first three are `{ passed, total }`. */
export async function runGunicorn(
  python,
  source,
  app = ['echo:application', '--pythonpath', here, '--python', python],
) {
  const output = await must('Reading the cases', python, [
    join(here, 'gunicorn_cases.py'),
    join(source, 'tests', 'requests'),
  ]);
  const groups = new Map();
  const scores = {
    invalid: { passed: 0, total: 0 },
    valid: { passed: 0, total: 0 },
    strict: { passed: 0, total: 0 },
  };
  const skipped = [];
  const failures = [];
  for (const test of JSON.parse(output)) {
    const skip = whySkip(test);
    if (skip) skipped.push(`${test.name}: ${skip}`);
    else {
      const known = Object.entries({ ...defaults, ...test.options }).filter(([name]) => name in options);
      const key = JSON.stringify(known.flatMap(([name, value]) => options[name](value)));
      groups.set(key, [...(groups.get(key) ?? []), test]);
    }
  }
  for (const [key, tests] of groups) {
    await withServer(app[0], [...app.slice(1), ...JSON.parse(key)], {}, async (port) => {
      for (const test of tests) {
        const kind = test.error ? 'invalid' : test.name in refusedOnPurpose ? 'strict' : 'valid';
        const fault = kind === 'valid' ? await checkValid(port, test) : await checkRefused(port, test);
        scores[kind].total++;
        if (fault === '') scores[kind].passed++;
        else failures.push(`${test.name}: ${fault}`);
      }
    });
  }
  return { ...scores, skipped, failures };
}

/** Why a case says nothing about us; empty when it does. */
function whySkip(test) {
  if (test.name in unfinished) return unfinished[test.name];
  const foreign = Object.keys(test.options).filter((name) => !(name in options));
  // We refuse folding whatever the options are, so a case that is to be refused and permits it is refused.
  if (test.error && foreign.includes('permit_obsolete_folding')) return '';
  if (foreign.length > 0) return `needs gunicorn's ${foreign.join(', ')}`;
  const limit = test.options.limit_request_field_size;
  return limit > 0 && limit < headerBytesMin ? `a limit of ${limit} bytes is less than can be set` : '';
}

/** Refused as the bytes stand, and with the Host header added that many lack, so that it is not the missing Host alone. */
async function checkRefused(port, test) {
  for (const bytes of new Set([test.bytes, withHost(test.bytes, 1)])) {
    const { text, closed } = await exchange(port, bytes, () => false);
    const [first] = readResponses(text);
    if (first && first.status < 400) return `answered with ${first.status}`;
    if (!closed) return `not closed${first ? ` after ${first.status}` : ', not answered'}`;
  }
  return '';
}

async function checkValid(port, test) {
  const wanted = test.requests.length;
  const { text } = await exchange(
    port,
    withHost(test.bytes, wanted),
    (received) => readResponses(received).length >= wanted,
  );
  const responses = readResponses(text);
  for (const [index, request] of test.requests.entries()) {
    const response = responses[index];
    if (response === undefined) return `request ${index + 1} was not answered`;
    if (response.status !== 200) return `request ${index + 1} was answered with ${response.status}`;
    const fault = compare(JSON.parse(response.body), request);
    if (fault) return `request ${index + 1}: ${fault}`;
  }
  return '';
}

function compare(seen, request) {
  if (seen.method !== request.method) return `method ${seen.method}`;
  if (seen.uri !== request.uri) return `target ${seen.uri}`;
  if (seen.version !== `HTTP/${request.version.join('.')}`) return `version ${seen.version}`;
  if (seen.body !== request.body) return `body ${JSON.stringify(seen.body.slice(0, 60))}`;
  const headers = new Map();
  for (const [name, value] of request.headers) {
    const key = name.replaceAll('-', '_').toUpperCase();
    headers.set(key, headers.has(key) ? `${headers.get(key)},${value}` : value);
  }
  // Framing is the server's business: the body is compared, not how its end was found.
  for (const name of ['TRANSFER_ENCODING', 'CONTENT_LENGTH']) {
    if (!headers.has(name) || name === 'TRANSFER_ENCODING') delete seen.headers[name];
  }
  headers.delete('TRANSFER_ENCODING');
  if (!headers.has('HOST')) delete seen.headers.HOST;
  for (const [key, value] of headers) {
    if (seen.headers[key]?.replaceAll(', ', ',') !== value.replaceAll(', ', ','))
      return `header ${key}: ${seen.headers[key]}`;
    delete seen.headers[key];
  }
  return Object.keys(seen.headers).length > 0 ? `more headers: ${Object.keys(seen.headers).join(', ')}` : '';
}

/** Adds Host to the first `count` requests where they are HTTP/1.1 and have none. */
function withHost(bytes, count) {
  let left = count;
  return bytes.replace(/[^\r\n]* HTTP\/1\.[01]\r\n/g, (line, offset) => {
    if (left-- <= 0 || line.endsWith('1.0\r\n')) return line;
    const head = bytes.slice(offset, bytes.indexOf('\r\n\r\n', offset) + 2);
    return /\r\nhost[ \t]*:/i.test(head) ? line : `${line}Host: localhost\r\n`;
  });
}
