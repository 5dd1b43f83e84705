import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, webcrypto } from 'node:crypto';
import type * as x509Types from '@peculiar/x509';

const P256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
/** `acmeIdentifier`, RFC 8737, section 3. */
const ACME_IDENTIFIER = '1.3.6.1.5.5.7.1.31';
const DAY_MS = 86_400_000;

type X509 = typeof x509Types;

/** A P-256 key: what every authority and every client of today takes. */
export function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

export function keyPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** A request for a certificate for these names (RFC 2986), base64url of its DER. No common name: the names are in subjectAltName. */
export async function signingRequest(key: KeyObject, names: readonly string[]): Promise<string> {
  const x509 = await library();
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    keys: await webKeys(key),
    signingAlgorithm: P256,
    extensions: [new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns', value })))],
  });
  return Buffer.from(request.rawData).toString('base64url');
}

/** What answers a tls-alpn-01 challenge (RFC 8737, section 3): signed by itself, with the digest of the key authorization in it. */
export async function challengeCertificate(
  name: string,
  authorization: string,
  now: number,
): Promise<{ readonly chain: string; readonly key: string }> {
  const x509 = await library();
  const key = newKey();
  const digest = createHash('sha256').update(authorization).digest();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    keys: await webKeys(key),
    signingAlgorithm: P256,
    name: `CN=ACME challenge`,
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + 7 * DAY_MS),
    extensions: [
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: name }]),
      // An OCTET STRING of 32 bytes in the extension's own.
      new x509.Extension(ACME_IDENTIFIER, true, Buffer.concat([Buffer.from([0x04, 0x20]), digest])),
    ],
  });
  return { chain: certificate.toString('pem'), key: keyPem(key) };
}

/** What RFC 9773, section 4.1, calls a certificate by; null: it doesn't say who signed it. */
export async function renewalName(certificatePem: string): Promise<string | null> {
  const x509 = await library();
  const certificate = new x509.X509Certificate(certificatePem);
  const issuer = certificate.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId ?? '';
  if (issuer === '') return null;
  const serial = Buffer.from(certificate.serialNumber, 'hex');
  // The serial is named by its DER bytes: a number whose first bit is set has a zero before it.
  const der = (serial[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), serial]) : serial;
  return `${Buffer.from(issuer, 'hex').toString('base64url')}.${der.toString('base64url')}`;
}

async function webKeys(key: KeyObject): Promise<webcrypto.CryptoKeyPair> {
  const { subtle } = webcrypto;
  const jwk = key.export({ format: 'jwk' });
  const privateKey = await subtle.importKey('jwk', jwk, P256, true, ['sign']);
  const { d: _d, ...open } = jwk;
  const publicKey = await subtle.importKey('jwk', open, P256, true, ['verify']);
  return { privateKey, publicKey };
}

/** It takes a sixth of a second to load, and only who orders needs it. */
async function library(): Promise<X509> {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

export function readKey(pem: string): KeyObject {
  return createPrivateKey(pem);
}
