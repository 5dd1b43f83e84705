import { X509Certificate } from 'node:crypto';
import { linkSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Issued, makeAuthority, makeCertificate } from './authority.ts';

/** A certificate for this machine, and where to find it and the authority that signed it. */
export interface OwnCertificate {
  /** Holds the certificate and its key. */
  readonly path: string;
  /** The authority's certificate, for whoever is to trust it. */
  readonly authorityPath: string;
  /** Nobody can trust the authority yet: it was made just now. */
  readonly fresh: boolean;
}

const AUTHORITY_DAYS = 3650;
/** What Apple's systems put up with is 825 days, and it is renewed by itself. */
const CERTIFICATE_DAYS = 90;
const RENEW_MS = 30 * 86_400_000;
const ALWAYS = ['localhost', '127.0.0.1', '::1'];

/**
 * The certificate of a developer's machine, signed by an authority of its own, which can vouch for this machine and nobody else. Both are kept in
 * `folder`, which only its user may look into; what is missing or about to expire is made.
 */
export async function ownCertificate(folder: string, now = Date.now()): Promise<OwnCertificate> {
  privateFolder(folder);
  const authorityFile = join(folder, 'authority.key.pem');
  const authorityPath = join(folder, 'authority.pem');
  const path = join(folder, 'localhost.pem');
  let authority = readIssued(authorityFile);
  const fresh = authority === null || expiresSoon(authority, now);
  if (authority === null || fresh) {
    const host = hostname().toLowerCase();
    const name = `Licorne development authority (${host})`;
    const made = await makeAuthority(name, namesOfMachine(host), AUTHORITY_DAYS);
    if (authority !== null) rmSync(authorityFile, { force: true });
    authority = keepFirst(authorityFile, made);
  }
  replace(authorityPath, authority.certificate, 0o644);
  const held = readIssued(path);
  if (held === null || expiresSoon(held, now) || !isFrom(held, authority)) {
    const host = /\((.+)\)/.exec(new X509Certificate(authority.certificate).subject)?.[1] ?? '';
    const names = namesOfMachine(host);
    const { certificate, key } = await makeCertificate(authority, { names, days: CERTIFICATE_DAYS });
    replace(path, key + certificate, 0o600);
  }
  return { path, authorityPath, fresh };
}

/** What the authority may vouch for: localhost with all below it, and the machine by its name. */
function namesOfMachine(host: string): readonly string[] {
  return /^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/.test(host) && !ALWAYS.includes(host)
    ? [...ALWAYS, host]
    : ALWAYS;
}

/** Keys that others can read, or put there, are worth nothing. */
function privateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  const uid = process.getuid?.() ?? found.uid;
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o077) !== 0)
    throw new Error(
      `${folder} is not a folder that only you may look into: the keys of your authority are not kept there. chmod 700 it, or remove it.`,
    );
}

function readIssued(path: string): Issued | null {
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch {
    return null;
  }
  const certificate = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----\n?/.exec(text)?.[0];
  const key = /-----BEGIN PRIVATE KEY-----[\s\S]+?-----END PRIVATE KEY-----\n?/.exec(text)?.[0];
  return certificate === undefined || key === undefined ? null : { certificate, key };
}

function expiresSoon({ certificate }: Issued, now: number): boolean {
  return Date.parse(new X509Certificate(certificate).validTo) - now < RENEW_MS;
}

function isFrom(held: Issued, authority: Issued): boolean {
  const issuer = new X509Certificate(authority.certificate);
  const certificate = new X509Certificate(held.certificate);
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

/** Of two servers that start at the same time one is first, and both use its authority. */
function keepFirst(path: string, { certificate, key }: Issued): Issued {
  const moment = `${path}.${process.pid}`;
  writeFileSync(moment, key + certificate, { mode: 0o600 });
  try {
    linkSync(moment, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(moment, { force: true });
  }
  return readIssued(path) ?? { certificate, key };
}

function replace(path: string, text: string, mode: number): void {
  const moment = `${path}.${process.pid}`;
  writeFileSync(moment, text, { mode });
  renameSync(moment, path);
}
