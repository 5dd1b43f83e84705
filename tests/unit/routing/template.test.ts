import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PathPattern } from '../../../src/routing/path-pattern.ts';
import { RedirectTarget, RewriteTarget, type TemplateInput } from '../../../src/routing/template.ts';
import { TemplateError } from '../../../src/routing/template-parts.ts';

interface Request {
  readonly host?: string;
  readonly path?: string;
  readonly query?: string;
  readonly uri?: string;
  readonly pattern?: string;
}

function inputOf({ host = 'Site.test:8000', path = '/a', query = '', uri, pattern }: Request): TemplateInput {
  const captures = pattern === undefined ? null : new PathPattern(pattern).captures(path);
  const requestUri = uri ?? (query === '' ? path : `${path}?${query}`);
  return { scheme: 'http', host, path, query, requestUri, captures };
}

function groups(pattern: string | undefined): { count: number; names: readonly string[] } | null {
  if (pattern === undefined) return null;
  const { groups: count, names } = new PathPattern(pattern);
  return { count, names };
}

const redirect = (template: string, request: Request = {}): string =>
  new RedirectTarget(template, groups(request.pattern)).fill(inputOf(request));
const rewrite = (template: string, request: Request = {}): string =>
  new RewriteTarget(template, groups(request.pattern)).fill(inputOf(request));

test('a redirect is put together from what the operator wrote and what was asked for', () => {
  for (const [template, request, location] of [
    ['https://$host$uri', { path: '/x y', query: 'a=1' }, 'https://site.test/x%20y?a=1'],
    ['https://$host:8443$request_uri', { uri: '/%78?q' }, 'https://site.test:8443/%78?q'],
    ['$scheme://$http_host/x', {}, 'http://Site.test:8000/x'],
    ['https://example.com', { query: 'a' }, 'https://example.com?a'],
    ['https://example.com/?', { query: 'a' }, 'https://example.com/'],
    ['/new/$1', { path: '/old/a b', pattern: '^/old/(.*)' }, '/new/a%20b'],
    ['/u/${name}?from=$1', { path: '/~a&b', pattern: '^/~(?P<name>.*)' }, '/u/a&b?from=a%26b'],
    ['/s?q=1&$args', { query: 'b=2' }, '/s?q=1&b=2'],
    ['/a$$b', {}, '/a$b'],
    ['/caf\u00e9', {}, '/caf%C3%A9'],
    ['$uri/', { path: '/caf\xc3\xa9' }, '/caf%C3%A9/'],
  ] as const)
    assert.equal(redirect(template, request), location, template);
});

test('no request chooses the host of a redirect, nor breaks its line', () => {
  for (const [template, request, location] of [
    ['$uri', { path: '//evil.test/x' }, '/evil.test/x'],
    ['$uri', { path: '/\\evil.test' }, '/%5Cevil.test'],
    ['$request_uri', { uri: '//evil.test/' }, '/evil.test/'],
    ['/$1', { path: '/x/evil.test', pattern: '^/x(/.*)' }, '/evil.test'],
    ['https://example.com$1', { path: '/x.evil.test', pattern: '^/x(.*)' }, 'https://example.com/.evil.test'],
    ['https://example.com$1', { path: '/x@evil.test', pattern: '^/x(.*)' }, 'https://example.com/@evil.test'],
    ['https://$host$uri', { path: '/a\r\nSet-Cookie: x' }, 'https://site.test/a%0D%0ASet-Cookie:%20x'],
    ['/?q=$uri', { path: '/a\r\n#&b' }, '/?q=/a%0D%0A%23%26b'],
    ['/x?$args', { query: '\xff"<' }, '/x?%FF%22%3C'],
  ] as const)
    assert.equal(redirect(template, request), location, `${template} ${JSON.stringify(request)}`);
});

test('targets that could lead anywhere, or nowhere, are refused in words', () => {
  for (const [template, message, pattern] of [
    ['https://$1/', /may not come from the request/, '(.*)'],
    ['https://$1.example.com/', /may not come from the request/, '(.*)'],
    ['https://a@b/', /`a@b` is not a host/],
    ['//example.com', /begins with a host and no scheme/],
    ['example.com/x', /names neither a scheme nor a path/],
    ['javascript:alert(1)', /names neither a scheme nor a path/],
    ['https://', /names no host/],
    ['$1', /names neither/, '(.*)'],
    ['/a b', /a space or a control character/],
    ['/$1', /this location has none/],
    ['/$2', /the regular expression has one group/, '(.*)'],
    ['/$document', /nothing called `\$document`/],
    ['/$', /a `\$` that names nothing/],
    ['', /empty/],
  ] as const)
    assert.throws(
      () => new RedirectTarget(template, groups(pattern)),
      (error) => error instanceof TemplateError && message.test(error.message),
      template,
    );
});

test('a rewrite gives a target as a client would have written it', () => {
  for (const [template, request, target] of [
    ['/index.html', { query: 'a=1' }, '/index.html?a=1'],
    ['/v2$uri', { path: '/a b?c' }, '/v2/a%20b%3Fc'],
    ['/item?id=$1', { path: '/item/1&x', query: 'z', pattern: '^/item/(.*)' }, '/item?id=1%26x'],
    ['/item?id=$1&$args', { path: '/item/1', query: 'z', pattern: '^/item/(.*)' }, '/item?id=1&z'],
    ['$1', { path: '/x/etc', pattern: '^/x(/.*)' }, '/etc'],
    ['$1', { path: '/xetc', pattern: '^/x(.*)' }, '/etc'],
  ] as const)
    assert.equal(rewrite(template, request), target, template);
  for (const template of ['https://$host/', 'x', '$request_uri', '/#a'])
    assert.throws(() => new RewriteTarget(template, null), TemplateError, template);
});
