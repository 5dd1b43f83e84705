import { AcmeError, isRecord, oneLine, problemText, readProblem } from './acme-error.ts';
import { type AcmeAnswer, type AcmeClient, nonsense } from './acme-client.ts';
import type { ChallengeBoard, ChallengeType } from './challenges.ts';
import { checkOrdered, type HeldCertificate, readCertificate } from './held-certificate.ts';
import { keyAuthorization } from './jws.ts';
import { challengeCertificate, keyPem, newKey, signingRequest } from './signing.ts';

export interface OrderOptions {
  readonly client: AcmeClient;
  readonly names: readonly string[];
  readonly board: ChallengeBoard;
  /** Those that may be used, the preferred one first. */
  readonly types: readonly ChallengeType[];
  /** RFC 9773: the certificate whose place it takes; null: none. */
  readonly replaces: string | null;
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** Resolves after so many milliseconds, or rejects when the signal says so. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** How long an authority is waited for, from the order to the certificate. */
const ORDER_MS = 300_000;
const POLL_MS_MIN = 250;
const POLL_MS_START = 1_000;
const POLL_MS_MAX = 30_000;
/** Tokens become part of a path (RFC 8555, section 8.1: base64url, 128 bits and more). */
const TOKEN = /^[A-Za-z0-9_-]{22,512}$/;
const AUTHORIZATIONS_MAX = 100;

/** A challenge that we are about to answer, or have answered. */
interface Attempt {
  readonly name: string;
  readonly type: ChallengeType;
  readonly authorization: string;
  readonly url: string;
  readonly token: string;
}

/** One certificate for these names, from one authority (RFC 8555, section 7.4). Rejects with AcmeError. */
export async function runOrder(options: OrderOptions): Promise<HeldCertificate> {
  const timeout = AbortSignal.timeout(ORDER_MS);
  try {
    return await order({ ...options, signal: AbortSignal.any([options.signal, timeout]) });
  } catch (error) {
    if (!timeout.aborted || options.signal.aborted) throw error;
    const host = new URL(options.client.directoryUrl).host;
    throw new AcmeError('authority', `${host} gave no certificate within ${ORDER_MS / 1000} s`, {
      cause: error,
    });
  }
}

async function order(options: OrderOptions): Promise<HeldCertificate> {
  const { client, names, signal } = options;
  const made = await newOrder(options);
  const authorizations = texts(made.body['authorizations']);
  if (made.location === '' || authorizations.length === 0 || authorizations.length > AUTHORIZATIONS_MAX)
    throw nonsense(client.directoryUrl, 'its order cannot be followed');
  const attempts: Attempt[] = [];
  try {
    for (const url of authorizations) {
      const attempt = await prepare(url, options);
      if (attempt !== null) attempts.push(attempt);
    }
    for (const { url } of attempts) await client.post(url, {}, signal);
    for (const attempt of attempts) await authorized(attempt, options);
  } finally {
    await options.board.withdraw(
      attempts.map(({ token }) => token),
      attempts.map(({ name }) => name),
    );
  }
  const key = newKey();
  const ready = await settled(made.location, READY, options);
  const request = await signingRequest(key, names);
  const certificateUrl = await finalized(made.location, ready, request, options);
  const { text } = await client.post(certificateUrl, null, signal, {
    accept: 'application/pem-certificate-chain',
  });
  const held = readCertificate(text, keyPem(key));
  checkOrdered(held, names, options.now());
  return held;
}

async function newOrder({ client, names, replaces, signal }: OrderOptions): Promise<AcmeAnswer> {
  const { newOrder: url } = await client.directory(signal);
  const identifiers = names.map((value) => ({ type: 'dns', value }));
  if (replaces !== null) {
    try {
      return await client.post(url, { identifiers, replaces }, signal);
    } catch (error) {
      // It may not know that certificate, or know of another that took its place: then this is an order like any other.
      const type = error instanceof AcmeError ? (error.problem?.type ?? '') : '';
      if (!REPLACES_REFUSED.has(type)) throw error;
    }
  }
  return client.post(url, { identifiers }, signal);
}

const REPLACES_REFUSED: ReadonlySet<string> = new Set([
  'alreadyReplaced',
  'malformed',
  'unauthorized',
  'conflict',
]);

/** Has the gateways answer a challenge of the authorization; null: the authority is convinced already. */
async function prepare(url: string, options: OrderOptions): Promise<Attempt | null> {
  const { client, board, types, signal } = options;
  const { body } = await client.post(url, null, signal);
  if (body['status'] === 'valid') return null;
  const name = isRecord(body['identifier']) ? body['identifier']['value'] : '';
  if (typeof name !== 'string' || !options.names.includes(name))
    throw nonsense(url, 'it wants something to be shown for a name that was not ordered');
  if (body['status'] !== 'pending')
    throw new AcmeError(
      'challenge',
      `${name}: the authority's authorization is ${String(body['status']).slice(0, 20)}`,
    );
  const offered = (Array.isArray(body['challenges']) ? body['challenges'] : []).filter(isRecord);
  for (const type of types) {
    const challenge = offered.find((one) => one['type'] === type);
    if (challenge === undefined) continue;
    const { token, url: where } = challenge;
    if (typeof token !== 'string' || !TOKEN.test(token) || typeof where !== 'string')
      throw nonsense(url, `its challenge ${type} cannot be followed`);
    const answer = keyAuthorization(token, client.key);
    if (type === 'http-01') await board.showHttp(token, answer);
    else await board.showTls(name, await challengeCertificate(name, answer, options.now()));
    return { name, type, authorization: url, url: where, token };
  }
  const kinds = offered.map((one) => oneLine(String(one['type']), 30)).join(', ');
  throw new AcmeError(
    'challenge',
    `${name}: the authority offers none of the challenges that may be used, only ${kinds}`,
    {
      hint: `acme_challenges allows ${types.join(' and ')}`,
    },
  );
}

/** Waits for the authority's verdict. */
async function authorized(attempt: Attempt, options: OrderOptions): Promise<void> {
  const { body } = await poll(attempt.authorization, ({ body: at }) => at['status'] !== 'pending', options);
  if (body['status'] === 'valid') return;
  const challenges = (Array.isArray(body['challenges']) ? body['challenges'] : []).filter(isRecord);
  const error = challenges.find((one) => one['type'] === attempt.type)?.['error'];
  const problem = readProblem(error, 0);
  const said = error === undefined ? 'it does not say why' : problemText(problem);
  throw new AcmeError(
    'challenge',
    `${attempt.name}: the authority is not convinced by ${attempt.type}: ${said}`,
    error === undefined ? {} : { problem },
  );
}

const READY: ReadonlySet<unknown> = new Set(['ready', 'valid']);

async function finalized(
  url: string,
  ready: AcmeAnswer,
  csr: string,
  options: OrderOptions,
): Promise<string> {
  const { client, signal } = options;
  if (ready.body['status'] === 'ready') {
    const { finalize } = ready.body;
    if (typeof finalize !== 'string') throw nonsense(url, 'its order does not say how it is finished');
    await client.post(finalize, { csr }, signal);
  }
  const { body } = await settled(url, new Set(['valid']), options);
  const { certificate } = body;
  if (typeof certificate !== 'string') throw nonsense(url, 'its order does not say where the certificate is');
  return certificate;
}

/** Waits until the order is in one of these states; rejects when it can't get there any more. */
async function settled(
  url: string,
  states: ReadonlySet<unknown>,
  options: OrderOptions,
): Promise<AcmeAnswer> {
  const answer = await poll(
    url,
    ({ body }) => states.has(body['status']) || body['status'] === 'invalid',
    options,
  );
  if (states.has(answer.body['status'])) return answer;
  const problem = readProblem(answer.body['error'], 0);
  throw new AcmeError('refused', `${new URL(url).host} gave the order up: ${problemText(problem)}`, {
    problem,
  });
}

/** Asks again and again, as often as the authority wishes. */
async function poll(
  url: string,
  done: (answer: AcmeAnswer) => boolean,
  { client, signal, sleep }: OrderOptions,
): Promise<AcmeAnswer> {
  let waitMs = POLL_MS_START;
  for (;;) {
    const answer = await client.post(url, null, signal);
    if (done(answer)) return answer;
    const wishedMs = answer.retryAfterMs ?? waitMs;
    await sleep(Math.min(POLL_MS_MAX, Math.max(POLL_MS_MIN, wishedMs)), signal);
    waitMs = Math.min(POLL_MS_MAX, waitMs * 1.5);
  }
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
