import { readFileSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { isPairFault, type Pair, type PairFault, readPair } from './pair.ts';

/** Where a pair is. Paths are absolute. */
export interface PairPaths {
  readonly certificate: string;
  /** Empty: in the file of the certificate. */
  readonly key: string;
}

/** What all files of the configuration gave. */
export interface PairsRead {
  readonly pairs: readonly Pair[];
  /** The text of each file of authorities, by its path. */
  readonly authorities: ReadonlyMap<string, string>;
  readonly faults: readonly PairFault[];
}

/** Of all files of authorities, bytes. Up to three rules name each of them, and the message that holds them all has an end. */
const AUTHORITY_BYTES_MAX = 229_376;

/**
 * The files of certificates and of the authorities of clients. They are looked at by their times, not watched: certificates are swapped by
 * renaming folders, behind links, and on file systems that tell nobody.
 */
export class PairFiles {
  readonly #paths: readonly PairPaths[];
  readonly #authorities: readonly string[];
  readonly #password: string;
  #stamps = '';

  /** @param authorities paths of those that sign the certificates of clients. */
  constructor(paths: readonly PairPaths[], authorities: readonly string[], password: string) {
    this.#paths = paths;
    this.#authorities = [...new Set(authorities)];
    this.#password = password;
  }

  /** Whether they are not as they were when they were read last. */
  get changed(): boolean {
    return this.#stampsNow() !== this.#stamps;
  }

  read(now: number): PairsRead {
    // Before the reading: what changes meanwhile is seen the next time.
    this.#stamps = this.#stampsNow();
    const pairs: Pair[] = [];
    const faults: PairFault[] = [];
    for (const paths of this.#paths) {
      const pair = this.#readOne(paths, now);
      if (isPairFault(pair)) faults.push(pair);
      else pairs.push(pair);
    }
    const authorities = new Map<string, string>();
    for (const path of this.#authorities) {
      const text = readText(path);
      if (typeof text !== 'string') faults.push(text);
      else if (text.includes('-----BEGIN CERTIFICATE')) authorities.set(path, text);
      else faults.push({ fault: `There is no certificate in ${path} (client_ca).`, hint: 'PEM is wanted.' });
    }
    const bytes = [...authorities.values()].reduce((sum, { length }) => sum + length, 0);
    if (bytes > AUTHORITY_BYTES_MAX)
      faults.push({
        fault: `The files of client_ca have ${bytes} bytes, and ${AUTHORITY_BYTES_MAX} are the most.`,
        hint: 'Name those that sign certificates of clients only.',
      });
    return { pairs, authorities, faults };
  }

  #readOne({ certificate, key }: PairPaths, now: number): Pair | PairFault {
    const certificateText = readText(certificate);
    if (typeof certificateText !== 'string') return certificateText;
    const keyText = key === '' ? '' : readText(key);
    if (typeof keyText !== 'string') return keyText;
    const keyName = key === '' ? certificate : key;
    const text = { certificate: certificateText, certificateName: certificate, key: keyText, keyName };
    const pair = readPair({ ...text, password: this.#password }, now);
    if (isPairFault(pair) || !readableByAll(keyName)) return pair;
    const warning = `The private key in ${keyName} can be read by every user of this machine (chmod 600 it)`;
    return { ...pair, warnings: [...pair.warnings, warning] };
  }

  #stampsNow(): string {
    const all = this.#paths.flatMap(({ certificate, key }) => [certificate, key]);
    return [...all, ...this.#authorities].map(stampOf).join(' ');
  }
}

function stampOf(path: string): string {
  if (path === '') return '-';
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return `${ino}/${size}/${mtimeNs}/${ctimeNs}`;
  } catch {
    // Not there, or not to be seen: reading it tells why.
    return '-';
  }
}

function readText(path: string): string | PairFault {
  try {
    // DER is recognised by its bytes.
    return readFileSync(path, 'latin1');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT')
      return { fault: `The file ${path} does not exist.`, hint: 'Name a file of PEM text.' };
    if (code === 'EACCES')
      return {
        fault: `${path} cannot be read: permission denied for ${userName()}.`,
        hint: 'Start Licorne as root with --user, or let its user read the file (a group, or setfacl); folders above it must let it through, too.',
      };
    if (code === 'EISDIR') return { fault: `${path} is a folder.`, hint: 'Name a file of PEM text in it.' };
    return { fault: `${path} cannot be read: ${code ?? String(error)}.`, hint: '' };
  }
}

function readableByAll(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && (found.mode & 0o004) !== 0;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a number that has no name.
    return `user ${process.getuid?.() ?? ''}`.trim();
  }
}
