import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { ConfigError } from './diagnostic.ts';
import type { Settings } from './options.ts';

/** What public authorities put into one certificate. */
export const NAMES_MAX = 100;
const NAME_CHARACTERS_MAX = 253;
const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;
const ALLOWED = 'a host name such as example.com';

/** The name as a certificate has it: lower case, without a last dot, in ASCII. Throws ConfigError when there can be none for it. */
export function certificateName(text: string): string {
  if (/^[a-z]+:\/\//i.test(text) || text.includes('/')) {
    const host = /^(?:[a-z]+:\/\/)?([^/:]+)/i.exec(text)?.[1] ?? '';
    throw new ConfigError(`\`${text}\` is a URL, not a name`, ALLOWED, host === '' ? null : `write ${host}`);
  }
  if (isIP(text.replace(/^\[|\]$/g, '')) !== 0)
    throw new ConfigError(
      `\`${text}\` is an address`,
      ALLOWED,
      'certificates are ordered for names; for an address of your own name files with `certificate`',
    );
  if (text.startsWith('*.'))
    throw new ConfigError(
      `\`${text}\`: for a wildcard the authority wants to see a record in the DNS (dns-01), which is not done here`,
      ALLOWED,
      'name each host, or order it with another program and name the files with `certificate`',
    );
  if (/:\d+$/.test(text))
    throw new ConfigError(`\`${text}\` has a port`, ALLOWED, 'certificates are for all ports');
  const name = domainToASCII(text.replace(/\.$/, '')).toLowerCase();
  const labels = name.split('.');
  if (name === '' || name.length > NAME_CHARACTERS_MAX || !labels.every((label) => LABEL.test(label)))
    throw new ConfigError(`\`${text}\` is not a host name`, ALLOWED);
  if (labels.at(-1) === 'localhost')
    throw new ConfigError(
      `\`${text}\` means another machine to everybody else: no authority certifies it`,
      ALLOWED,
      'for development: licorne dev --https',
    );
  return name;
}

/** The checks of `[acme]`; each throws ConfigError. */
export const ACME_CHECKS = {
  domains: ({ domains }: Settings): void => {
    const seen = new Set<string>();
    for (const domain of domains) {
      const name = certificateName(domain);
      if (seen.has(name)) throw new ConfigError(`\`${domain}\` is given twice`, 'each name once');
      seen.add(name);
    }
    if (seen.size > NAMES_MAX)
      throw new ConfigError(
        `${seen.size} names are too many for one certificate`,
        `at most ${NAMES_MAX}`,
        'give them to several [[site]] with tls = "auto"',
      );
  },
  acme_email: ({ acme_email: email }: Settings): void => {
    if (email !== '' && !/^[^\s@,:]+@[^\s@,:]+$/.test(email))
      throw new ConfigError(`\`${email}\` is not an address`, 'one such as ops@example.com');
  },
  acme_directory: ({ acme_directory: url, acme_staging: staging }: Settings): void => {
    const allowed = 'a URL with https://; with http:// only of this machine';
    const parsed = URL.canParse(url) ? new URL(url) : null;
    const local = parsed !== null && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(parsed.hostname);
    const plain = parsed?.protocol === 'http:' && local;
    if (parsed === null || parsed.username !== '' || !(parsed.protocol === 'https:' || plain))
      throw new ConfigError(`\`${url}\` cannot be the directory of an authority`, allowed);
    if (staging && !/\.letsencrypt\.org$/.test(parsed.hostname))
      throw new ConfigError(
        '`acme_staging` is the staging server of Let’s Encrypt, and the authority is another',
        null,
        'name its staging server here, if it has one',
      );
  },
  acme_challenges: ({ acme_challenges: kinds }: Settings): void => {
    const unknown = kinds.find((kind) => kind !== 'http-01' && kind !== 'tls-alpn-01');
    if (unknown === undefined && kinds.length > 0 && new Set(kinds).size === kinds.length) return;
    const hint = unknown === 'dns-01' ? 'records in the DNS are not written here' : null;
    const what =
      unknown === undefined ? 'each kind has to be there once' : `\`${unknown}\` is none of the kinds`;
    throw new ConfigError(kinds.length === 0 ? 'there is none' : what, 'http-01, tls-alpn-01', hint);
  },
  acme_eab_key: ({ acme_eab_kid: kid, acme_eab_key: key }: Settings): void => {
    if ((kid === '') !== (key === ''))
      throw new ConfigError('`acme_eab_kid` and `acme_eab_key` belong together', 'both or neither');
    if (!/^[A-Za-z0-9_-]*={0,2}$/.test(key))
      throw new ConfigError('it is not base64url', 'letters, digits, - and _');
  },
};

/** Where it listens when nobody says it and there are certificates to be had: where the authority looks, and browsers come. */
export const ACME_BINDS: readonly string[] = ['http://:80', 'https://:443'];
