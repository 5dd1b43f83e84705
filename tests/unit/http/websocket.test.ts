import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault, parseRequestHead, type RequestHead } from '../../../src/http/request.ts';
import { readWebSocketOffer, wantsWebSocket } from '../../../src/http/websocket.ts';

const LIMITS = { requestLineBytesMax: 8190, headerBytesMax: 65_536, headerCountMax: 100 };
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

function head(fields: Record<string, string> = {}, line = 'GET / HTTP/1.1'): RequestHead {
  const all = {
    Host: 'h',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Key': KEY,
    'Sec-WebSocket-Version': '13',
    ...fields,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  const parsed = parseRequestHead([line, ...lines].join('\r\n'), null, LIMITS);
  if (isFault(parsed)) throw new Error(parsed.reason);
  return parsed;
}

test('an upgrade to websocket is found among others, in any case, and only with Connection: upgrade', () => {
  assert.ok(wantsWebSocket(head()));
  assert.ok(wantsWebSocket(head({ Upgrade: 'h2c, WebSocket', Connection: 'keep-alive, UPGRADE' })));
  assert.ok(!wantsWebSocket(head({ Upgrade: 'h2c' })));
  assert.ok(!wantsWebSocket(head({ Upgrade: 'websockets' })));
  assert.ok(!wantsWebSocket(head({ Connection: 'close' })));
  assert.ok(!wantsWebSocket(head({}, 'GET / HTTP/1.0')));
});

test('an offer holds key, extensions and subprotocols in their order', () => {
  const offer = readWebSocketOffer(
    head({
      'Sec-WebSocket-Protocol': 'chat, , super.chat',
      'sec-websocket-protocol': 'third',
      'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits',
    }),
    true,
  );
  assert.deepEqual(offer, {
    key: KEY,
    extensions: 'permessage-deflate; client_max_window_bits',
    protocols: ['chat', 'super.chat', 'third'],
  });
});

test('each rule of section 4.2.1 that is broken has its status', () => {
  const cases: [Record<string, string>, number][] = [
    [{ 'Sec-WebSocket-Version': '12' }, 426],
    [{ 'Sec-WebSocket-Version': '' }, 426],
    [{ 'Sec-WebSocket-Version': '13, 8' }, 426],
    [{ 'Sec-WebSocket-Key': '' }, 400],
    [{ 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ' }, 400],
    [{ 'Sec-WebSocket-Key': `${KEY}=` }, 400],
    [{ 'sec-websocket-key': KEY }, 400],
    [{ 'sec-websocket-version': '13' }, 400],
    [{ 'Sec-WebSocket-Protocol': 'a b' }, 400],
    [{ 'Sec-WebSocket-Protocol': 'a"b' }, 400],
  ];
  for (const [fields, status] of cases) {
    const fault = readWebSocketOffer(head(fields), true);
    assert.ok(isFault(fault), JSON.stringify(fields));
    assert.equal(fault.status, status, JSON.stringify(fields));
  }
  const post = readWebSocketOffer(head({}, 'POST / HTTP/1.1'), true);
  assert.ok(isFault(post) && post.status === 400);
});

test('bytes that some take for white space are refused in every header of the handshake', () => {
  for (const name of ['Key', 'Version', 'Protocol', 'Extensions', 'Anything']) {
    for (const byte of ['\x85', '\xa0', '\xe9']) {
      const fault = readWebSocketOffer(head({ [`Sec-WebSocket-${name}`]: `13${byte}` }), true);
      assert.ok(isFault(fault) && fault.status === 400, `${name} ${byte.charCodeAt(0)}`);
    }
  }
});
