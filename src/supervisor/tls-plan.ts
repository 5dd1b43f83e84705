import { resolve } from 'node:path';
import { PairFiles, type PairPaths, type PairsRead } from '../certificates/pair-files.ts';
import type { Site } from '../config/site.ts';
import type { Settings } from '../config/options.ts';
import { clientRuleOf } from '../config/site-tls.ts';
import type { ClientRule } from '../wire/tls-spec.ts';

/** What a configuration says about TLS, with its files as they were when it was read. */
export interface TlsPlan {
  readonly files: PairFiles;
  readonly read: PairsRead;
  /** Path of the authorities of clients; empty: none. */
  readonly clientCa: string;
  /** What sites ask of their clients; `ca` is a path. */
  readonly clientRules: readonly ClientRule[];
  /** Names of certificates that come from elsewhere than files. */
  readonly orderedNames: readonly string[];
  /** 0: no session is resumed. */
  readonly ticketRotationMs: number;
}

/** A configuration that can't be had: a line for each file, and what to do about it. */
export class TlsPlanError extends Error {}

/** Null: there is no TLS. Throws TlsPlanError. @param wanted the names of certificates that come from elsewhere than files. */
export function tlsPlan(
  settings: Settings,
  sites: readonly Site[],
  wanted: readonly (readonly string[])[],
  now = Date.now(),
): TlsPlan | null {
  const paths = [...pairPaths(settings), ...sites.flatMap(sitePaths)];
  if (paths.length === 0 && settings.https)
    throw new TlsPlanError(
      '`https` is for licorne dev. A server needs a certificate: --certificate FILE --certificate-key FILE',
    );
  if (paths.length === 0 && wanted.length === 0) return null;
  const clientCa = absolutePath(settings.client_ca);
  const clientRules = rulesOf(sites, settings);
  const ciphers = ciphersFault(settings);
  if (ciphers !== '') throw new TlsPlanError(ciphers);
  const authorities = [clientCa, ...clientRules.map(({ ca }) => ca)].filter((path) => path !== '');
  const files = new PairFiles(paths, authorities, settings.certificate_key_password);
  const read = files.read(now);
  if (read.faults.length > 0)
    throw new TlsPlanError(read.faults.map(({ fault, hint }) => `${fault} ${hint}`.trim()).join('\n'));
  const ticketRotationMs = settings.tls_ticket_rotation * 1000;
  return { files, read, clientCa, clientRules, orderedNames: wanted.flat(), ticketRotationMs };
}

/** OpenSSL has the last word on its cipher lists. */
function ciphersFault({ tls_ciphers: ciphers }: Settings): string {
  if (ciphers === '') return '';
  try {
    process.getBuiltinModule('node:tls').createSecureContext({ ciphers });
    return '';
  } catch {
    return `tls_ciphers: OpenSSL knows no such cipher suites: ${ciphers}. See them with: openssl ciphers -v`;
  }
}

function pairPaths({ certificate, certificate_key: keys }: Settings): readonly PairPaths[] {
  return certificate.map((path, index) => absolute(path, keys[index] ?? ''));
}

function sitePaths({ said: { certificate = '', certificate_key: key = '' } }: Site): readonly PairPaths[] {
  return certificate === '' ? [] : [absolute(certificate, key)];
}

/** Each once; sites that ask for the same share one. */
function rulesOf(sites: readonly Site[], settings: Settings): readonly ClientRule[] {
  const rules = new Map<string, ClientRule>();
  for (const { said } of sites) {
    const { name, verify, ca } = clientRuleOf(said, settings);
    if (name !== '') rules.set(name, { name, verify, ca: verify === 'off' ? '' : absolutePath(ca) });
  }
  return [...rules.values()];
}

function absolute(certificate: string, key: string): PairPaths {
  return { certificate: resolve(certificate), key: absolutePath(key) };
}

function absolutePath(path: string): string {
  return path === '' ? '' : resolve(path);
}
