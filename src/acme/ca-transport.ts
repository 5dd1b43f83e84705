import type { ClientRequest, IncomingHttpHeaders, RequestOptions } from 'node:http';
import type { Agent } from 'node:https';
import { AcmeError } from './acme-error.ts';

/** What an authority answered. */
export interface CaResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface CaRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: string;
  readonly body?: string;
  readonly accept?: string;
}

/** Longest answer that is read, bytes: chains and directories are a hundredth of it. */
const ANSWER_BYTES_MAX = 1_048_576;
/** One request, from the first look at the name to the last byte of the answer. */
const REQUEST_MS = 30_000;
const URL_CHARACTERS_MAX = 2_048;
const SOCKETS_MAX = 4;

/**
 * Speaks HTTP with one authority: verified TLS only, no redirects, everything bounded. Plain HTTP is spoken with a directory on this very
 * machine alone.
 */
export class CaTransport {
  readonly #agent: Agent;
  readonly #plain: boolean;
  readonly #agentName: string;
  readonly #requestMs: number;

  /** @param ca PEM of more authorities that are trusted for this conversation; empty: none. @param agentName for User-Agent. */
  constructor(options: {
    readonly directory: string;
    readonly ca: string;
    readonly agentName: string;
    readonly requestMs?: number;
  }) {
    this.#plain = new URL(options.directory).protocol === 'http:';
    this.#agentName = options.agentName;
    this.#requestMs = options.requestMs ?? REQUEST_MS;
    // Read when there is an authority to speak with: masters without one do not keep it.
    const { Agent } = process.getBuiltinModule('node:https');
    const { rootCertificates } = process.getBuiltinModule('node:tls');
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: SOCKETS_MAX,
      minVersion: 'TLSv1.2',
      ...(options.ca === '' ? {} : { ca: [...rootCertificates, options.ca] }),
    });
  }

  /** Rejects with AcmeError when there is no answer; every status is one. */
  request(asked: CaRequest, signal: AbortSignal): Promise<CaResponse> {
    return new Promise((resolve, reject) => {
      const url = this.#checked(asked.url);
      if (url === null) return reject(badUrl(asked.url));
      const whole = AbortSignal.any([signal, AbortSignal.timeout(this.#requestMs)]);
      const fail = (error: Error): void => {
        reject(signal.aborted ? stopped() : unreachable(url, error, whole.aborted ? this.#requestMs : 0));
      };
      const options: RequestOptions = {
        method: asked.method,
        signal: whole,
        headers: {
          'User-Agent': this.#agentName,
          'Accept-Language': 'en',
          ...(asked.accept === undefined ? {} : { Accept: asked.accept }),
          ...(asked.body === undefined
            ? {}
            : {
                'Content-Type': 'application/jose+json',
                'Content-Length': Buffer.byteLength(asked.body),
              }),
        },
      };
      const sent = this.#send(url, options);
      sent.on('error', fail);
      sent.on('response', (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > ANSWER_BYTES_MAX)
            sent.destroy(new Error(`its answer is longer than ${ANSWER_BYTES_MAX} bytes`));
          else chunks.push(chunk);
        });
        response.on('error', fail);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
          }),
        );
      });
      sent.end(asked.body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(url: URL, options: RequestOptions): ClientRequest {
    return this.#plain
      ? process.getBuiltinModule('node:http').request(url, options)
      : process.getBuiltinModule('node:https').request(url, { ...options, agent: this.#agent });
  }

  /** The URLs come from the authority. */
  #checked(text: string): URL | null {
    if (text.length > URL_CHARACTERS_MAX || !URL.canParse(text)) return null;
    const url = new URL(text);
    if (url.username !== '' || url.password !== '') return null;
    if (!this.#plain) return url.protocol === 'https:' ? url : null;
    return url.protocol === 'http:' && isLoopback(url.hostname) ? url : null;
  }
}

/** Whether a host of a URL is this machine, by whatever name. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** How long to wait, milliseconds, of a Retry-After (RFC 9110, section 10.2.3); null: it says nothing that can be read. */
export function retryAfterMs(value: string | undefined, now: number): number | null {
  if (value === undefined || value.length > 64) return null;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  // Date.parse takes nearly anything.
  const date = /^[A-Z][a-z]+, /.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

export function stopped(): AcmeError {
  return new AcmeError('local', 'the server is stopping');
}

function badUrl(url: string): AcmeError {
  return new AcmeError(
    'authority',
    `the authority names an address that is not fit for use: ${url.slice(0, 200)}`,
  );
}

function unreachable(url: URL, error: NodeJS.ErrnoException, timeoutMs: number): AcmeError {
  const said =
    timeoutMs > 0 ? `no answer within ${timeoutMs / 1000} s` : (TEXTS[error.code ?? ''] ?? error.message);
  return new AcmeError('authority', `${url.host} cannot be reached: ${said}`, {
    cause: error,
    hint: VERIFICATION.has(error.code ?? '')
      ? 'its certificate is not signed by anybody this machine knows: for an authority of your own name its root in acme_ca'
      : 'can this machine make connections to it? it is tried again',
  });
}

const TEXTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'it ended the connection',
  ENOTFOUND: 'there is no such name in the DNS',
  EAI_AGAIN: 'the DNS does not answer',
  ENETUNREACH: 'there is no way to its network',
  EHOSTUNREACH: 'there is no way to it',
  ETIMEDOUT: 'nobody answers',
};

const VERIFICATION: ReadonlySet<string> = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'CERT_HAS_EXPIRED',
]);
