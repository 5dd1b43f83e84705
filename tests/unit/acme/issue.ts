import { createPublicKey, webcrypto } from 'node:crypto';
import { type HeldCertificate, readCertificate } from '../../../src/acme/held-certificate.ts';
import { keyPem, newKey } from '../../../src/acme/signing.ts';

// It finds what it asks for only when that is loaded before.
await import('reflect-metadata');
export const x509 = await import('@peculiar/x509');

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const authority = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);

/** PEM of a certificate as an authority would give it. */
export async function issuePem(
  publicKeyDer: Uint8Array,
  names: readonly string[],
  notBefore: number,
  notAfter: number,
  serialNumber = '8f01',
): Promise<string> {
  const publicKey = await webcrypto.subtle.importKey('spki', publicKeyDer, P256, true, ['verify']);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber,
    issuer: 'O=Fake, CN=Authority 1',
    subject: '',
    publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: P256,
    notBefore: new Date(notBefore),
    notAfter: new Date(notAfter),
    extensions: [
      new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns', value }))),
      await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
    ],
  });
  return certificate.toString('pem');
}

/** The same with a key, as it is held. */
export async function issue(
  names: readonly string[],
  notBefore: number,
  notAfter: number,
  serialNumber?: string,
): Promise<HeldCertificate> {
  const key = newKey();
  const open = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return readCertificate(await issuePem(open, names, notBefore, notAfter, serialNumber), keyPem(key));
}
