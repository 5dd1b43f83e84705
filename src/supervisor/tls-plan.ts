import { resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { PairFiles, type PairPaths, type PairsRead } from '../certificates/pair-files.ts';
import type { Site } from '../config/site.ts';
import type { Settings } from '../config/options.ts';

/** What a configuration says about TLS, with its files as they were when it was read. */
export interface TlsPlan {
  readonly files: PairFiles;
  readonly read: PairsRead & { readonly clientCa: string };
  /** 0: no session is resumed. */
  readonly ticketRotationMs: number;
}

/** A configuration that can't be had: a line for each file, and what to do about it. */
export class TlsPlanError extends Error {}

/** Null: there is no TLS. Throws TlsPlanError. @param issued certificates come from elsewhere, too. */
export function tlsPlan(
  settings: Settings,
  sites: readonly Site[],
  issued: boolean,
  now = Date.now(),
): TlsPlan | null {
  const paths = [...pairPaths(settings), ...sites.flatMap(sitePaths)];
  if (paths.length === 0 && settings.https)
    throw new TlsPlanError(
      '`https` is for licorne dev. A server needs a certificate: --certificate FILE --certificate-key FILE',
    );
  if (paths.length === 0 && !issued) return null;
  const clientCa = settings.client_ca === '' ? '' : resolve(settings.client_ca);
  const ciphers = ciphersFault(settings);
  if (ciphers !== '') throw new TlsPlanError(ciphers);
  const files = new PairFiles(paths, clientCa, settings.certificate_key_password);
  const read = files.read(now);
  if (read.faults.length > 0)
    throw new TlsPlanError(read.faults.map(({ fault, hint }) => `${fault} ${hint}`.trim()).join('\n'));
  return { files, read, ticketRotationMs: settings.tls_ticket_rotation * 1000 };
}

/** OpenSSL has the last word on its cipher lists. */
function ciphersFault({ tls_ciphers: ciphers }: Settings): string {
  if (ciphers === '') return '';
  try {
    createSecureContext({ ciphers });
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

function absolute(certificate: string, key: string): PairPaths {
  return { certificate: resolve(certificate), key: key === '' ? '' : resolve(key) };
}
