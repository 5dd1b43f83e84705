// What one request leaves in the logs.
import assert from 'node:assert/strict';
import { ask, type Behaviour, get, type Subject } from './subject.ts';

const combined = { app: 'errors_log', args: ['--access-log', '-'] };
const json = {
  app: 'errors_log',
  args: ['--access-log', '-', '--access-log-format', 'json', '--log-format', 'json'],
};

const NO_STREAM = { asgi: 'a request has no error stream' };

export const logBehaviours: readonly Behaviour[] = [
  { sentence: 'writes an access line with id and times', ...combined, assertion: line },
  {
    sentence: 'gives the lines of gateway and worker the same id',
    ...combined,
    without: NO_STREAM,
    assertion: sameId,
  },
  { sentence: 'escapes what clients send in the access log', ...combined, assertion: escaped },
  { sentence: 'logs a request that was refused', ...combined, assertion: refused },
  { sentence: 'writes JSON lines with id and times', ...json, assertion: jsonLine },
];

const TIMES = '[0-9]+\\.[0-9]{3} [0-9]+\\.[0-9]{3} [0-9]+\\.[0-9]{3}';

async function line(subject: Subject): Promise<void> {
  await ask(subject, get(`/${subject.mark}`, 'Referer: http://from.test/', 'User-Agent: tester/1'));
  const address = subject.transport === 'tcp' ? '127\\.0\\.0\\.1' : '-';
  await subject.server.waitForLog(
    new RegExp(
      `^${address} - - \\[[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} [+-][0-9]{4}\\] "GET /${subject.mark} HTTP/1\\.1" 200 6 ` +
        `"http://from\\.test/" "tester/1" [0-9a-f]+-[0-9a-z]+ ${TIMES}$`,
      'm',
    ),
  );
}

async function sameId(subject: Subject): Promise<void> {
  const before = subject.server.output.stderr.length;
  await ask(subject, get(`/${subject.mark}`));
  const [, id = ''] = await subject.server.waitForLog(
    new RegExp(`"GET /${subject.mark} HTTP/1\\.1" 200 6 "-" "-" (\\S+) `),
  );
  await subject.server.waitForLog(new RegExp(`errors: line two request_id=${id}\\n`));
  const lines = subject.server.output.stderr.slice(before).split('\n');
  const own = lines
    .filter((each) => each.endsWith(`request_id=${id}`))
    .map((each) => / errors: (.*) request_id/.exec(each)?.[1]);
  assert.deepEqual(own, ['written ünïcode', 'line one', 'line two']);
}

async function escaped(subject: Subject): Promise<void> {
  await ask(subject, get(`/${subject.mark}"\\\xc3\xa9`, 'User-Agent: a"b\\c\td\xe9'));
  await subject.server.waitForLog(
    new RegExp(
      `"GET /${subject.mark}\\\\x22\\\\x5C\\\\xC3\\\\xA9 HTTP/1\\.1" 200 6 "-" "a\\\\x22b\\\\x5Cc\\\\x09d\\\\xE9" `,
    ),
  );
}

async function refused(subject: Subject): Promise<void> {
  await ask(subject, `GET /${subject.mark} HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n`);
  await subject.server.waitForLog(new RegExp(`"GET /${subject.mark} HTTP/1\\.1" 413 `));
}

async function jsonLine(subject: Subject): Promise<void> {
  await ask(subject, get(`/${subject.mark}?"\xe9`, 'User-Agent: a"b\\c'));
  const [text] = await subject.server.waitForLog(new RegExp(`^\\{.*"uri":"/${subject.mark}.*\\}$`, 'm'));
  const entry = JSON.parse(text) as Record<string, unknown>;
  assert.equal(entry['uri'], `/${subject.mark}?"\xe9`);
  assert.equal(entry['user_agent'], 'a"b\\c');
  assert.equal(entry['status'], 200);
  assert.equal(entry['bytes'], 6);
  assert.equal(entry['remote_addr'], subject.transport === 'tcp' ? '127.0.0.1' : '');
  for (const key of ['request_time', 'queue_time', 'app_time'])
    assert.equal(typeof entry[key], 'number', key);
  assert.ok(Math.abs(Date.parse(String(entry['time'])) - Date.now()) < 60_000);
  const id = String(entry['request_id']);
  if (subject.interface === 'asgi') return;
  const [logLine] = await subject.server.waitForLog(new RegExp(`^\\{.*line two.*"${id}".*\\}$`, 'm'));
  const logged = JSON.parse(logLine) as Record<string, unknown>;
  assert.equal(logged['message'], 'errors: line two');
  assert.equal(logged['request_id'], id);
  assert.equal(logged['level'], 'app');
}
