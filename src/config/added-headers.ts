import { ConfigError } from './diagnostic.ts';

/** Headers that say how a response is framed, or that the server writes itself; a second one would break it. */
const OWN: ReadonlyMap<string, string> = new Map([
  ...[
    'connection',
    'content-encoding',
    'content-length',
    'content-range',
    'keep-alive',
    'proxy-connection',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
  ].map((name): [string, string] => [name, 'it says how the response is sent']),
  ['accept-ranges', 'files have it'],
  ['content-type', 'a response has one already'],
  ['date', 'every response has it'],
  ['etag', 'it comes from the content'],
  ['last-modified', 'it comes from the file'],
  ['server', 'server_header in [server] sets it'],
]);

/** Checks headers that are to be added to responses (RFC 9110 sections 5.1 and 5.5). Throws ConfigError. */
export function checkAddedHeaders(headers: Readonly<Record<string, string>>): void {
  const seen = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/.test(name))
      throw new ConfigError(`\`${name}\` is not the name of a header`, 'letters, digits and -', colon(name));
    const lower = name.toLowerCase();
    const why = OWN.get(lower);
    if (why !== undefined) throw new ConfigError(`\`${name}\` cannot be added: ${why}`, null, 'remove it');
    const twin = seen.get(lower);
    if (twin !== undefined) throw new ConfigError(`\`${twin}\` and \`${name}\` are the same header`);
    seen.set(lower, name);
    checkValue(name, value);
  }
}

/** Whether one of them says how long a response may be kept. */
export function saysCacheControl(headers: Readonly<Record<string, string>>): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === 'cache-control');
}

function checkValue(name: string, value: string): void {
  const allowed = 'text without control characters, and without spaces at its ends';
  if (value !== value.trim()) throw new ConfigError(`\`${name}\`: spaces around the value`, allowed);
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
    const hint = /[^\x00-\xff]/.test(value) ? 'headers are ASCII; encode it' : null;
    throw new ConfigError(`\`${name}\`: a character that cannot stand in a header`, allowed, hint);
  }
}

function colon(name: string): string | null {
  return name.endsWith(':') ? `write ${name.slice(0, -1)}` : null;
}
