import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secureMessages } from '../../../src/supervisor/secure-messages.ts';
import { CONTROL_LINE_BYTES_MAX } from '../../../src/wire/control.ts';

test('many certificates come in several messages, none of which is too long, and in order', () => {
  const certificates = Array.from({ length: 400 }, (_, index) => ({
    chain: `${index}`.padEnd(6_000, 'x'),
    key: 'k'.repeat(1_700),
  }));
  const messages = secureMessages({
    certificates,
    orderedNames: ['a.test'],
    clientCa: 'ca',
    clientRules: [],
    ticketKey: 'key',
  });
  assert.ok(messages.length > 3);
  for (const message of messages) assert.ok(JSON.stringify(message).length < CONTROL_LINE_BYTES_MAX);
  assert.deepEqual(
    messages.flatMap((message) => message.certificates),
    certificates,
  );
  assert.deepEqual(
    messages.map(({ more }) => more),
    messages.map((_, index) => index + 1 < messages.length),
  );
  assert.equal(messages.at(-1)?.clientCa, 'ca');
});

test('without certificates there is one message all the same', () => {
  const spec = { certificates: [], orderedNames: [], clientCa: '', clientRules: [], ticketKey: '' };
  assert.deepEqual(secureMessages(spec), [{ type: 'tls', more: false, ...spec }]);
});
