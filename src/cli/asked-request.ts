import { isIP } from 'node:net';
import { isHost } from '../http/host.ts';
import { parseTarget, type Target } from '../http/target.ts';

/** A request that somebody only asks about. */
export interface AskedRequest {
  readonly scheme: 'http' | 'https';
  /** Empty: it names none. */
  readonly host: string;
  readonly target: Target;
  readonly method: string;
  /** By lower-case name; those that were given twice are joined as RFC 9110 5.3 has it. */
  readonly headers: ReadonlyMap<string, string>;
  /** An address, `unix`, or empty: nobody said. */
  readonly client: string;
}

/** What the flags of `licorne explain` say; `rest` is everything else. */
export interface AskedFlags extends Pick<AskedRequest, 'method' | 'headers' | 'client'> {
  readonly rest: readonly string[];
  /** What is wrong with them; empty: nothing. */
  readonly fault: string;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Reads `--method`, `--header` and `--client`, each as `--flag VALUE` or `--flag=VALUE`. */
export function readAskedFlags(argv: readonly string[]): AskedFlags {
  const rest: string[] = [];
  const headers = new Map<string, string>();
  let method = 'GET';
  let client = '';
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    const [, flag = '', attached] = /^(--method|--header|--client)(?:=([^]*))?$/.exec(word) ?? [];
    if (flag === '') {
      rest.push(word);
      continue;
    }
    const value = attached ?? argv[++at] ?? '';
    const fault = readFlag(flag, value, headers);
    if (fault !== '') return { rest, method, headers, client, fault };
    if (flag === '--method') method = value;
    if (flag === '--client') client = value;
  }
  return { rest, method, headers, client, fault: '' };
}

/** A URL, and what the flags say, as a request; else what is wrong with it. A Host header counts more than the URL. */
export function askedRequest(
  text: string,
  { method, headers, client }: Pick<AskedFlags, 'method' | 'headers' | 'client'>,
): AskedRequest | string {
  const url = readUrl(text);
  return typeof url === 'string'
    ? url
    : { ...url, host: headers.get('host') ?? url.host, method, headers, client };
}

/** With scheme and host, with a host, or a path alone; else what is wrong with it. */
export function readUrl(text: string): Pick<AskedRequest, 'scheme' | 'host' | 'target'> | string {
  if (text === '') return 'explain needs a URL';
  const [, scheme = 'http', host = '', rest = ''] =
    /^(?:(https?):\/\/)?([^/?#]*)([^]*)$/i.exec(
      text.includes('://') || !text.startsWith('/') ? text : `http://${text}`,
    ) ?? [];
  if (text.includes('://') && host === '') return `\`${text}\` names no host`;
  const path = rest.startsWith('/') ? rest : `/${rest}`;
  const raw = Buffer.from(path.replace(/#[^]*$/, ''), 'utf8')
    .toString('latin1')
    .replace(/[^\x21-\x7e]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
  const target = parseTarget(raw, 'GET');
  if (!('path' in target)) return `\`${text}\`: ${target.reason}`;
  return { scheme: scheme.toLowerCase() === 'https' ? 'https' : 'http', host, target };
}

/** Empty: nothing is wrong. */
function readFlag(flag: string, value: string, headers: Map<string, string>): string {
  if (flag === '--method') return TOKEN.test(value) ? '' : `--method: \`${value}\` is not a method`;
  if (flag === '--client')
    return isIP(value) > 0 || value === 'unix'
      ? ''
      : `--client: \`${value}\` is neither an IP address nor unix`;
  const colon = value.indexOf(':');
  const name = value.slice(0, Math.max(colon, 0));
  if (!TOKEN.test(name)) return `--header: \`${value}\` is not of the form 'Name: value'`;
  const text = value.slice(colon + 1).trim();
  const lower = name.toLowerCase();
  if (lower === 'host' && !isHost(text)) return `--header: \`${text}\` is not a host`;
  const known = headers.get(lower);
  const join = lower === 'cookie' ? '; ' : ', ';
  headers.set(lower, known === undefined || lower === 'host' ? text : `${known}${join}${text}`);
  return '';
}
