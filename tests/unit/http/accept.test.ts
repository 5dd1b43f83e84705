import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptHeader, prefersType } from '../../../src/http/accept.ts';

const json = (accept: string): boolean => prefersType(accept, 'application/json', 'text/html');

test('the type of the greater weight is preferred', () => {
  for (const accept of [
    'application/json',
    'Application/JSON; charset=utf-8',
    'text/html;q=0.5, application/json',
    'text/html; q=0.899,application/json ;q=0.9',
    'text/*;q=0.9, application/json',
    'text/html;q=0, */*',
    'application/json;q=0.1',
  ])
    assert.equal(json(accept), true, accept);
  for (const accept of [
    '',
    '*/*',
    'text/html',
    'text/html, application/json;q=0.9',
    'application/json;q=0',
    'application/json;q=0, */*',
    'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'image/png',
  ])
    assert.equal(json(accept), false, accept);
});

test('of equal weights the more exact one is meant, and else the other type', () => {
  assert.equal(json('application/json, text/plain, */*'), true);
  assert.equal(json('application/*, */*'), true);
  assert.equal(json('text/html, application/json'), false);
  assert.equal(json('application/json, text/html'), false);
  assert.equal(json('application/json;q=nonsense, text/html;q=0.9'), true);
});

test('several lines are one list', () => {
  const lower = ['host', 'accept', 'accept'];
  assert.equal(acceptHeader(lower, ['Host', 'h', 'Accept', 'a/b', 'accept', 'c/d']), 'a/b,c/d');
  assert.equal(acceptHeader(['host'], ['Host', 'h']), '');
});
