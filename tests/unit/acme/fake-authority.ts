import { createPublicKey, verify } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { isRecord } from '../../../src/acme/acme-error.ts';
import { issuePem, x509 } from './issue.ts';

const DAY = 86_400_000;
const TOKEN = 'tokentokentokentokentoken';

interface Said {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A certificate authority as small as can be, which does what a test wants of it. Signatures and nonces are checked. */
export class FakeAuthority {
  readonly directory: string;
  /** `METHOD /path`, of all requests but those for nonces. */
  readonly asked: string[] = [];
  /** What was posted there, decoded. */
  readonly payloads = new Map<string, unknown[]>();
  /** Answers in the place of the ordinary ones, by path: taken from the front, once each. */
  readonly instead = new Map<string, Said[]>();
  names: readonly string[] = [];
  types: readonly string[] = ['http-01', 'tls-alpn-01', 'dns-01'];
  /** Null: the challenge convinces. */
  problem: unknown = null;
  notAfter = Date.now() + 90 * DAY;
  window: unknown = null;
  meta: unknown = { termsOfService: 'https://fake.example/terms' };
  #nonce = 0;
  readonly #good = new Set<string>();
  #answered = false;
  #certificate = '';
  #key: ReturnType<typeof createPublicKey> | null = null;

  constructor(port: number) {
    this.directory = `http://127.0.0.1:${port}/directory`;
  }

  static async open(t: TestContext): Promise<FakeAuthority> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const authority = new FakeAuthority((server.address() as AddressInfo).port);
    server.on('request', (request, response) => void authority.#answer(request, response));
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    return authority;
  }

  url(path: string): string {
    return new URL(path, this.directory).href;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = request.url ?? '';
    this.#nonce += 1;
    const nonce = `nonce-${this.#nonce}`;
    if (path !== '/nonce') this.asked.push(`${request.method} ${path}`);
    let said: Said = {};
    if (request.method === 'POST') {
      const fault = this.#open(path, Buffer.concat(chunks).toString());
      if (fault !== null)
        said = { status: 400, body: { type: 'urn:ietf:params:acme:error:malformed', detail: fault } };
    }
    said =
      said.status === undefined ? (this.instead.get(path)?.shift() ?? (await this.#ordinary(path))) : said;
    this.#good.add(nonce);
    const text = typeof said.body === 'string' ? said.body : JSON.stringify(said.body ?? {});
    response.writeHead(said.status ?? 200, { 'Replay-Nonce': nonce, ...said.headers });
    response.end(request.method === 'HEAD' ? undefined : text);
  }

  /** Null: it is signed as it should be. */
  #open(path: string, text: string): string | null {
    const body = JSON.parse(text) as Record<'protected' | 'payload' | 'signature', string>;
    const header: unknown = JSON.parse(Buffer.from(body.protected, 'base64url').toString());
    if (!isRecord(header) || header['url'] !== this.url(path)) return 'the url is another';
    if (!this.#good.delete(String(header['nonce']))) return 'the nonce is none of ours';
    if (isRecord(header['jwk'])) this.#key = createPublicKey({ format: 'jwk', key: { ...header['jwk'] } });
    const signature = Buffer.from(body.signature, 'base64url');
    const signed = Buffer.from(`${body.protected}.${body.payload}`);
    if (
      this.#key !== null &&
      !verify('sha256', signed, { key: this.#key, dsaEncoding: 'ieee-p1363' }, signature)
    )
      return 'the signature is wrong';
    const payload: unknown =
      body.payload === '' ? null : JSON.parse(Buffer.from(body.payload, 'base64url').toString());
    this.payloads.set(path, [...(this.payloads.get(path) ?? []), payload]);
    return null;
  }

  async #ordinary(path: string): Promise<Said> {
    const last = this.payloads.get(path)?.at(-1);
    const payload = isRecord(last) ? last : {};
    if (path === '/directory') {
      const named = { newNonce: 'nonce', newAccount: 'account', newOrder: 'order' };
      const urls = Object.fromEntries(Object.entries(named).map(([key, at]) => [key, this.url(`/${at}`)]));
      return {
        body: {
          ...urls,
          meta: this.meta,
          ...(this.window === null ? {} : { renewalInfo: this.url('/renewal') }),
        },
      };
    }
    if (path === '/account')
      return { status: 201, headers: { Location: this.url('/account/1') }, body: { status: 'valid' } };
    if (path === '/order') {
      const identifiers = payload['identifiers'];
      this.names = Array.isArray(identifiers) ? identifiers.map((one: { value: string }) => one.value) : [];
      this.#answered = false;
      this.#certificate = '';
      return { status: 201, headers: { Location: this.url('/order/1') }, body: this.#order('pending') };
    }
    if (path.startsWith('/authorization/')) return { body: this.#authorization(path.split('/').pop() ?? '') };
    if (path.startsWith('/challenge/')) this.#answered = true;
    if (path === '/order/1') return { body: this.#order(this.#certificate === '' ? 'ready' : 'valid') };
    if (path === '/finalize') {
      const csr = new x509.Pkcs10CertificateRequest(Buffer.from(String(payload['csr']), 'base64url'));
      const open = Buffer.from(csr.publicKey.rawData);
      this.#certificate = await issuePem(open, this.names, Date.now() - DAY, this.notAfter);
      return { body: this.#order('processing') };
    }
    if (path === '/certificate') return { body: this.#certificate };
    if (path.startsWith('/renewal/')) return { body: { suggestedWindow: this.window } };
    return {};
  }

  #order(status: string): unknown {
    return {
      status,
      authorizations: this.names.map((name) => this.url(`/authorization/${name}`)),
      finalize: this.url('/finalize'),
      ...(status === 'valid' ? { certificate: this.url('/certificate') } : {}),
    };
  }

  #authorization(name: string): unknown {
    const failed = this.#answered && this.problem !== null;
    const status = failed ? 'invalid' : this.#answered ? 'valid' : 'pending';
    return {
      status,
      identifier: { type: 'dns', value: name },
      challenges: this.types.map((type) => ({
        type,
        token: TOKEN,
        url: this.url(`/challenge/${type}`),
        ...(failed ? { error: this.problem } : {}),
      })),
    };
  }
}
