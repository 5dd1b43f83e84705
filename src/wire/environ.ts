/** The header block of a WSGI request: what `environ` holds that depends only on the header text and the connection. */
import { marshalText } from './marshal.ts';
import { type TlsContext, tlsEntries } from './tls-environ.ts';

/** What a block holds besides the header fields: the connection, as PEP 3333 names it. All are text. */
export interface BlockContext {
  protocol: string;
  serverName: string;
  serverPort: string;
  remoteAddr: string;
  remotePort: string;
  scheme: string;
  scriptName: string;
  /** Null: the connection is not encrypted. */
  tls: TlsContext | null;
}

/**
 * The block as a marshalled dict. `fields` is flat: name, value, name, value ... as received. Fields of one name are joined in
 * order, by `;` and a space for Cookie (RFC 9113 8.2.3) and by a comma for all others (RFC 9110 5.3). Names with an underscore have
 * been dropped before: `-` becomes `_` here, so they could pass for another field.
 */
export function wsgiHeaderBlock(fields: readonly string[], context: BlockContext): string {
  if (entryByName.size >= NAMES_MAX) {
    entryByName.clear();
    entryByKey.clear();
  }
  const round = ++rounds;
  let out = '';
  for (let i = 0; i < fields.length; i += 2) {
    const entry = entryOf(fields[i] as string);
    if (entry === null || entry.round === round) return `${contextEntries(context)}${joinedEntries(fields)}0`;
    entry.round = round;
    out += entry.encoded + marshalText(fields[i + 1] as string);
  }
  return `${contextEntries(context)}${out}0`;
}

/** One environ key: `round` is the last call that used it, which shows a repeated field without a set per call. */
interface Entry {
  readonly encoded: string;
  round: number;
}

/** Field names come from clients, so the caches are bounded: this many names (and those of one more call), each of at most NAME_CHARS_MAX. */
const NAMES_MAX = 1024;
const NAME_CHARS_MAX = 64;

const entryByName = new Map<string, Entry>();
const entryByKey = new Map<string, Entry>();
let rounds = 0;

const PROTOCOL = `{${marshalText('SERVER_PROTOCOL')}`;
const SERVER_NAME = marshalText('SERVER_NAME');
const SERVER_PORT = marshalText('SERVER_PORT');
const REMOTE_ADDR = marshalText('REMOTE_ADDR');
const REMOTE_PORT = marshalText('REMOTE_PORT');
const URL_SCHEME = marshalText('wsgi.url_scheme');
const SCRIPT_NAME = marshalText('SCRIPT_NAME');

/** CGI programs look at it. */
const HTTPS_ON = marshalText('HTTPS') + marshalText('on');

function contextEntries(context: BlockContext): string {
  return (
    PROTOCOL +
    marshalText(context.protocol) +
    SERVER_NAME +
    marshalText(context.serverName) +
    SERVER_PORT +
    marshalText(context.serverPort) +
    REMOTE_ADDR +
    marshalText(context.remoteAddr) +
    REMOTE_PORT +
    marshalText(context.remotePort) +
    URL_SCHEME +
    marshalText(context.scheme) +
    SCRIPT_NAME +
    marshalText(context.scriptName) +
    (context.tls === null ? '' : (context.scheme === 'https' ? HTTPS_ON : '') + tlsEntries(context.tls))
  );
}

/** The entry of a field name, or null for a name too long to remember. */
function entryOf(name: string): Entry | null {
  const known = entryByName.get(name);
  if (known !== undefined) return known;
  if (name.length > NAME_CHARS_MAX) return null;
  const key = environKey(name);
  // `Accept` and `accept` are one entry, so that a repetition in another case is seen.
  let entry = entryByKey.get(key);
  if (entry === undefined) {
    entry = { encoded: marshalText(key), round: 0 };
    entryByKey.set(key, entry);
  }
  entryByName.set(name, entry);
  return entry;
}

/** RFC 3875 4.1.18, and 4.1.2 and 4.1.3 for the two names without a prefix. */
function environKey(name: string): string {
  const key = name.toUpperCase().replaceAll('-', '_');
  return key === 'CONTENT_TYPE' || key === 'CONTENT_LENGTH' ? key : `HTTP_${key}`;
}

/** The slower way, for a request that repeats a field or has a name of unusual length. */
function joinedEntries(fields: readonly string[]): string {
  const values = new Map<string, string>();
  for (let i = 0; i < fields.length; i += 2) {
    const key = environKey(fields[i] as string);
    const value = fields[i + 1] as string;
    const before = values.get(key);
    const separator = key === 'HTTP_COOKIE' ? '; ' : ',';
    values.set(key, before === undefined ? value : before + separator + value);
  }
  let out = '';
  for (const [key, value] of values) out += marshalText(key) + marshalText(value);
  return out;
}
