import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Log, type LogFormat, type LogLevel, printable } from '../../../src/telemetry/log.ts';

function logging(level: LogLevel, format: LogFormat) {
  const lines: string[] = [];
  return { lines, log: new Log({ level, format, pid: 7, write: (line) => lines.push(line) }) };
}

test('a text line holds time, process, level, message and facts', () => {
  const { lines, log } = logging('info', 'text');
  log.warning('something', { request_id: 'a-1', count: 2 });
  assert.match(
    lines[0] ?? '',
    /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}\] \[7\] \[WARNING\] something request_id=a-1 count=2\n$/,
  );
});

test('lines below the level are not written', () => {
  const { lines, log } = logging('warning', 'text');
  log.debug('d');
  log.info('i');
  log.warning('w');
  log.error('e');
  log.critical('c');
  assert.equal(lines.length, 3);
  assert.equal(log.enabled('info'), false);
  assert.equal(log.enabled('critical'), true);
});

test('a JSON line is one object in one line', () => {
  const { lines, log } = logging('debug', 'json');
  log.error('two\nlines "quoted"', { request_id: 'a-1' });
  assert.equal(lines[0]?.indexOf('\n'), lines[0]?.length === undefined ? 0 : lines[0].length - 1);
  const entry = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  assert.equal(entry['message'], 'two\nlines "quoted"');
  assert.equal(entry['level'], 'error');
  assert.equal(entry['pid'], 7);
  assert.equal(entry['request_id'], 'a-1');
});

test('control bytes are shown, and a fact cannot begin a line of its own', () => {
  assert.equal(printable('a\x1b[31mb\rc\x7f\x9b'), 'a\\x1b[31mb\\x0dc\\x7f\\x9b');
  assert.equal(printable('tab\tand\nline é'), 'tab\tand\nline é');
  const { lines, log } = logging('info', 'text');
  log.info('m', { target: 'x\n[forged] line' });
  assert.match(lines[0] ?? '', / target=x\\n\[forged\] line\n$/);
});

test('level and form can be changed', () => {
  const { lines, log } = logging('warning', 'text');
  log.info('before');
  log.configure({ level: 'info', format: 'json' });
  log.info('after');
  assert.equal(lines.length, 1);
  assert.equal((JSON.parse(lines[0] ?? '') as { message: string }).message, 'after');
});
