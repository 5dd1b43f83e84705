import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { AcmeError } from '../../../src/acme/acme-error.ts';
import { CertificateKeeper } from '../../../src/acme/certificate-keeper.ts';
import type { HeldCertificate } from '../../../src/acme/held-certificate.ts';
import { OrderLock } from '../../../src/acme/order-lock.ts';
import type { RenewalWindow } from '../../../src/acme/renewal-info.ts';
import { StateFolder } from '../../../src/acme/state-folder.ts';
import { Log } from '../../../src/telemetry/log.ts';
import { until } from '../../helpers/until.ts';
import { FakeClock, turns } from './fake-clock.ts';
import { issue } from './issue.ts';

const DAY = 86_400_000;
const MINUTE = 60_000;
const NAMES = ['shop.example', 'www.shop.example'];

interface Site {
  readonly clock: FakeClock;
  readonly folder: StateFolder;
  readonly lines: string[];
  readonly orders: (HeldCertificate | null)[];
  /** What the authority does with the next orders. */
  answer: () => Promise<HeldCertificate>;
  wishes: () => Promise<RenewalWindow | null>;
  keeper(pid?: number): CertificateKeeper;
}

function site(t: TestContext, lifeDays = 90): Site {
  const root = mkdtempSync(join(tmpdir(), 'keeper-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const clock = new FakeClock();
  const folder = new StateFolder(root, 'https://ca.example/dir');
  const made: Site = {
    clock,
    folder,
    lines: [],
    orders: [],
    answer: () => make(made, lifeDays),
    wishes: () => Promise.resolve(null),
    keeper: (pid = 1) => {
      const keeper = new CertificateKeeper({
        names: NAMES,
        folder,
        lock: new OrderLock(folder.path, 'shop.example', { pid, startTimeOf: (of) => `start of ${of}` }),
        clock,
        log: new Log({
          level: 'debug',
          format: 'text',
          color: false,
          write: (line) => void made.lines.push(line),
        }),
        obtain: (_names, current) => {
          made.orders.push(current);
          return made.answer();
        },
        askRenewal: () => made.wishes(),
        onCertificate: () => undefined,
      });
      t.after(() => keeper.stop());
      return keeper;
    },
  };
  return made;
}

/** Certificates that are being made: that takes real time. */
const making = new Set<Promise<unknown>>();

function make(of: Site, days: number): Promise<HeldCertificate> {
  const { time } = of.clock;
  const made = issue(NAMES, time, time + days * DAY, `0${of.orders.length}`).finally(() =>
    making.delete(made),
  );
  making.add(made);
  return made;
}

async function pass(of: Site, ms: number): Promise<void> {
  await of.clock.pass(ms);
  while (making.size > 0) {
    await Promise.all(making);
    await turns();
    await of.clock.pass(0);
  }
}

test('a certificate that is not there is ordered at once, and renewed when two thirds of its life are over', async (t) => {
  const one = site(t);
  const keeper = one.keeper();
  keeper.start();
  await pass(one, 0);
  assert.equal(one.orders.length, 1);
  const first = keeper.held;
  assert.deepEqual(first?.names, NAMES);
  await pass(one, 57 * DAY);
  assert.equal(one.orders.length, 1, 'not before');
  await pass(one, 2 * DAY);
  assert.equal(one.orders.length, 2);
  assert.equal(one.orders[1]?.serial, first?.serial, 'the authority is told which one it replaces');
  assert.notEqual(keeper.held?.serial, first?.serial);
});

test('a restart finds what is in the folder and orders nothing', async (t) => {
  const one = site(t);
  const before = one.keeper();
  before.start();
  await pass(one, 0);
  before.stop();
  const after = one.keeper(2);
  assert.equal(after.held?.serial, before.held?.serial, 'before anything is started');
  after.start();
  await pass(one, DAY);
  assert.equal(one.orders.length, 1);
});

test('another set of names is ordered, and what there is shown until it comes', async (t) => {
  const one = site(t);
  one.folder.prepare();
  one.folder.keepCertificate(
    'shop.example',
    await issue(['shop.example'], one.clock.time, one.clock.time + 90 * DAY),
  );
  one.answer = () => Promise.reject(new AcmeError('authority', 'it is out'));
  const keeper = one.keeper();
  keeper.start();
  await pass(one, 0);
  assert.equal(one.orders.length, 1);
  assert.deepEqual(keeper.held?.names, ['shop.example']);
});

test('a failure keeps the last good certificate, says what to do, and is tried again ever later', async (t) => {
  const one = site(t);
  const keeper = one.keeper();
  keeper.start();
  await pass(one, 0);
  const good = keeper.held;
  one.answer = () =>
    Promise.reject(
      new AcmeError('challenge', 'shop.example: the authority is not convinced', {
        problem: { type: 'dns', detail: 'no such name', identifier: '', subproblems: [] },
      }),
    );
  await pass(one, 59 * DAY);
  const tried = one.orders.length;
  assert.ok(tried >= 6, `tried ${tried} times within the first day`);
  assert.equal(keeper.held, good);
  const { error, tryAt, certificate } = keeper.status;
  assert.match(error ?? '', /not convinced.*A or AAAA record/);
  assert.ok((tryAt ?? 0) > one.clock.time);
  assert.equal(certificate?.serial, good?.serial);
  assert.match(
    one.lines.join(''),
    /could not be renewed: .*; the one there is good until 2026-04-01 00:00Z; tried again in/,
  );
  await pass(one, 30 * DAY);
  assert.ok(one.orders.length - tried <= 30, 'at most once a day then');
});

test('an authority that asks for patience gets it, also from the next process', async (t) => {
  const one = site(t);
  one.answer = () =>
    Promise.reject(
      new AcmeError('refused', 'too many', {
        problem: { type: 'rateLimited', detail: 'too many', identifier: '', subproblems: [] },
        retryAfterMs: 5 * 3_600_000,
      }),
    );
  const before = one.keeper();
  before.start();
  await pass(one, 4 * 3_600_000);
  assert.equal(one.orders.length, 1);
  before.stop();
  one.keeper(2).start();
  await pass(one, 59 * MINUTE);
  assert.equal(one.orders.length, 1);
  await pass(one, 2 * MINUTE);
  assert.equal(one.orders.length, 2);
});

test('after a restart a failure is tried again in a minute, for somebody may have mended something', async (t) => {
  const one = site(t);
  one.answer = () => Promise.reject(new AcmeError('challenge', 'no'));
  const before = one.keeper();
  before.start();
  await pass(one, 5 * 3_600_000);
  before.stop();
  const tried = one.orders.length;
  one.keeper(2).start();
  await pass(one, MINUTE);
  assert.equal(one.orders.length, tried + 1);
});

test('the window that the authority suggests decides, also when it moves into the past', async (t) => {
  const one = site(t);
  const start = one.clock.time;
  let window = { start: start + 20 * DAY, end: start + 30 * DAY, explanation: '', askAgainMs: DAY };
  one.wishes = () => Promise.resolve(window);
  const keeper = one.keeper();
  keeper.start();
  await pass(one, 0);
  await pass(one, MINUTE);
  assert.equal(keeper.status.renewAt, start + 25 * DAY);
  await pass(one, 2 * DAY);
  assert.equal(one.orders.length, 1);
  window = {
    start: start - 2 * DAY,
    end: start - DAY,
    explanation: 'https://ca.example/incident',
    askAgainMs: DAY,
  };
  await pass(one, 1.1 * DAY);
  assert.equal(one.orders.length, 2, 'a certificate that is to be revoked is replaced at once');
  assert.match(one.lines.join(''), /why: https:\/\/ca\.example\/incident/);
});

test('an authority that suggests the past again and again is not asked for certificates again and again', async (t) => {
  const one = site(t);
  one.wishes = () => Promise.resolve({ start: 0, end: 1, explanation: '', askAgainMs: MINUTE });
  one.keeper().start();
  for (let hour = 0; hour < 12; hour += 1) await pass(one, 3_600_000);
  assert.ok(one.orders.length <= 13, `${one.orders.length} orders in twelve hours`);
});

test('of two processes one orders, and the other takes what it gets', async (t) => {
  const one = site(t);
  let give: () => void = () => undefined;
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  one.answer = async () => {
    await given;
    return make(one, 90);
  };
  const [first, second] = [one.keeper(1), one.keeper(2)];
  first.start();
  await pass(one, 0);
  second.start();
  await pass(one, MINUTE);
  assert.equal(one.orders.length, 1);
  assert.equal(second.status.certificate, null);
  assert.equal(one.lines.filter((line) => /Another server orders/.test(line)).length, 1, 'told once');
  give();
  // Keys are made and files are written meanwhile, which takes the time it takes.
  await until(() => first.held !== null, 'the order');
  await turns();
  await until(async () => {
    await pass(one, MINUTE);
    return second.held !== null;
  }, 'the other one taking it');
  assert.equal(one.orders.length, 1);
  assert.equal(second.held?.serial, first.held?.serial);
});

test('what another process failed at a moment ago is not tried again at once', async (t) => {
  const one = site(t);
  one.answer = () => Promise.reject(new AcmeError('challenge', 'no'));
  const [first, second] = [one.keeper(1), one.keeper(2)];
  first.start();
  await pass(one, 0);
  second.start();
  await pass(one, 30_000);
  assert.equal(one.orders.length, 1);
  assert.equal(second.status.error, 'no');
});

test('who is stopped gives its order up and says nothing of it', async (t) => {
  const one = site(t);
  one.answer = () => new Promise(() => undefined);
  const keeper = one.keeper();
  keeper.start();
  await pass(one, 0);
  keeper.stop();
  await pass(one, DAY);
  assert.doesNotMatch(one.lines.join(''), /No certificate/);
});
