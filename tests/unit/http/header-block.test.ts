import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault, parseRequestHead } from '../../../src/http/request.ts';
import type { RequestHead } from '../../../src/http/request.ts';

const LIMITS = { requestLineBytesMax: 200, headerBytesMax: 1000, headerCountMax: 10 };

function accept(text: string): RequestHead {
  const head = parseRequestHead(text, null, LIMITS);
  if (isFault(head)) throw new Error(`refused with ${head.status}: ${head.reason}`);
  return head;
}

function get(headers: string): string {
  return `GET / HTTP/1.1\r\nHost: a${headers === '' ? '' : `\r\n${headers}`}`;
}

test('Framing follows from the headers.', () => {
  assert.equal(accept(get('')).block.contentLength, -1);
  assert.equal(accept(get('A:\tb\t\r\nContent-Length:  1 ')).block.contentLength, 1);
  assert.equal(accept(get('conTENT-Length: 0005')).block.contentLength, 5);
  assert.equal(accept(get('Content-Length: 9007199254740991')).block.contentLength, Number.MAX_SAFE_INTEGER);
  assert.equal(accept(get('Transfer-Encoding: CHUNKED')).block.chunked, true);
});

test('Headers that may repeat do, among them the two that are lists of entity tags.', () => {
  const { block } = accept(
    get(
      'If-Match: "a"\r\nIf-Match: "b"\r\nIf-None-Match: "a"\r\nIf-None-Match: "b"\r\nCookie: a\r\nCookie: b',
    ),
  );
  assert.equal(block.lower.length, 7);
});

test('The connection stays open on HTTP/1.1 unless it says close, and on HTTP/1.0 only with keep-alive.', () => {
  assert.equal(accept(get('')).block.close, false);
  assert.equal(accept(get('Connection: Close')).block.close, true);
  assert.equal(accept(get('Connection: keep-alive')).block.close, false);
  assert.equal(accept(get('Connection: x, \tclose')).block.close, true);
  assert.equal(accept(get('Connection: x\r\nConnection: close')).block.close, true);
  assert.equal(accept(get('Connection: closed')).block.close, false);
  assert.equal(accept('GET / HTTP/1.0').block.close, true);
  assert.equal(accept('GET / HTTP/1.0\r\nConnection: Keep-Alive').block.close, false);
  assert.equal(accept('GET / HTTP/1.0\r\nConnection: keep-alive, close').block.close, true);
});

test('Upgrade counts only on HTTP/1.1 and when Connection lists it.', () => {
  assert.equal(accept(get('Connection: Upgrade\r\nUpgrade: WebSocket')).block.upgrade, 'websocket');
  assert.equal(accept(get('Upgrade: websocket')).block.upgrade, '');
  assert.equal(accept('GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: websocket').block.upgrade, '');
});

test('An expectation counts on HTTP/1.1 and is ignored on HTTP/1.0.', () => {
  assert.equal(accept(get('Expect: 100-Continue')).block.expectContinue, true);
  assert.equal(accept('GET / HTTP/1.0\r\nExpect: 100-continue').block.expectContinue, false);
});
