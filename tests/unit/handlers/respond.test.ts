import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorPage, respondError, responseHead } from '../../../src/handlers/respond.ts';
import { FakeSink } from './fake-exchange.ts';

test('an error is a whole page with its length, not to be stored', () => {
  const sink = new FakeSink();
  respondError(sink, 503, 'Busy – try again.', { requestId: 'a-1', fields: ['Retry-After', '1'] });
  const fields = sink.head?.fields ?? [];
  const length = Number(fields[fields.indexOf('Content-Length') + 1]);
  assert.equal(length, Buffer.byteLength(sink.text));
  assert.equal(sink.wholeBytes, length);
  assert.equal(sink.head?.status, 503);
  assert.equal(sink.head?.reason, 'Service Unavailable');
  assert.equal(fields[fields.indexOf('Cache-Control') + 1], 'no-store');
  assert.equal(fields[fields.indexOf('Retry-After') + 1], '1');
  assert.equal(sink.ended, null);
  assert.match(sink.text, /<h1>503 Service Unavailable<\/h1>[^]*Busy – try again\.[^]*Request a-1/);
});

test('nothing in a page is taken for markup', () => {
  const page = errorPage(400, '<script>"&\'', '<b>');
  assert.doesNotMatch(page, /<script>|<b>/);
  assert.match(page, /&#60;script&#62;&#34;&#38;&#39;/);
});

test('a program gets the error as JSON, and who develops the site the places that were looked at', () => {
  const json = new FakeSink();
  respondError(json, 404, 'Not here.', { requestId: 'a-1', json: true });
  assert.ok(json.head?.fields.includes('application/json'));
  assert.deepEqual(JSON.parse(json.text), {
    status: 404,
    error: 'Not Found',
    detail: 'Not here.',
    request_id: 'a-1',
  });
  const page = new FakeSink();
  respondError(page, 404, 'Not here.', { places: ['/srv/<a>', '/srv/b'] });
  assert.match(page.text, /<ul><li><code>\/srv\/&#60;a&#62;<\/code><li><code>\/srv\/b<\/code><\/ul>/);
});

test('a status nobody knows has a reason all the same', () => {
  assert.equal(responseHead(299, []).reason, 'Unknown');
  assert.match(errorPage(599, 'x', ''), /599 Error/);
});
