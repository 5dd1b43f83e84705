import type { KeyObject } from 'node:crypto';
import { AcmeError, isRecord, problemText, readProblem } from './acme-error.ts';
import { type CaResponse, type CaTransport, retryAfterMs } from './ca-transport.ts';
import { signedRequest } from './jws.ts';

/** What an authority offers, and where (RFC 8555, section 7.1.1). */
export interface Directory {
  readonly newNonce: string;
  readonly newAccount: string;
  readonly newOrder: string;
  /** RFC 9773; empty: not offered. */
  readonly renewalInfo: string;
  /** Where people read what they agree to; empty: nowhere. */
  readonly terms: string;
  readonly eabRequired: boolean;
}

/** An answer of the authority, read. */
export interface AcmeAnswer {
  readonly status: number;
  /** The object it holds; empty when it is none. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** Where what was made is; empty: not said. */
  readonly location: string;
  /** Null: not said. */
  readonly retryAfterMs: number | null;
}

/** Half of all nonces may be bad, and a request still gets through but for one in a million. */
const BAD_NONCES_MAX = 20;
const NONCES_KEPT_MAX = 8;
const NONCE = /^[A-Za-z0-9_-]{1,1024}$/;

/** Speaks ACME with one authority: nonces, signatures and refusals are its business, what is asked for is not. */
export class AcmeClient {
  readonly directoryUrl: string;
  readonly key: KeyObject;
  /** URL of the account; null until it is known. */
  account: string | null = null;
  readonly #transport: CaTransport;
  readonly #now: () => number;
  readonly #nonces: string[] = [];
  #directory: Directory | null = null;

  constructor(directoryUrl: string, key: KeyObject, transport: CaTransport, now: () => number = Date.now) {
    this.directoryUrl = directoryUrl;
    this.key = key;
    this.#transport = transport;
    this.#now = now;
  }

  async directory(signal: AbortSignal): Promise<Directory> {
    this.#directory ??= readDirectory(
      await this.#ask(
        await this.#transport.request({ method: 'GET', url: this.directoryUrl }, signal),
        this.directoryUrl,
      ),
      this.directoryUrl,
    );
    return this.#directory;
  }

  /** Something public of the authority. */
  async get(url: string, signal: AbortSignal): Promise<AcmeAnswer> {
    return this.#ask(await this.#transport.request({ method: 'GET', url }, signal), url);
  }

  /**
   * A signed request. Rejects with AcmeError for every refusal, after trying again with other nonces where that was all.
   * @param payload null: only look. @param options.byKey the account has no URL yet.
   */
  async post(
    url: string,
    payload: unknown,
    signal: AbortSignal,
    options: { readonly byKey?: boolean; readonly accept?: string } = {},
  ): Promise<AcmeAnswer> {
    const kid = options.byKey === true ? null : this.account;
    const { accept } = options;
    for (let bad = 0; ; bad += 1) {
      const body = signedRequest(this.key, { url, nonce: await this.#nonce(signal), kid }, payload);
      const asked = { method: 'POST', url, body, ...(accept === undefined ? {} : { accept }) } as const;
      const response = await this.#transport.request(asked, signal);
      this.#keepNonce(response);
      if (response.status !== 400 || bad >= BAD_NONCES_MAX || problemType(response) !== 'badNonce')
        return this.#ask(response, url);
    }
  }

  async #nonce(signal: AbortSignal): Promise<string> {
    const kept = this.#nonces.pop();
    if (kept !== undefined) return kept;
    const { newNonce } = await this.directory(signal);
    this.#keepNonce(await this.#transport.request({ method: 'HEAD', url: newNonce }, signal));
    const fresh = this.#nonces.pop();
    if (fresh === undefined) throw nonsense(newNonce, 'it gives no Replay-Nonce');
    return fresh;
  }

  #keepNonce({ headers }: CaResponse): void {
    const nonce = headers['replay-nonce'];
    if (typeof nonce !== 'string' || !NONCE.test(nonce)) return;
    if (this.#nonces.length === NONCES_KEPT_MAX) this.#nonces.shift();
    this.#nonces.push(nonce);
  }

  async #ask(response: CaResponse, url: string): Promise<AcmeAnswer> {
    const { status, headers } = response;
    const text = response.body.toString('utf8');
    const waitMs = retryAfterMs(headers['retry-after'], this.#now());
    const body = parsed(text);
    if (status >= 200 && status < 300)
      return { status, body, text, location: headers.location ?? '', retryAfterMs: waitMs };
    if (status >= 300 && status < 400) throw nonsense(url, `it answered with status ${status}`);
    const problem = readProblem(body, status);
    throw new AcmeError(
      status >= 500 ? 'authority' : 'refused',
      `${new URL(url).host} says: ${problemText(problem)}`,
      {
        problem,
        retryAfterMs: waitMs ?? 0,
      },
    );
  }
}

/** An answer that does not mean anything. */
export function nonsense(url: string, what: string): AcmeError {
  return new AcmeError('authority', `${new URL(url).host} is not understood: ${what}`, {
    hint: 'is acme_directory the directory of an ACME server (RFC 8555)?',
  });
}

function problemType(response: CaResponse): string {
  return readProblem(parsed(response.body.toString('utf8')), response.status).type;
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

function readDirectory({ body }: AcmeAnswer, url: string): Directory {
  const text = (from: Readonly<Record<string, unknown>>, name: string): string => {
    const value = from[name];
    return typeof value === 'string' ? value : '';
  };
  const meta = isRecord(body['meta']) ? body['meta'] : {};
  const directory = {
    newNonce: text(body, 'newNonce'),
    newAccount: text(body, 'newAccount'),
    newOrder: text(body, 'newOrder'),
    renewalInfo: text(body, 'renewalInfo'),
    terms: text(meta, 'termsOfService').slice(0, 500),
    eabRequired: meta['externalAccountRequired'] === true,
  };
  for (const name of ['newNonce', 'newAccount', 'newOrder'] as const)
    if (directory[name] === '') throw nonsense(url, `its directory does not say where ${name} is`);
  return directory;
}
