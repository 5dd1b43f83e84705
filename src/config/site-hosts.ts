import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { ConfigError } from './diagnostic.ts';

const ALLOWED = 'names such as example.com or *.example.com, without scheme, port and path';
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** Checks names of a site. Throws ConfigError. */
export function checkHosts(hosts: readonly string[]): void {
  for (const host of hosts) readHost(host);
}

/** A name as requests are compared with it: in lower case and, beyond ASCII, as DNS has it. Throws ConfigError. */
export function readHost(host: string): string {
  const text = host.trim().toLowerCase().replace(/\.$/, '');
  const bare = text.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) === 6) return `[${new URL(`http://[${bare}]/`).hostname.slice(1, -1)}]`;
  if (isIP(bare) === 4) return bare;
  const wildcard = text.startsWith('*.');
  const name = domainToASCII(wildcard ? text.slice(2) : text);
  if (
    name === '' ||
    name === '_' ||
    name.length > 253 ||
    !name.split('.').every((label) => LABEL.test(label))
  )
    throw new ConfigError(`\`${host}\` is not the name of a host`, ALLOWED, hintFor(text));
  return wildcard ? `*.${name}` : name;
}

function hintFor(text: string): string | null {
  if (text === '*' || text === '_' || text === '') return 'for every other name write default = true';
  if (/^https?:\/\//.test(text)) return `write ${text.replace(/^https?:\/\//, '').replace(/[:/].*$/, '')}`;
  if (/^[^:]+:[0-9]+$/.test(text))
    return `write ${text.replace(/:[0-9]+$/, '')}: which port is asked does not count`;
  if (text.startsWith('~'))
    return 'names are compared, no regular expressions: list them, or use *.example.com';
  if (/^\.[^.]/.test(text)) return `write "${text.slice(1)}", "*${text}"`;
  return text.includes('*') ? '* stands only at the beginning, before a dot' : null;
}
