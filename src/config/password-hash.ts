import { ConfigError } from './diagnostic.ts';

/** What a hash may cost, so that nobody's sign-in takes all of a server: 2^bits rounds. */
const BCRYPT_BITS_MAX = 16;
const SCRYPT_BYTES_MAX = 128 * 1_048_576;

const OLD_FORMS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^\$apr1\$/, 'MD5 of Apache (htpasswd -m)'],
  [/^\$1\$/, 'MD5'],
  [/^\{SHA\}/, 'SHA-1 (htpasswd -s)'],
  [/^\{SSHA\}/, 'salted SHA-1'],
  [/^\$5\$/, 'SHA-256 crypt'],
  [/^\$6\$/, 'SHA-512 crypt'],
  [/^\$argon2/, 'Argon2'],
  [/^\$y\$/, 'yescrypt'],
  [/^pbkdf2_|^\$pbkdf2/, 'PBKDF2'],
];

/** Checks the hash of a password. Throws ConfigError; no message holds the text itself, which may be a password. */
export function checkPasswordHash(name: string, hash: string): void {
  const allowed = 'a scrypt hash ($scrypt$...) or a bcrypt hash ($2a$, $2b$ or $2y$)';
  const hint = 'make one with: licorne hash-password, or htpasswd -B';
  const bcrypt = /^\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53}$/.exec(hash);
  if (bcrypt !== null) {
    const bits = Number(bcrypt[1]);
    if (bits >= 4 && bits <= BCRYPT_BITS_MAX) return;
    throw new ConfigError(`the hash of \`${name}\` has a cost of ${bits}`, `4 to ${BCRYPT_BITS_MAX}`, hint);
  }
  const scrypt =
    /^\$scrypt\$ln=([0-9]{1,2}),r=([0-9]{1,2}),p=([0-9]{1,2})\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,86}$/.exec(
      hash,
    );
  if (scrypt !== null) {
    const [ln, r, p] = [Number(scrypt[1]), Number(scrypt[2]), Number(scrypt[3])];
    if (ln >= 10 && ln <= 24 && r >= 1 && p >= 1 && p <= 16 && 2 ** ln * r * 128 <= SCRYPT_BYTES_MAX) return;
    const message = `the hash of \`${name}\` costs more than is given here, or hardly anything`;
    throw new ConfigError(message, 'ln from 10, p to 16, and at most 128 MB of memory', hint);
  }
  const old = OLD_FORMS.find(([pattern]) => pattern.test(hash));
  throw new ConfigError(
    old === undefined
      ? `what stands for \`${name}\` is no hash of a password`
      : `the hash of \`${name}\` is ${old[1]}, which is not taken`,
    allowed,
    hint,
  );
}

/** Names that can stand before the colon of a Basic credential (RFC 7617). Throws ConfigError. */
export function checkUserName(name: string): void {
  if (name !== '' && !/[:\x00-\x1f\x7f]/.test(name)) return;
  throw new ConfigError(`\`${name}\` cannot be the name of a user`, 'text without colons');
}

/** Lines `NAME:HASH`; empty ones and those that begin with # mean nothing. Throws ConfigError with the line's number in its message. */
export function parseUsersFile(text: string): readonly (readonly [name: string, hash: string])[] {
  const users = new Map<string, string>();
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const colon = line.indexOf(':');
    const at = `line ${index + 1}`;
    if (colon < 1) throw new ConfigError(`${at} is not NAME:HASH`);
    const name = line.slice(0, colon);
    // Some tools write a comment after a second colon.
    const hash = line.slice(colon + 1).split(':', 1)[0] ?? '';
    try {
      checkUserName(name);
      checkPasswordHash(name, hash);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      throw new ConfigError(`${at}: ${error.message}`, error.allowed, error.hint);
    }
    if (users.has(name)) throw new ConfigError(`${at}: \`${name}\` is there twice`);
    users.set(name, hash);
  }
  return [...users];
}
