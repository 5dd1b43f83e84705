import { scryptSync, timingSafeEqual } from 'node:crypto';
import { compareSync } from 'bcryptjs';

const SCRYPT = /^\$scrypt\$ln=([0-9]+),r=([0-9]+),p=([0-9]+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** Whether the hash is that of the password. Takes as long as whoever made the hash wanted: not for a thread that serves. */
export function verifyPassword(password: string, hash: string): boolean {
  const scrypt = SCRYPT.exec(hash);
  if (scrypt === null) return compareSync(password, hash);
  const [, ln = '', r = '', p = '', salt = '', wanted = ''] = scrypt;
  const expected = Buffer.from(wanted, 'base64');
  const cost = 2 ** Number(ln);
  const made = scryptSync(password, Buffer.from(salt, 'base64'), expected.length, {
    N: cost,
    r: Number(r),
    p: Number(p),
    maxmem: 256 * cost * Number(r) + 1_048_576,
  });
  return timingSafeEqual(made, expected);
}
