import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { namesOf } from './names.ts';

/** A certificate with its chain and its private key: checked, and ready to be used. */
export interface Pair {
  /** PEM: the certificate, then those that signed it, in order. */
  readonly chain: string;
  /** PEM, PKCS #8, not encrypted. */
  readonly key: string;
  readonly names: readonly string[];
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** What is not well, but no reason to refuse it: sentences. */
  readonly warnings: readonly string[];
}

/** Why there is no pair, for people. */
export interface PairFault {
  readonly fault: string;
  readonly hint: string;
}

/** What is in the files, and how these are called in messages. */
export interface PairText {
  readonly certificate: string;
  readonly certificateName: string;
  /** Empty: the key is in the text of the certificate. */
  readonly key: string;
  readonly keyName: string;
  /** Empty: the key is not encrypted. */
  readonly password: string;
}

/** An expiry that is nearer is told. Whoever renews by machine does so 30 days before, or at two thirds of the life. */
const SOON_MS = 14 * 86_400_000;
const DAY_MS = 86_400_000;
const CERTIFICATE =
  /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[\s\S]+?-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;
const PRIVATE_KEY = /-----BEGIN ((?:[A-Z0-9]+ )*)PRIVATE KEY-----[\s\S]+?-----END \1PRIVATE KEY-----/;

/** Reads and checks a pair: that the key is the certificate's, the order of the chain, the dates. */
export function readPair(text: PairText, now: number): Pair | PairFault {
  const certificates = certificatesOf(text);
  if ('fault' in certificates) return certificates;
  const key = privateKeyOf(text);
  if ('fault' in key) return key;
  const { certificateName: name } = text;
  const leaf = certificates.find((one) => one.checkPrivateKey(key));
  if (leaf === undefined)
    return {
      fault: `The private key in ${text.keyName} is not that of the certificate in ${name}.`,
      hint: 'Both have to come from the same order: look for a key with the date of the certificate.',
    };
  const warnings: string[] = [];
  const chain = ordered(leaf, certificates, name, warnings);
  const pem = chain.map((one) => one.toString()).join('');
  const keyPem = key.export({ type: 'pkcs8', format: 'pem' });
  const refused = refusedByLibrary(pem, String(keyPem));
  if (refused !== '')
    return { fault: `The certificate in ${name} cannot be used: ${refused}.`, hint: 'Order another one.' };
  const [notBefore, notAfter] = [Date.parse(leaf.validFrom), Date.parse(leaf.validTo)];
  warnings.push(...dateWarnings(name, { notBefore, notAfter }, now));
  return { chain: pem, key: String(keyPem), names: namesOf(leaf), notBefore, notAfter, warnings };
}

export function isPairFault(pair: Pair | PairFault): pair is PairFault {
  return 'fault' in pair;
}

function certificatesOf({ certificate, certificateName: name }: PairText): X509Certificate[] | PairFault {
  const texts = certificate.match(CERTIFICATE) ?? [];
  if (texts.length === 0) {
    const der = certificate.startsWith('0\u0082');
    return {
      fault: `There is no certificate in ${name}.`,
      hint: der
        ? `It is in DER form: openssl x509 -inform der -in ${name} -out certificate.pem`
        : 'A text is wanted (PEM) that begins with -----BEGIN CERTIFICATE-----.',
    };
  }
  try {
    return texts.map((text) => new X509Certificate(text));
  } catch (error) {
    return { fault: `A certificate in ${name} cannot be read: ${reasonOf(error)}.`, hint: 'Copy it anew.' };
  }
}

function privateKeyOf({ certificate, key, keyName, password }: PairText): KeyObject | PairFault {
  const text = PRIVATE_KEY.exec(key === '' ? certificate : key)?.[0];
  if (text === undefined)
    return {
      fault: `There is no private key in ${keyName}.`,
      hint:
        key === ''
          ? 'Name the file that holds it with --certificate-key.'
          : 'A text is wanted (PEM) that begins with -----BEGIN PRIVATE KEY-----.',
    };
  const encrypted = /ENCRYPTED/.test(text);
  if (encrypted && password === '')
    return {
      fault: `The private key in ${keyName} is encrypted.`,
      hint: 'Set LICORNE_CERTIFICATE_KEY_PASSWORD, or take the password off: openssl pkey -in OLD -out NEW',
    };
  try {
    return createPrivateKey(encrypted ? { key: text, passphrase: password } : text);
  } catch (error) {
    const why = encrypted ? 'the password is another' : reasonOf(error);
    return { fault: `The private key in ${keyName} cannot be read: ${why}.`, hint: 'Copy it anew.' };
  }
}

/** The certificate of the key first, each followed by the one that signed it. Others are no help to anybody, and are left out. */
function ordered(
  leaf: X509Certificate,
  all: readonly X509Certificate[],
  name: string,
  warnings: string[],
): readonly X509Certificate[] {
  const chain = [leaf];
  const rest = all.filter((one) => one !== leaf);
  for (let last = leaf; rest.length > 0; last = chain.at(-1) ?? leaf) {
    const at = rest.findIndex((one) => last.checkIssued(one));
    if (at === -1) break;
    chain.push(...rest.splice(at, 1));
  }
  if (rest.length > 0)
    warnings.push(`In ${name} are certificates that do not belong to the chain; they are left out`);
  else if (all.some((one, index) => one !== chain[index]))
    warnings.push(`The certificates in ${name} are in the wrong order; they are sent in the right one`);
  const selfSigned = leaf.subject === leaf.issuer;
  if (chain.length === 1 && !selfSigned && leaf.infoAccess !== undefined)
    warnings.push(
      `${name} holds no intermediate certificate: many clients cannot tell who signed it. Use the file with the full chain (fullchain.pem)`,
    );
  return chain;
}

function dateWarnings(
  name: string,
  { notBefore, notAfter }: { readonly notBefore: number; readonly notAfter: number },
  now: number,
): readonly string[] {
  if (now > notAfter)
    return [`The certificate in ${name} has expired ${dayOf(notAfter)}: no client accepts it`];
  if (now < notBefore)
    return [`The certificate in ${name} is valid only from ${dayOf(notBefore)} on: no client accepts it yet`];
  if (notAfter - now > SOON_MS || notAfter - now > (notAfter - notBefore) / 3) return [];
  const days = Math.floor((notAfter - now) / DAY_MS);
  const left = days === 0 ? 'today' : days === 1 ? 'in 1 day' : `in ${days} days`;
  return [`The certificate in ${name} expires ${left} (${dayOf(notAfter)})`];
}

/** Too small a key, a signature with SHA-1, a curve that is not supported: it says so only when the pair is used. */
function refusedByLibrary(cert: string, key: string): string {
  try {
    process.getBuiltinModule('node:tls').createSecureContext({ cert, key });
    return '';
  } catch (error) {
    return reasonOf(error);
  }
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** `error:0A00018F:SSL routines::ee key too small` is `ee key too small`. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split(':').at(-1)?.trim() ?? message;
}
