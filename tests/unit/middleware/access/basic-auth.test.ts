import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashPassword } from '../../../../src/cli/hash-password.ts';
import { checkPasswordHash } from '../../../../src/config/password-hash.ts';
import { basicAuth } from '../../../../src/middleware/access/basic-auth.ts';
import { PasswordCheck } from '../../../../src/middleware/access/password-check.ts';
import type { Refuse } from '../../../../src/middleware/access/refuse.ts';
import { verifyPassword } from '../../../../src/middleware/access/verify-password.ts';
import { FakeExchange, FakeSink } from '../../handlers/fake-exchange.ts';

// As htpasswd -B writes it; made by the C library.
const BCRYPT = '$2y$05$abcdefghijklmnopqrstuuVWu8RjbNovPZWAMRdd7iqaaG0mI53Uu';

const refuse: Refuse = (_exchange, sink, status, _detail, fields = []) =>
  sink.start({ status, reason: '', fields, memo: null }, 0);

interface Question {
  password: string;
  hash: string;
  done: (same: boolean | null) => void;
}

/** The middleware with comparisons that the test answers. */
function guarded(users: readonly (readonly [string, string])[] = [['anna', 'hash-a']]) {
  const questions: Question[] = [];
  const clock = { now: 0 };
  const check = new PasswordCheck(
    users,
    (password, hash, done) => void questions.push({ password, hash, done }),
    () => clock.now,
  );
  const handler = basicAuth(
    { realm: 'staff', users },
    check,
    refuse,
  )((_, sink) => sink.start({ status: 200, reason: '', fields: [], memo: null }, 0));
  const ask = (authorization: string, address = '192.0.2.1') => {
    const sink = new FakeSink();
    const lines = ['GET / HTTP/1.1', 'Host: a'];
    if (authorization !== '') lines.push(`Authorization: ${authorization}`);
    const exchange = new FakeExchange(lines.join('\r\n'), { client: { address } });
    handler(exchange, sink);
    return { sink, exchange };
  };
  return { questions, clock, ask };
}

function basic(name: string, password: string): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
}

test('who brings no password, or none that can be read, is asked for one', () => {
  const { ask, questions } = guarded();
  for (const header of [
    ...['', 'Bearer x', 'Basic', 'Basic %%%', basic('', 'x'), `Basic ${'A'.repeat(2000)}`],
    // Two of them are one to bcrypt, where a NUL ends a password.
    ...[basic('anna', 'right\0right'), basic('an\nna', 'x')],
  ]) {
    const { sink } = ask(header);
    assert.equal(sink.head?.status, 401, header.slice(0, 20));
    assert.deepEqual(sink.head?.fields, ['WWW-Authenticate', 'Basic realm="staff", charset="UTF-8"']);
  }
  assert.equal(questions.length, 0);
});

test('a password is compared once, and known for a while', () => {
  const { ask, questions, clock } = guarded();
  const first = ask(basic('anna', 'geheim'));
  const second = ask(basic('anna', 'geheim').replace('Basic', 'bASIC'));
  assert.equal(questions.length, 1, 'those who come meanwhile wait for the same');
  assert.equal(first.sink.started, false);
  questions[0]?.done(true);
  assert.equal(first.sink.head?.status, 200);
  assert.equal(second.sink.head?.status, 200);
  assert.equal(ask(basic('anna', 'geheim')).sink.head?.status, 200, 'at once');
  assert.equal(questions.length, 1);
  clock.now += 600_001;
  ask(basic('anna', 'geheim'));
  assert.equal(questions.length, 2);
});

test('a wrong password is wrong each time, and so is the name of nobody, which takes as long', () => {
  const { ask, questions } = guarded();
  const wrong = ask(basic('anna', 'x'));
  questions[0]?.done(false);
  assert.equal(wrong.sink.head?.status, 401);
  const nobody = ask(basic('bert', 'geheim'));
  assert.equal(questions[1]?.hash, 'hash-a');
  questions[1]?.done(true);
  assert.equal(nobody.sink.head?.status, 401, 'though it is the password of somebody');
});

test('a client may have four guesses under way, all together 64', () => {
  const { ask, questions } = guarded();
  for (let i = 0; i < 4; i++) assert.equal(ask(basic('anna', `${i}`)).sink.head, null);
  assert.equal(ask(basic('anna', '4')).sink.head?.status, 429);
  for (let i = 4; i < 64; i++) assert.equal(ask(basic('anna', `x${i}`), `10.0.0.${i}`).sink.head, null);
  const late = ask(basic('anna', 'late'), '10.0.1.1').sink;
  assert.equal(late.head?.status, 503);
  assert.deepEqual(late.head?.fields, ['Retry-After', '1']);
  for (const { done } of questions) done(false);
  assert.equal(ask(basic('anna', 'later')).sink.head, null);
});

test('a client that leaves meanwhile is not answered', () => {
  const { ask, questions } = guarded();
  const { exchange, sink } = ask(basic('anna', 'geheim'));
  exchange.onGone?.();
  questions[0]?.done(true);
  assert.equal(sink.head, null);
});

test('hashes of bcrypt and scrypt are those of one password each', async () => {
  const scrypt = await hashPassword('geheim', 10);
  for (const hash of [scrypt, BCRYPT]) {
    assert.equal(verifyPassword('geheim', hash), true, hash);
    assert.equal(verifyPassword('Geheim', hash), false, hash);
  }
  assert.match(scrypt, /^\$scrypt\$ln=10,r=8,p=3\$[^=]+$/);
  checkPasswordHash('anna', scrypt);
});
