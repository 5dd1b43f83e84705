import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { AcmeError } from './acme-error.ts';

/** A certificate with its key, as it lies in the folder and is given to the gateways. */
export interface HeldCertificate {
  /** In lower case, without duplicates. */
  readonly names: readonly string[];
  /** PEM, the leaf first. */
  readonly chain: string;
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** For people. */
  readonly issuer: string;
  /** Hexadecimal. */
  readonly serial: string;
}

const CHAIN_CERTIFICATES_MAX = 10;
const PEM = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/** Reads what an authority gave or a folder holds, and checks that key and certificate are one pair. Throws AcmeError. */
export function readCertificate(chainPem: string, keyPem: string): HeldCertificate {
  const chain = chainPem.match(PEM) ?? [];
  const [leaf] = chain;
  if (leaf === undefined) throw unfit('there is no certificate in it');
  if (chain.length > CHAIN_CERTIFICATES_MAX) throw unfit(`its chain has ${chain.length} certificates`);
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(leaf);
    if (!certificate.publicKey.equals(createPublicKey(createPrivateKey(keyPem))))
      throw unfit('it is one for another key');
  } catch (error) {
    if (error instanceof AcmeError) throw error;
    throw unfit('it cannot be read', error);
  }
  return {
    names: namesOf(certificate),
    chain: `${chain.join('\n')}\n`,
    key: keyPem,
    notBefore: Date.parse(certificate.validFrom),
    notAfter: Date.parse(certificate.validTo),
    issuer: issuerOf(certificate),
    serial: certificate.serialNumber,
  };
}

/** Whether it is good for all these names, at this time. */
export function covers(held: HeldCertificate, names: readonly string[]): boolean {
  return names.every((name) => held.names.includes(name));
}

/** A certificate that was just given has to be one for what was ordered. Throws AcmeError. */
export function checkOrdered(held: HeldCertificate, names: readonly string[], now: number): void {
  const missing = names.filter((name) => !held.names.includes(name));
  if (missing.length > 0) throw unfit(`it is none for ${missing.join(', ')}`);
  if (!(held.notAfter > held.notBefore)) throw unfit('it ends before it begins');
  if (held.notAfter <= now)
    throw new AcmeError(
      'local',
      `the certificate that was given ended on ${new Date(held.notAfter).toISOString()}`,
      {
        hint: 'is the clock of this machine right?',
      },
    );
}

function namesOf({ subjectAltName = '' }: X509Certificate): readonly string[] {
  const names = subjectAltName
    .split(', ')
    .filter((part) => part.startsWith('DNS:'))
    .map((part) => part.slice('DNS:'.length).toLowerCase());
  return [...new Set(names)];
}

/** `CN=R11, O=Let's Encrypt` in one line: the organisation, then the name. */
function issuerOf({ issuer }: X509Certificate): string {
  const field = (name: string): string => new RegExp(`^${name}=(.*)$`, 'm').exec(issuer)?.[1] ?? '';
  const parts = [field('O'), field('CN')].filter((part) => part !== '');
  return parts.join(' ').slice(0, 100);
}

function unfit(why: string, cause?: unknown): AcmeError {
  return new AcmeError('authority', `the certificate is not fit for use: ${why}`, { cause });
}
