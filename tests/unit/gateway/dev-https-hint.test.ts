import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GatewayContext } from '../../../src/gateway/context.ts';
import { answering, connect } from './fake-gateway.ts';

/** The log's lines after a browser has tried https://. */
function greeted(developing: boolean): { readonly sent: string; readonly lines: readonly string[] } {
  const { socket, owner, lines } = connect(answering().handler);
  (owner as { context: GatewayContext }).context = { ...owner.context, developing };
  socket.feed('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03');
  return { sent: socket.sent, lines };
}

test('who develops reads in the words of runserver that https is spoken to a server of http', () => {
  const { sent, lines } = greeted(true);
  assert.match(sent, /^HTTP\/1\.1 400 /);
  assert.match(
    lines.join(''),
    /You're accessing the development server over HTTPS, but it only supports HTTP\./,
  );
});

test('in production it is a request that was refused, like others', () => {
  const { lines } = greeted(false);
  assert.match(lines.join(''), /Refused a request from 192\.0\.2\.1 with 400: TLS handshake/);
  assert.doesNotMatch(lines.join(''), /development server/);
});
