import { createPrivateKey, randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import type * as x509Types from '@peculiar/x509';
import { nameConstraints } from './name-constraints.ts';

/** A certificate and its key, PEM. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

/** What a certificate is to say. */
export interface CertificateWish {
  /** Host names and IP addresses; the first is the common name, too. */
  readonly names: readonly string[];
  readonly days: number;
  /** Who a client is: the certificate is one of a client then, with this common name. */
  readonly client?: string;
  readonly algorithm?: 'ecdsa' | 'rsa';
  /** When it begins to be valid; a day ago when absent, because clocks differ. */
  readonly from?: Date;
}

const DAY_MS = 86_400_000;
const NAME_CONSTRAINTS = '2.5.29.30';
const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
} as const;

/** An authority of one's own, that can vouch for `names` alone. */
export async function makeAuthority(name: string, names: readonly string[], days: number): Promise<Issued> {
  const x509 = await library();
  const keys = await webcrypto.subtle.generateKey(ECDSA, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: [{ CN: [name] }],
    ...validity(days, undefined),
    keys: keys as never,
    signingAlgorithm: ECDSA,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ...(names.length === 0 ? [] : [new x509.Extension(NAME_CONSTRAINTS, true, nameConstraints(names))]),
    ],
  });
  return { certificate: `${certificate.toString('pem')}\n`, key: await pemOf(keys.privateKey) };
}

/** A certificate signed by the authority. */
export async function makeCertificate(authority: Issued, wish: CertificateWish): Promise<Issued> {
  const x509 = await library();
  const issuer = new x509.X509Certificate(authority.certificate);
  const algorithm = wish.algorithm === 'rsa' ? RSA : ECDSA;
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const usage =
    wish.client === undefined ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: [{ CN: [wish.client ?? wish.names[0] ?? ''] }],
    issuer: issuer.subjectName,
    ...validity(wish.days, wish.from),
    publicKey: keys.publicKey as never,
    signingKey: (await signingKey(authority.key)) as never,
    signingAlgorithm: ECDSA,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([usage]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ...(wish.names.length === 0
        ? []
        : [new x509.SubjectAlternativeNameExtension(alternatives(wish.names))]),
    ],
  });
  return { certificate: `${certificate.toString('pem')}\n`, key: await pemOf(keys.privateKey) };
}

/** Only whoever makes certificates pays for loading it. */
async function library(): Promise<typeof x509Types> {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

function alternatives(names: readonly string[]): x509Types.JsonGeneralNames {
  return names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value }));
}

function validity(days: number, from: Date | undefined): { notBefore: Date; notAfter: Date } {
  const notBefore = from ?? new Date(Date.now() - DAY_MS);
  return { notBefore, notAfter: new Date(notBefore.getTime() + days * DAY_MS) };
}

/** 127 bits: positive, and not to be guessed. */
function serial(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
  return bytes.toString('hex');
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const der = await webcrypto.subtle.exportKey('pkcs8', key);
  return createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' }).export({
    type: 'pkcs8',
    format: 'pem',
  }) as string;
}

function signingKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', der, ECDSA, false, ['sign']);
}
