import type { LocationProxy } from '../config/location-proxy.ts';
import type { Resolution } from '../config/resolve.ts';
import { UPSTREAM_KEYS } from '../config/upstream-keys.ts';
import type { WordsRow } from './words-row.ts';

/** What is asked of the servers behind a location, and of whom. `target`: as it would be without a path in the URL. */
export function proxyTargetWords({ upstream, prefix }: LocationProxy, target: string, path: string): string {
  const name = typeof upstream === 'string' ? upstream : upstream.url;
  const asked = prefix === null || !target.startsWith(path) ? target : prefix + target.slice(path.length);
  return `passed on to ${name}, asked for ${asked}`;
}

/** Which servers these are, or which program it is, when a table names them, and how one of them is chosen. */
export function upstreamWords(
  { upstream: name }: LocationProxy,
  { upstreams, services }: Resolution,
): readonly WordsRow[] {
  const service = services.find((one) => one.name === name);
  if (service !== undefined) return [['service', service.command.join(' ')]];
  const upstream = upstreams.find((one) => one.name === name);
  if (upstream === undefined) return [];
  const { said, peers } = upstream;
  const method = said.balance ?? UPSTREAM_KEYS.balance.default;
  const by = method === 'hash' ? ` by ${said.hash_key ?? UPSTREAM_KEYS.hash_key.default}` : '';
  const list = peers.map(({ url, weight, backup }) =>
    [url, ...(weight === 1 ? [] : [`weight=${weight}`]), ...(backup ? ['backup'] : [])].join(' '),
  );
  const sticky =
    said.sticky === undefined || said.sticky === '' ? '' : `, bound by the cookie ${said.sticky}`;
  return [
    ['upstream', list.join(', ')],
    ...(peers.length > 1 ? [['', `chosen by ${method}${by}${sticky}`] as const] : []),
  ];
}
