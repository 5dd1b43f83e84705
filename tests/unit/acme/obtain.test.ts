import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { AcmeError, isRecord } from '../../../src/acme/acme-error.ts';
import { ChallengeBoard } from '../../../src/acme/challenges.ts';
import type { ChallengeSpec } from '../../../src/wire/challenge-spec.ts';
import { type Authority, obtain, renewalOf } from '../../../src/acme/obtain.ts';
import type { HeldCertificate } from '../../../src/acme/held-certificate.ts';
import { renewalName } from '../../../src/acme/signing.ts';
import { StateFolder } from '../../../src/acme/state-folder.ts';
import { FakeAuthority } from './fake-authority.ts';
import { FakeClock } from './fake-clock.ts';
import { issue } from './issue.ts';

const DAY = 86_400_000;
const NAMES = ['shop.example', 'www.shop.example'];
const URN = 'urn:ietf:params:acme:error:';

interface Client {
  readonly authority: FakeAuthority;
  readonly published: ChallengeSpec[];
  readonly terms: string[];
  readonly wishes: { -readonly [K in keyof Authority['account']]: string };
  order(current?: HeldCertificate | null): Promise<HeldCertificate>;
  renewal(held: HeldCertificate): ReturnType<typeof renewalOf>;
}

async function client(t: TestContext): Promise<Client> {
  const root = mkdtempSync(join(tmpdir(), 'obtain-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const authority = await FakeAuthority.open(t);
  const folder = new StateFolder(root, authority.directory);
  folder.prepare();
  const published: ChallengeSpec[] = [];
  const terms: string[] = [];
  const wishes = { email: '', eabKid: '', eabKey: '' };
  const board = new ChallengeBoard((answers) => {
    published.push(answers);
    return Promise.resolve();
  });
  const means = {
    authority: {
      directory: authority.directory,
      ca: '',
      account: wishes,
      types: ['http-01', 'tls-alpn-01'] as const,
      agentName: 'licorne/test',
    },
    folder,
    board,
    clock: new FakeClock(Date.now()),
    onAccount: (of: string) => void terms.push(of),
  };
  const { signal } = new AbortController();
  return {
    authority,
    published,
    terms,
    wishes,
    order: (current = null) => obtain(means, NAMES, current, signal),
    renewal: (held) => renewalOf(means, held, signal),
  };
}

/** What an order said it replaces. */
function replaced({ payloads }: FakeAuthority, at: number): unknown {
  const payload = payloads.get('/order')?.at(at);
  return isRecord(payload) ? payload['replaces'] : assert.fail('there was no order');
}

/** The message and the hint a fault is told with. */
async function fault(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => assert.fail('it succeeded'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof AcmeError, String(error));
  return error.text;
}

test('an order goes from the account to a certificate for the names that were asked for', async (t) => {
  const one = await client(t);
  const held = await one.order();
  assert.deepEqual(held.names, NAMES);
  assert.equal(held.issuer, 'Fake Authority 1');
  assert.deepEqual(one.terms, ['https://fake.example/terms']);
  assert.equal(one.published.at(-2)?.http.length, 1, 'one token, for both names');
  assert.deepEqual(one.published.at(-1), { http: [], tls: [] });
  assert.deepEqual(one.authority.payloads.get('/account'), [{ termsOfServiceAgreed: true }]);
});

test('the account is made once, and written to again when the address of its owner changes', async (t) => {
  const one = await client(t);
  await one.order();
  await one.order();
  assert.equal(one.authority.payloads.get('/account')?.length, 1);
  one.wishes.email = 'ops@shop.example';
  await one.order();
  assert.deepEqual(one.authority.payloads.get('/account/1')?.at(-1), {
    contact: ['mailto:ops@shop.example'],
  });
});

test('an account that the authority has forgotten is made again', async (t) => {
  const one = await client(t);
  await one.order();
  const gone = { status: 400, body: { type: `${URN}accountDoesNotExist`, detail: 'who?' } };
  one.authority.instead.set('/account/1', [gone]);
  await one.order();
  assert.equal(one.authority.payloads.get('/account')?.length, 2);
});

test('bad nonces are tried again, but not for ever', async (t) => {
  const one = await client(t);
  const bad = { status: 400, body: { type: `${URN}badNonce`, detail: 'old' } };
  one.authority.instead.set(
    '/order',
    Array.from({ length: 20 }, () => bad),
  );
  await one.order();
  one.authority.instead.set(
    '/order',
    Array.from({ length: 21 }, () => bad),
  );
  assert.match(await fault(one.order()), /old \(badNonce\)/);
});

test('a challenge that does not convince is followed by the other kind, and told with the reason and what to do', async (t) => {
  const one = await client(t);
  one.authority.problem = { type: `${URN}connection`, detail: 'Connection\nrefused' };
  const text = await fault(one.order());
  assert.equal(
    text,
    'shop.example: the authority is not convinced by tls-alpn-01: Connection refused (connection) (nobody answers there: do ports 80 and 443 of the name lead to this server, past firewalls?)',
  );
  assert.ok(one.authority.asked.includes('POST /challenge/http-01'));
  assert.deepEqual(one.published.at(-1), { http: [], tls: [] }, 'they are withdrawn all the same');
});

test('an authority that offers other challenges only is told so', async (t) => {
  const one = await client(t);
  one.authority.types = ['dns-01'];
  assert.match(await fault(one.order()), /offers none of the challenges that may be used, only dns-01/);
});

test('a refusal of the order is told with its parts, and with the patience that is asked for', async (t) => {
  const one = await client(t);
  const identifier = { type: 'dns', value: 'www.shop.example' };
  const inner = { type: `${URN}rejectedIdentifier`, detail: 'on a list', identifier };
  const body = { type: `${URN}rateLimited`, detail: 'too many', subproblems: [inner] };
  one.authority.instead.set('/order', [{ status: 429, headers: { 'Retry-After': '7200' }, body }]);
  const error = await one.order().catch((thrown: unknown) => thrown);
  assert.ok(error instanceof AcmeError);
  assert.match(
    error.message,
    /says: too many \(rateLimited\); www\.shop\.example: on a list \(rejectedIdentifier\)/,
  );
  assert.match(error.hint, /tried again later/);
  assert.equal(error.retryAfterMs, 7_200_000);
});

test('an authority for its own customers asks for their key, and is shown it', async (t) => {
  const one = await client(t);
  one.authority.meta = { externalAccountRequired: true };
  assert.match(await fault(one.order()), /customers only .*acme_eab_kid/);
  one.wishes.eabKid = 'kid-1';
  one.wishes.eabKey = 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W';
  await one.order();
  const [payload] = one.authority.payloads.get('/account') ?? [];
  assert.ok(JSON.stringify(payload).includes('externalAccountBinding'));
});

test('a renewal names what it replaces where the authority has a mind about renewals, and does without when it is refused', async (t) => {
  const one = await client(t);
  const current = await issue(NAMES, Date.now() - 60 * DAY, Date.now() + 30 * DAY);
  const name = await renewalName(current.chain);
  one.authority.window = { start: '2026-01-01T00:00:00Z', end: '2026-01-02T00:00:00Z' };
  await one.order(current);
  assert.equal(replaced(one.authority, 0), name);
  one.authority.instead.set('/order', [
    { status: 409, body: { type: `${URN}alreadyReplaced`, detail: 'done' } },
  ]);
  await one.order(current);
  assert.equal(replaced(one.authority, -1), undefined);
  const window = await one.renewal(current);
  assert.equal(window?.start, Date.UTC(2026, 0, 1));
  assert.ok(one.authority.asked.includes(`GET /renewal/${name}`));
});

test('the name of a renewal is the one of RFC 9773: key identifier, dot, serial number with its sign', async () => {
  const held = await issue(NAMES, 0, DAY, '8f01');
  assert.match((await renewalName(held.chain)) ?? '', /^[\w-]{27}\.AI8B$/);
});

for (const [what, path, said] of [
  ['a certificate for another key', '/certificate', 'other'],
  ['no certificate', '/certificate', 'hello'],
  ['no order', '/order', {}],
  ['an address of another kind', '/order', { authorizations: ['file:///etc/passwd'] }],
  ['no directory', '/directory', 'hello'],
] as const) {
  test(`an authority that gives ${what} is told to be out of its mind`, async (t) => {
    const one = await client(t);
    const body = said === 'other' ? (await issue(NAMES, 0, DAY)).chain : said;
    one.authority.instead.set(path, [{ headers: { Location: one.authority.url('/order/1') }, body }]);
    assert.match(await fault(one.order()), /not fit for use|is not understood/);
  });
}

test('a certificate that is over already is told to be a fault of the clock', async (t) => {
  const one = await client(t);
  one.authority.notAfter = Date.now() - 60_000;
  assert.match(await fault(one.order()), /is the clock of this machine right/);
});

test('an answer without an end is given up', async (t) => {
  const one = await client(t);
  one.authority.instead.set('/directory', [{ body: 'x'.repeat(1_100_000) }]);
  assert.match(await fault(one.order()), /longer than 1048576 bytes/);
});
