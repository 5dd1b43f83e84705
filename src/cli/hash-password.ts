import { randomBytes, scrypt } from 'node:crypto';

/** 32 MB and about a fifth of a second for each guess: what OWASP asks of scrypt. */
const COST_BITS = 15;
const BLOCKS = 8;
const PASSES = 3;

/** The hash of a password, as `basic_auth` takes it: scrypt (RFC 7914) with a salt of its own. */
export function hashPassword(password: string, costBits: number = COST_BITS): Promise<string> {
  const salt = randomBytes(16);
  const cost = 2 ** costBits;
  const options = { N: cost, r: BLOCKS, p: PASSES, maxmem: 256 * cost * BLOCKS };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, 32, options, (error, key) => {
      if (error !== null) reject(error);
      else resolve(`$scrypt$ln=${costBits},r=${BLOCKS},p=${PASSES}$${plain(salt)}$${plain(key)}`);
    });
  });
}

function plain(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}
