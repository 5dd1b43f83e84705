import { ConfigError } from './diagnostic.ts';
import { checkNetwork } from './network.ts';

/** `deny 10.0.0.9` or `allow 10.0.0.0/8`; `all` may be said for `*`. Throws ConfigError. */
export function parseAddressRule(text: string): { readonly allow: boolean; readonly network: string } {
  const match = /^(allow|deny)\s+(\S+)$/.exec(text.trim());
  if (match === null)
    throw new ConfigError(
      `\`${text}\` is no rule`,
      'allow or deny, and an address, a network, unix or all',
      'as in access = ["deny 10.0.0.9", "allow 10.0.0.0/8", "deny all"]',
    );
  const network = networkOf(match[2] ?? '');
  checkNetwork(network);
  return { allow: match[1] === 'allow', network };
}

/** As people write it, and as it is compared. */
export function networkOf(text: string): string {
  return text === 'all' ? '*' : text;
}

const WINDOW_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const REQUESTS_MAX = 1_000_000;

/** `10/s`, `600/m`, `100/10s`: so many requests in such a time. Throws ConfigError. */
export function parseRate(text: string): { readonly requests: number; readonly windowMs: number } {
  const match = /^\s*([0-9]{1,9})\s*(?:r\s*)?\/\s*([0-9]{0,6})\s*([smhd])(?:ec|in|our|ay)?\s*$/.exec(text);
  const requests = Number(match?.[1] ?? 0);
  const windowMs = Number(match?.[2] || 1) * (WINDOW_MS[match?.[3] ?? ''] ?? 0);
  if (requests < 1 || requests > REQUESTS_MAX || windowMs < 1000 || windowMs > 31 * 86_400_000)
    throw new ConfigError(
      `\`${text}\` is not a rate`,
      'a number from 1 to 1000000 and a time of up to 31 days, such as 10/s, 600/m, 100/10s or 1000/d',
    );
  return { requests, windowMs };
}

/** Whose requests are counted together. Throws ConfigError. */
export function checkAccessKey(text: string): void {
  if (/^(?:client|path|all|(?:header|cookie):[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128})$/.test(text)) return;
  const hint = /^[A-Z][\w-]*$/.test(text) ? `for a header write header:${text}` : null;
  throw new ConfigError(
    `\`${text}\` is nothing to count by`,
    'client, path, all, header:NAME or cookie:NAME',
    hint,
  );
}

/** An origin of a browser (RFC 6454): scheme, host and port, nothing else. Throws ConfigError. */
export function checkOrigin(text: string): void {
  if (text === '*' || text === 'null') return;
  if (/^[a-z][a-z0-9+.-]*:\/\/(?:\*\.)?(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/i.test(text)) return;
  const slash = /^([a-z][a-z0-9+.-]*:\/\/[^/]+)\//i.exec(text);
  const hint =
    slash !== null
      ? `an origin has no path: write ${slash[1]}`
      : text.includes('://')
        ? null
        : `an origin has a scheme: write https://${text}`;
  throw new ConfigError(
    `\`${text}\` is not an origin`,
    'such as https://app.example.com, https://*.example.com, http://localhost:5173 or *',
    hint,
  );
}

/** Names of headers or methods. Throws ConfigError. */
export function checkTokens(names: readonly string[]): void {
  const wrong = names.find((name) => !/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/.test(name));
  if (wrong !== undefined)
    throw new ConfigError(`\`${wrong}\` is not a name`, 'letters, digits and -, or * for all');
}
