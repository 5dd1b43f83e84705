/** What a certificate authority refuses, and why, as it said it (RFC 7807 in the words of RFC 8555, section 6.7). */
export interface Problem {
  /** Without `urn:ietf:params:acme:error:`: `rateLimited`, `unauthorized`; empty when it said none. */
  readonly type: string;
  /** For people, one line, bounded. */
  readonly detail: string;
  /** The name it is about; empty: none in particular. */
  readonly identifier: string;
  readonly subproblems: readonly Problem[];
}

/** Whose turn it is to do something about a failure. */
export type FaultOf =
  /** Ours: this machine, its folder, its clock. */
  | 'local'
  /** The network between us and the authority, or the authority itself. */
  | 'authority'
  /** What was asked for was refused: names, account, limits. */
  | 'refused'
  /** The authority could not convince itself that a name leads here. */
  | 'challenge';

/** A certificate that could not be had. The message is a sentence for people; what to do next is in `hint`. */
export class AcmeError extends Error {
  readonly fault: FaultOf;
  readonly problem: Problem | null;
  readonly hint: string;
  /** The authority asks for so much patience, milliseconds; 0: it said nothing. */
  readonly retryAfterMs: number;

  constructor(
    fault: FaultOf,
    message: string,
    more: {
      readonly problem?: Problem | null;
      readonly hint?: string;
      readonly retryAfterMs?: number;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, { cause: more.cause });
    this.name = 'AcmeError';
    this.fault = fault;
    this.problem = more.problem ?? null;
    this.hint = more.hint ?? (this.problem === null ? '' : hintFor(this.problem));
    this.retryAfterMs = more.retryAfterMs ?? 0;
  }

  /** Message and hint in one line, for the log. */
  get text(): string {
    return this.hint === '' ? this.message : `${this.message} (${this.hint})`;
  }
}

const DETAIL_CHARACTERS_MAX = 600;
const SUBPROBLEMS_MAX = 100;
const TYPE_PREFIX = 'urn:ietf:params:acme:error:';

/** Reads a problem document; whatever it is, something can be told of it. */
export function readProblem(body: unknown, status: number): Problem {
  const from = isRecord(body) ? body : {};
  const type = typeof from['type'] === 'string' ? from['type'] : '';
  const detail = typeof from['detail'] === 'string' ? from['detail'] : '';
  const identifier = isRecord(from['identifier']) ? from['identifier']['value'] : '';
  const inner = Array.isArray(from['subproblems']) ? from['subproblems'].slice(0, SUBPROBLEMS_MAX) : [];
  return {
    type: oneLine(type.startsWith(TYPE_PREFIX) ? type.slice(TYPE_PREFIX.length) : type, 100),
    detail: oneLine(detail === '' ? `it answered with status ${status}` : detail, DETAIL_CHARACTERS_MAX),
    identifier: typeof identifier === 'string' ? oneLine(identifier, 253) : '',
    subproblems: inner.map((one) => readProblem({ ...(isRecord(one) ? one : {}), subproblems: [] }, status)),
  };
}

/** `detail (type)`, then each of its parts with the name it is about. */
export function problemText(problem: Problem): string {
  const own = problem.type === '' ? problem.detail : `${problem.detail} (${problem.type})`;
  const parts = problem.subproblems
    .slice(0, 5)
    .map((one) => (one.identifier === '' ? problemText(one) : `${one.identifier}: ${problemText(one)}`));
  const more = problem.subproblems.length > 5 ? [`${problem.subproblems.length - 5} more`] : [];
  return [own, ...parts, ...more].join('; ');
}

/** What to do about it; empty: nothing comes to mind. RFC 8555, section 6.7, in the order of its table. */
function hintFor({ type, subproblems }: Problem): string {
  const known = HINTS[type];
  if (known !== undefined) return known;
  const inner = subproblems.map((one) => HINTS[one.type]).find((hint) => hint !== undefined);
  return inner ?? '';
}

const HINTS: Readonly<Record<string, string>> = {
  accountDoesNotExist: 'remove account.json of acme_dir: another account is made then',
  badCSR: 'this authority does not give certificates of this kind; try another acme_directory',
  caa: "the name's CAA record in the DNS names other authorities: add this one, or use another acme_directory",
  connection: 'nobody answers there: do ports 80 and 443 of the name lead to this server, past firewalls?',
  dns: 'does the name have an A or AAAA record that leads here, and does each of them?',
  externalAccountRequired: 'this authority asks for acme_eab_kid and acme_eab_key: get them from it',
  incorrectResponse: 'somebody else answers at this name: another server, a proxy, or an old AAAA record',
  invalidContact: 'acme_email is not an address that this authority takes',
  malformed: '',
  rateLimited:
    'too many of these were asked for: it is tried again later; to try things out use acme_staging',
  rejectedIdentifier: 'this authority gives no certificate for that name: is it a public one?',
  serverInternal: 'the fault is the authority’s: it is tried again',
  tls: 'the TLS handshake with this server failed: does port 443 of the name lead here?',
  unauthorized:
    'somebody else answers at this name, or nobody of ours: do ports 80 and 443 lead to this server?',
  unsupportedIdentifier: 'this authority gives no certificates for names of this kind',
  userActionRequired: 'the authority has new terms, which somebody has to agree to: its message says where',
};

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Nothing an authority says may write lines of its own into the log, or fill it. */
export function oneLine(text: string, charactersMax: number): string {
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  const flat = text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ');
  return flat.length > charactersMax ? `${flat.slice(0, charactersMax - 1)}…` : flat;
}
