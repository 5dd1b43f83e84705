import { ACCESS_KEYS, accessAmong, type AccessValues } from '../config/access-keys.ts';
import { networkOf, parseAddressRule } from '../config/access-values.ts';
import { formatBytes } from '../config/value.ts';
import { compileTrust, trusts } from '../http/trust.ts';
import type { AskedRequest } from './asked-request.ts';
import type { WordsRow } from './words-row.ts';

/** Who may ask, how often and how fast, in the order in which a gateway looks at it. */
export function accessWords(asked: AskedRequest, own: AccessValues, site: AccessValues): readonly WordsRow[] {
  const said = accessAmong(own, site);
  return [
    ...corsWords(asked, said),
    ...addressWords(asked, said),
    ...limitWords(asked, said),
    ...passwordWords(asked, said),
    ...((said.auth_request ?? '') === ''
      ? []
      : [['asked first', `${said.auth_request}: 2xx lets the request in`] as const]),
    ...((said.bandwidth ?? 0) === 0
      ? []
      : [['bandwidth', `${formatBytes(said.bandwidth ?? 0)} per second`] as const]),
    ...((said.security_headers ?? 'off') === 'off'
      ? []
      : [['headers', `those of security_headers = "${said.security_headers}"`] as const]),
  ];
}

function corsWords({ method, headers }: AskedRequest, said: AccessValues): readonly WordsRow[] {
  const origins = said.cors_origins ?? [];
  if (origins.length === 0) return [];
  const preflight =
    method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method');
  const row = ['cors', `pages of ${origins.join(', ')} may use it`] as const;
  return preflight ? [row, ['but', 'this is a preflight request: answered here, 204']] : [row];
}

function addressWords({ client }: AskedRequest, said: AccessValues): readonly WordsRow[] {
  const { access = [], allow = [], deny = [] } = said;
  if (access.length + allow.length + deny.length === 0) return [];
  const rules = [
    ...access.map(parseAddressRule),
    ...deny.map((network) => ({ allow: false, network: networkOf(network) })),
    ...allow.map((network) => ({ allow: true, network: networkOf(network) })),
    ...(allow.length > 0 ? [{ allow: false, network: '*' }] : []),
  ];
  const words = ({ allow: lets, network }: (typeof rules)[number]): string =>
    `${lets ? 'allow' : 'deny'} ${network === '*' ? 'all' : network}`;
  const list = ['addresses', rules.map(words).join(', ')] as const;
  if (client === '') return [list, ['', 'the first that fits decides; --client ADDRESS tells which']];
  const rule = rules.find(({ network }) => fits(network, client));
  if (rule === undefined) return [list, ['', `none fits ${client}: let in`]];
  if (rule.allow) return [list, ['', `${client} is let in: ${words(rule)}`]];
  return [list, ['but', `${client} gets 403: ${words(rule)}`]];
}

function fits(network: string, client: string): boolean {
  const trust = compileTrust([network]);
  return client === 'unix' ? trust.unix : trusts(trust, client);
}

function limitWords(asked: AskedRequest, said: AccessValues): readonly WordsRow[] {
  const rows: WordsRow[] = [];
  const rates = said.rate_limit ?? [];
  if (rates.length > 0) {
    const burst = said.rate_limit_burst ?? 0;
    const once = burst === 0 ? '' : `, ${burst} at once`;
    const key = said.rate_limit_key ?? ACCESS_KEYS.rate_limit_key.default;
    rows.push(['rate', `${rates.join(' and ')}${once}, counted by ${keyWords(key, asked)}; more get 429`]);
  }
  const most = said.concurrency_max ?? 0;
  if (most > 0) {
    const key = said.concurrency_key ?? ACCESS_KEYS.concurrency_key.default;
    rows.push(['concurrency', `${most} at a time, counted by ${keyWords(key, asked)}; more get 429`]);
  }
  return rows;
}

/** Who does not send the header or cookie is counted by address. */
function keyWords(key: string, { headers, client }: AskedRequest): string {
  const byClient = client === '' ? 'client' : `client (${client})`;
  if (key === 'client') return byClient;
  if (key === 'all') return 'nothing: all together';
  const [kind = '', name = ''] = key.split(':', 2);
  if (kind === 'path') return 'path';
  const value = kind === 'header' ? headers.get(name.toLowerCase()) : cookieOf(headers, name);
  return `${kind} ${name} (${value === undefined || value === '' ? `the request has none: by ${byClient}` : value})`;
}

function cookieOf(headers: AskedRequest['headers'], name: string): string | undefined {
  const pair = (headers.get('cookie') ?? '').split(';').find((one) => one.split('=')[0]?.trim() === name);
  return pair?.slice(pair.indexOf('=') + 1).trim();
}

function passwordWords({ headers }: AskedRequest, said: AccessValues): readonly WordsRow[] {
  const file = said.basic_auth ?? '';
  const names = Object.keys(said.basic_auth_users ?? {});
  if (file === '' && names.length === 0) return [];
  const who = [...names, ...(file === '' ? [] : [`those in ${file}`])].join(', ');
  const row = ['password', `of ${who}`] as const;
  return headers.has('authorization') ? [row] : [row, ['but', 'the request brings no password: 401']];
}
