// Messages and frames: RFC 6455, sections 5 to 8; compression: RFC 7692.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Server } from '../helpers/server.ts';
import { frame, openClient, RawSocket, serveAsgi } from './websocket-client.ts';

const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;
const MEBIBYTE = 1_048_576;

test('messages', async (t) => {
  const server = await serveAsgi(t, 'websockets');
  await t.test('come back as they were, text and bytes, empty ones too', async () => {
    const client = await openClient(server, '/echo');
    for (const message of ['', 'a', 'ünï\u{1f984}\0', 'x'.repeat(125), 'y'.repeat(126), 'z'.repeat(65_536)]) {
      assert.equal(await client.ask(message), message);
    }
    for (const bytes of [0, 1, 125, 126, 65_535, 65_536, 262_144, 262_145, 1_000_000]) {
      const message = Buffer.from(Array.from({ length: bytes }, (_, i) => (i * 31) % 256));
      const back = await client.ask(message);
      assert.ok(Buffer.isBuffer(back) && back.equals(message), `${bytes} bytes`);
    }
    assert.deepEqual(await client.end(), { code: 1005, reason: '' });
  });
  await t.test('keep their order', async () => {
    const client = await openClient(server, '/echo');
    for (let i = 0; i < 2000; i += 1) client.send(i % 3 === 0 ? Buffer.from(`${i}`) : `${i}`);
    for (let i = 0; i < 2000; i += 1) assert.equal(String(await client.next()), `${i}`);
    await client.end();
  });
  await t.test('may be in as many fragments as the client likes', async () => {
    const socket = await RawSocket.open(server, '/echo');
    const letters = 'fragmented'.split('');
    socket.send(
      ...letters.map((letter, i) => frame(i === 0 ? TEXT : 0, letter, { fin: i === letters.length - 1 })),
    );
    const back = await socket.read();
    assert.equal(back?.payload.toString(), 'fragmented');
    assert.deepEqual([back?.opcode, back?.fin], [TEXT, true]);
    socket.client.close();
  });
  await t.test('may be in 131,072 fragments and not in one more', async () => {
    const socket = await RawSocket.open(server, '/length');
    const first = frame(BINARY, 'x', { fin: false });
    const more = Buffer.concat(Array.from({ length: 131_070 }, () => frame(0, 'x', { fin: false })));
    socket.send(first, more, frame(0, 'x'));
    assert.equal((await socket.read())?.payload.toString(), '131072');
    socket.send(first, more, frame(0, 'x', { fin: false }), frame(0, 'x'));
    assert.equal(await socket.closeCode(), 1008);
  });
  await t.test('let pings in between their fragments be answered at once', async () => {
    const socket = await RawSocket.open(server, '/echo');
    socket.send(frame(TEXT, 'one ', { fin: false }), frame(PING, 'are you there'), frame(0, 'two'));
    const pong = await socket.read();
    assert.deepEqual([pong?.opcode, pong?.payload.toString()], [PONG, 'are you there']);
    assert.equal((await socket.read())?.payload.toString(), 'one two');
    socket.client.close();
  });
  await t.test('may have a character cut between two fragments', async () => {
    const socket = await RawSocket.open(server, '/echo');
    socket.send(frame(TEXT, '\xc3', { fin: false }), frame(0, '\xa9'));
    assert.equal((await socket.read())?.payload.toString(), 'é');
    socket.client.close();
  });
  await t.test('go both ways at once', async () => {
    const client = await openClient(server, '/both_ways');
    assert.equal(await client.next(), '0');
    assert.equal(await client.next(), '1');
    client.send('stop');
    let last = '';
    while (!last.startsWith('heard')) last = String(await client.next());
    assert.equal(last, 'heard stop');
    await client.closed;
  });
  await t.test('are answered although the next one is at fault', async () => {
    const socket = await RawSocket.open(server, '/echo');
    socket.send(frame(TEXT, 'good'), frame(TEXT, 'bad', { rsv: 2 }));
    assert.equal((await socket.read())?.payload.toString(), 'good');
    assert.equal(await socket.closeCode(), 1002);
    assert.equal(await socket.read(), null);
  });
  await t.test('an unasked pong is nothing', async () => {
    const socket = await RawSocket.open(server, '/echo');
    socket.send(frame(PONG, 'unasked'), frame(TEXT, 'still here'));
    assert.equal((await socket.read())?.payload.toString(), 'still here');
    socket.client.close();
  });
  await brokenFrames(t, server);
});

/** What a client must not send, and the code with which the connection is closed. */
const BROKEN: [what: string, frames: Buffer[], code: number][] = [
  ['a frame without a mask', [frame(TEXT, 'a', { masked: false })], 1002],
  ['reserved bit 1', [frame(TEXT, 'a', { rsv: 4 })], 1002],
  ['reserved bit 2', [frame(TEXT, 'a', { rsv: 2 })], 1002],
  ['reserved bit 3', [frame(TEXT, 'a', { rsv: 1 })], 1002],
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode): [string, Buffer[], number] => [
    `the reserved opcode ${opcode}`,
    [frame(opcode, 'a')],
    1002,
  ]),
  ['a ping in fragments', [frame(PING, 'a', { fin: false })], 1002],
  ['a ping of 126 bytes', [frame(PING, 'x'.repeat(126))], 1002],
  ['a continuation of nothing', [frame(0, 'a')], 1002],
  ['a new message within one', [frame(TEXT, 'a', { fin: false }), frame(TEXT, 'b')], 1002],
  ['text that is not UTF-8', [frame(TEXT, 'a\xffb')], 1007],
  ['an overlong form', [frame(TEXT, '\xc0\x80')], 1007],
  ['a surrogate', [frame(TEXT, '\xed\xa0\x80')], 1007],
  ['text that ends within a character', [frame(TEXT, '\xe2\x82')], 1007],
  ['a close of one byte', [frame(CLOSE, '\x03')], 1002],
  ['a close whose reason is not UTF-8', [frame(CLOSE, '\x03\xe8\xff')], 1007],
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535].map(
    (code): [string, Buffer[], number] => [
      `a close with the code ${code}`,
      [frame(CLOSE, String.fromCharCode(code >> 8, code & 255))],
      1002,
    ],
  ),
];

async function brokenFrames(t: { test: typeof test }, server: Server): Promise<void> {
  for (const [what, frames, code] of BROKEN) {
    await t.test(`${what} closes with ${code}, and the app hears 1006`, async () => {
      const mark = `broken-${what.replaceAll(/[^a-z0-9]+/gi, '-')}`;
      const socket = await RawSocket.open(server, `/echo?mark=${mark}`);
      socket.send(...frames);
      assert.equal(await socket.closeCode(), code);
      assert.equal(await socket.read(), null);
      await server.waitForLog(new RegExp(`${mark}: disconnect 1006`));
    });
  }
}

test('the length of a message', async (t) => {
  const server = await serveAsgi(t, 'websockets');
  await t.test('may be 16 MiB and not a byte more', async () => {
    const fits = await openClient(server, '/length');
    assert.equal(await fits.ask(Buffer.alloc(16 * MEBIBYTE, 'x')), String(16 * MEBIBYTE));
    fits.send(Buffer.alloc(16 * MEBIBYTE + 1, 'x'));
    assert.equal((await fits.closed).code, 1009);
  });
  await t.test('counts over all fragments', async () => {
    const socket = await RawSocket.open(server, '/length');
    const part = Buffer.alloc(MEBIBYTE, 'x');
    socket.send(frame(BINARY, part, { fin: false }));
    for (let i = 0; i < 15; i += 1) socket.send(frame(0, part, { fin: false }));
    socket.send(frame(0, 'x', { fin: false }));
    assert.equal(await socket.closeCode(), 1009);
  });
  await t.test('is refused by its head, before it has been sent', async () => {
    const socket = await RawSocket.open(server, '/length');
    socket.send(Buffer.from([0x82, 0xff, 0x7f, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]));
    assert.equal(await socket.closeCode(), 1009);
  });
  await t.test('is what ws_max_size says', async (st) => {
    const small = await serveAsgi(st, 'websockets', ['--ws-max-size', '1000']);
    const client = await openClient(small, '/length');
    assert.equal(await client.ask('x'.repeat(1000)), '1000');
    client.send('x'.repeat(1001));
    assert.equal((await client.closed).code, 1009);
  });
});

test('permessage-deflate', async (t) => {
  const server = await serveAsgi(t, 'websockets');
  const compressible = 'compressible '.repeat(1000);
  await t.test('is used when the client offers it', async () => {
    const client = await openClient(server, '/echo', [], { perMessageDeflate: true });
    assert.match(client.socket.extensions, /permessage-deflate/);
    for (let i = 0; i < 5; i += 1) assert.equal(await client.ask(compressible + i), compressible + i);
    assert.equal(await client.ask('short'), 'short');
    await client.end();
  });
  await t.test('is not used when the client does not', async () => {
    const client = await openClient(server, '/echo');
    assert.equal(client.socket.extensions, '');
    await client.end();
  });
  await t.test('is declined where the server is told not to', async (st) => {
    const plain = await serveAsgi(st, 'websockets', ['--no-ws-per-message-deflate']);
    const client = await openClient(plain, '/echo', [], { perMessageDeflate: true });
    assert.equal(client.socket.extensions, '');
    assert.equal(await client.ask(compressible), compressible);
    await client.end();
  });
  for (const [offer, answer] of [
    ['permessage-deflate', /^permessage-deflate$/],
    ['permessage-deflate; client_max_window_bits', /^permessage-deflate/],
    ['permessage-deflate; server_max_window_bits=10', /server_max_window_bits=10/],
    ['permessage-deflate; server_no_context_takeover', /server_no_context_takeover/],
    ['permessage-deflate; client_no_context_takeover', /client_no_context_takeover/],
    ['x-unknown, permessage-deflate', /^permessage-deflate$/],
    ['x-unknown', /^$/],
  ] as const) {
    await t.test(`answers the offer "${offer}"`, async () => {
      const fields = { 'Sec-WebSocket-Extensions': offer };
      const socket = await RawSocket.open(server, '/echo', fields);
      assert.match(socket.extensions, answer);
      if (socket.extensions !== '') {
        socket.send(frame(TEXT, deflated(compressible), { rsv: 4 }));
        const back = await socket.read();
        assert.equal(back?.rsv, 4);
        assert.equal(inflated(back.payload), compressible);
      }
      socket.client.close();
    });
  }
  for (const offer of [
    'permessage-deflate; server_max_window_bits=7',
    'permessage-deflate; server_max_window_bits=16',
    'permessage-deflate; unknown=1',
    'permessage-deflate; server_no_context_takeover=1',
    'permessage-deflate; server_no_context_takeover; server_no_context_takeover',
  ]) {
    await t.test(`never accepts the offer "${offer}"`, async () => {
      const answer = await RawSocket.attempt(server, '/echo', { 'Sec-WebSocket-Extensions': offer });
      assert.ok(answer.status === 400 || answer.status === 101, String(answer.status));
      assert.equal(answer.header('sec-websocket-extensions'), undefined);
    });
  }
  await t.test('reserved bit 1 within a message closes with 1002', async () => {
    const fields = { 'Sec-WebSocket-Extensions': 'permessage-deflate' };
    const socket = await RawSocket.open(server, '/echo', fields);
    socket.send(frame(TEXT, 'a', { fin: false }), frame(0, 'b', { rsv: 4 }));
    assert.equal(await socket.closeCode(), 1002);
  });
  await t.test('what cannot be inflated closes with 1007', async () => {
    const fields = { 'Sec-WebSocket-Extensions': 'permessage-deflate' };
    const socket = await RawSocket.open(server, '/echo', fields);
    socket.send(frame(TEXT, 'not deflated at all', { rsv: 4 }));
    assert.equal(await socket.closeCode(), 1007);
  });
  await t.test('a bomb is stopped at the limit of a message', async () => {
    const fields = { 'Sec-WebSocket-Extensions': 'permessage-deflate' };
    const socket = await RawSocket.open(server, '/length', fields);
    const bomb = deflateRawSync(Buffer.alloc(200 * MEBIBYTE), { finishFlush: constants.Z_SYNC_FLUSH });
    assert.ok(bomb.length < MEBIBYTE);
    socket.send(frame(BINARY, bomb, { rsv: 4 }));
    assert.equal(await socket.closeCode(), 1009);
  });
  await t.test('a text in it is held to UTF-8 as well', async () => {
    const fields = { 'Sec-WebSocket-Extensions': 'permessage-deflate' };
    const socket = await RawSocket.open(server, '/echo', fields);
    socket.send(frame(TEXT, deflated('\xff\xfe', 'latin1'), { rsv: 4 }));
    assert.equal(await socket.closeCode(), 1007);
  });
});

/** RFC 7692, section 7.2.1: without the last four bytes. */
function deflated(text: string, encoding: BufferEncoding = 'utf8'): Buffer {
  const data = deflateRawSync(Buffer.from(text, encoding), { finishFlush: constants.Z_SYNC_FLUSH });
  return data.subarray(0, -4);
}

function inflated(data: Buffer): string {
  const whole = Buffer.concat([data, Buffer.from([0, 0, 0xff, 0xff])]);
  return inflateRawSync(whole, { finishFlush: constants.Z_SYNC_FLUSH }).toString();
}
