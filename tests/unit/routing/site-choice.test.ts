import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAppsOwn } from '../../../src/routing/app-paths.ts';
import { hostName, SiteChoice } from '../../../src/routing/site-choice.ts';

const SITES = [
  { hosts: ['example.com', '[::1]', '127.0.0.1'], isDefault: false, value: 'exact' },
  { hosts: ['*.example.com'], isDefault: false, value: 'any' },
  { hosts: ['*.api.example.com', 'x.example.com'], isDefault: false, value: 'api' },
];

test('the exact name counts more than a wildcard, and the longer wildcard more than the shorter', () => {
  const sites = new SiteChoice(SITES);
  for (const [host, expected] of [
    ['example.com', 'exact'],
    ['EXAMPLE.com:8000', 'exact'],
    ['example.com.', 'exact'],
    ['[::1]:80', 'exact'],
    ['127.0.0.1', 'exact'],
    ['x.example.com', 'api'],
    ['a.example.com', 'any'],
    ['a.b.example.com:1', 'any'],
    ['a.api.example.com', 'api'],
    ['api.example.com', 'any'],
    ['notexample.com', null],
    ['.example.com', null],
    ['com', null],
    ['', null],
  ] as const)
    assert.equal(sites.choose(host), expected, host);
});

test('the default site answers for names that nobody has, and the reason can be told', () => {
  const sites = new SiteChoice([...SITES, { hosts: [], isDefault: true, value: 'rest' }]);
  assert.deepEqual(sites.explain('elsewhere.test'), { value: 'rest', reason: 'default' });
  assert.deepEqual(sites.explain('a.example.com'), { value: 'any', reason: 'wildcard' });
  assert.deepEqual(sites.explain('Example.COM'), { value: 'exact', reason: 'exact' });
});

test('names of objects in the language are hosts like any other', () => {
  const sites = new SiteChoice(SITES);
  for (const host of ['__proto__', 'constructor', 'toString']) assert.equal(sites.choose(host), null);
  assert.equal(hostName('[fe80::1]'), '[fe80::1]');
});

test('files that an app tells of are served where its requests go, and not in a site of another', () => {
  const files = { match: 'prefix', path: '/static', app: 'app', static: {}, internal: false } as const;
  const chat = { match: 'prefix', path: '/ws/', app: 'chat', static: null, internal: false } as const;
  assert.equal(isAppsOwn('/static/', 'app', { app: 'app', locations: [] }), true);
  assert.equal(isAppsOwn('/static/', 'app', { app: 'other', locations: [] }), false);
  assert.equal(isAppsOwn('/static/', 'app', { app: null, locations: [] }), false);
  assert.equal(isAppsOwn('/static/', 'app', { app: 'app', locations: [files] }), false);
  assert.equal(isAppsOwn('/ws/static/', 'app', { app: 'app', locations: [chat] }), false);
  assert.equal(isAppsOwn('/ws/static/', 'chat', { app: 'app', locations: [chat] }), true);
});
