import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usualHead } from '../../../src/gateway/usual-head.ts';
import { planResponse, type ResponsePlan } from '../../../src/http/response-head.ts';

function plan(...fields: string[]): ResponsePlan {
  const made = planResponse(200, 'OK', fields, { headerBytesMax: 1000 });
  assert.ok(!('invalid' in made));
  return made;
}

test('a head that comes again is written as it was, and as it is where it comes for the first time', (context) => {
  context.mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_500 });
  const usual = plan('Content-Type', 'text/plain', 'X-Text', 'caf\xe9');
  const expected =
    'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Text: caf\xe9\r\nContent-Length: 5\r\n' +
    'Date: Tue, 14 Nov 2023 22:13:20 GMT\r\nServer: s\r\n\r\n';
  for (let i = 0; i < 4; i += 1) assert.equal(usualHead(usual, 5, 's'), expected);
});

test('another length, another second or another name of the server is written anew', (context) => {
  context.mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_500 });
  const usual = plan();
  for (const round of [1, 2]) {
    for (const length of [5, 5, 0, 5])
      assert.match(
        usualHead(usual, length, ''),
        new RegExp(`\r\nContent-Length: ${length}\r\nDate: .*\r\n\r\n$`),
      );
    assert.match(usualHead(usual, 5, 'one'), /\r\nServer: one\r\n\r\n$/, `round ${round}`);
    assert.match(usualHead(usual, 5, 'two'), /\r\nServer: two\r\n\r\n$/, `round ${round}`);
  }
  assert.match(usualHead(usual, 5, ''), /22:13:20/);
  context.mock.timers.tick(1000);
  assert.match(usualHead(usual, 5, ''), /22:13:21/);
});
