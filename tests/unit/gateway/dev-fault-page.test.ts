import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultPage, respondFault } from '../../../src/gateway/dev/fault-page.ts';
import { FakeExchange, FakeSink } from '../handlers/fake-exchange.ts';

const FAULT = {
  title: 'SyntaxError: invalid syntax',
  traceback: 'Traceback:\n  File "/srv/shop/views.py", line 7\n    def f(:\n',
  hint: 'Look at the bracket.',
};

function answer(accept: string, fault = FAULT): FakeSink {
  const sink = new FakeSink();
  respondFault(
    new FakeExchange(`GET / HTTP/1.1\r\nHost: a\r\n${accept}`),
    sink,
    fault,
    '<script id=s></script>',
  );
  return sink;
}

test('a browser gets a page with the file and the line made to stand out, and the script at its end', () => {
  const sink = answer('Accept: text/html,*/*;q=0.8');
  assert.equal(sink.head?.status, 500);
  assert.deepEqual(sink.head.fields.slice(0, 2), ['Content-Type', 'text/html; charset=utf-8']);
  assert.equal(sink.wholeBytes, Buffer.byteLength(sink.text));
  assert.ok(sink.head.fields.includes(String(sink.wholeBytes)) && sink.head.fields.includes('no-store'));
  assert.match(sink.text, /<h1>SyntaxError: invalid syntax<\/h1>/);
  assert.match(sink.text, /File &#34;<b>\/srv\/shop\/views\.py<\/b>&#34;, line <b>7<\/b>/);
  assert.match(sink.text, /<p class="hint">Look at the bracket\.<\/p>/);
  assert.match(sink.text, /<script id=s><\/script><\/body><\/html>\n$/);
  assert.equal(sink.ended, null);
});

test('a program gets the same as text', () => {
  for (const accept of ['Accept: application/json', 'X-A: b']) {
    const sink = answer(accept);
    assert.deepEqual(sink.head?.fields.slice(0, 2), ['Content-Type', 'text/plain; charset=utf-8']);
    assert.equal(
      sink.text,
      `The application could not be loaded.\n\n${FAULT.title}\n\n${FAULT.traceback.trimEnd()}\n\n${FAULT.hint}\n`,
    );
  }
  assert.equal(
    answer('X-A: b', { title: 'T', traceback: '', hint: '' }).text,
    'The application could not be loaded.\n\nT\n',
  );
});

test('nothing of the fault is markup, and bytes are counted, not characters', () => {
  const evil = '<img src=x onerror="alert(1)">&\'';
  const html = faultPage({ title: evil, traceback: `File "${evil}", line 1`, hint: evil }, '');
  assert.doesNotMatch(html, /<img/);
  assert.equal(html.split('&#60;img src=x onerror=&#34;alert(1)&#34;&#62;&#38;&#39;').length - 1, 4);
  const sink = answer('Accept: text/html', { ...FAULT, title: 'Grüße ✓' });
  assert.equal(sink.wholeBytes, Buffer.byteLength(sink.text));
});

test('what there is nothing to say of leaves no empty box', () => {
  const html = faultPage({ title: 'T', traceback: '', hint: '' }, '');
  assert.doesNotMatch(html, /<pre>|class="hint"/);
});
