// The same bytes mean the same requests, wherever they are cut. Seeded and bounded.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../fuzz/random.ts';
import { bodiesOf, connect, echoing } from './fake-gateway.ts';

const ROUNDS = 300;
const CUTS_PER_ROUND = 4;

/** One to six valid requests, and what must be seen of them. */
function conversation(random: Random): { bytes: string; expected: string[] } {
  const count = 1 + random.below(6);
  let bytes = '';
  const expected: string[] = [];
  let fields = headers(random);
  for (let i = 0; i < count; i += 1) {
    // Often the same headers again, so that the block of the request before is taken.
    if (random.chance(40)) fields = headers(random);
    const method = random.pick(['GET', 'POST', 'PUT', 'X-OTHER']);
    const target = `/${i}?${'q'.repeat(random.below(30))}`;
    const body = random.chance(60) ? text(random, random.below(random.pick([5, 300, 9000]))) : '';
    const framed = body === '' && random.chance(50) ? '' : frame(random, body);
    // An empty line before a request line is to be ignored (RFC 9112, section 2.2).
    const blank = i > 0 && random.chance(10) ? '\r\n' : '';
    bytes += `${blank}${method} ${target} HTTP/1.1\r\n${fields}${framed === '' ? '\r\n' : framed}`;
    expected.push(`${method} ${target} ${body}`);
  }
  return { bytes, expected };
}

function headers(random: Random): string {
  let out = 'Host: h\r\n';
  for (let i = random.below(4); i > 0; i -= 1) out += `X-${i}: ${'v'.repeat(random.below(40))}\xe9\r\n`;
  return out;
}

/** The framing header, the empty line and the body. */
function frame(random: Random, body: string): string {
  if (random.chance(50)) return `Content-Length: ${body.length}\r\n\r\n${body}`;
  let out = 'Transfer-Encoding: chunked\r\n\r\n';
  for (let at = 0; at < body.length; ) {
    const size = 1 + random.below(Math.min(500, body.length - at));
    out += `${size.toString(16)}\r\n${body.slice(at, at + size)}\r\n`;
    at += size;
  }
  return `${out}0\r\n${random.chance(30) ? 'X-Trailer: t\r\n' : ''}\r\n`;
}

function text(random: Random, length: number): string {
  let out = '';
  while (out.length < length) out += String.fromCharCode(random.below(256));
  return out;
}

/** What is seen, and answered, when the bytes come in the given pieces. */
function outcome(pieces: readonly string[]): { seen: string[]; answers: string[] } {
  const { seen, handler } = echoing();
  const { socket } = connect(handler);
  for (const piece of pieces) socket.feed(piece);
  return { seen, answers: bodiesOf(socket.sent) };
}

function cut(random: Random, bytes: string): string[] {
  const pieces: string[] = [];
  const most = random.pick([1, 3, 50, 1000]);
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + random.below(most);
    pieces.push(bytes.slice(at, at + size));
    at += size;
  }
  return pieces;
}

test('pipelined requests mean the same however their bytes are cut', () => {
  for (let seed = 1; seed <= ROUNDS; seed += 1) {
    const random = new Random(seed);
    const { bytes, expected } = conversation(random);
    const whole = outcome([bytes]);
    assert.deepEqual(whole.seen, expected, `seed ${seed}`);
    for (let i = 0; i < CUTS_PER_ROUND; i += 1) {
      assert.deepEqual(outcome(cut(random, bytes)), whole, `seed ${seed}, cut ${i}`);
    }
  }
});
