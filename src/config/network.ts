import { isIP } from 'node:net';
import { ConfigError } from './diagnostic.ts';

/** Checks an address, a network in CIDR form, `unix` or `*`. Throws ConfigError. */
export function checkNetwork(item: string): void {
  const allowed = 'IP addresses, networks such as 10.0.0.0/8, unix, or *';
  if (item === '*' || item === 'unix') return;
  const [address = '', prefix, ...rest] = item.split('/');
  const family = isIP(address);
  const bits = prefix === undefined ? 0 : /^[0-9]{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
  if (family !== 0 && rest.length === 0 && !address.includes('%') && bits <= (family === 4 ? 32 : 128))
    return;
  throw new ConfigError(`\`${item}\` is neither an address nor a network`, allowed);
}
