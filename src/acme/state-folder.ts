import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createHash, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import type { AccountRecord } from './account.ts';
import { AcmeError, isRecord, oneLine } from './acme-error.ts';
import { type HeldCertificate, readCertificate } from './held-certificate.ts';
import { keyPem, newKey, readKey } from './signing.ts';

/** What is remembered of how the last orders went, so that a restart does not begin anew. Times in milliseconds since 1970. */
export interface OrderMemory {
  /** In a row. */
  readonly failures: number;
  /** When the last of them was. */
  readonly at: number;
  /** When it may be tried again. */
  readonly notBefore: number;
  /** The authority asked to be left alone until then; 0: it did not. */
  readonly patience: number;
  /** Empty: the last order was a success. */
  readonly error: string;
}

const FILE_BYTES_MAX = 1_048_576;
const ACCOUNT = 'account.json';
export const NO_FAILURES: OrderMemory = { failures: 0, at: 0, notBefore: 0, patience: 0, error: '' };

/**
 * What outlives the server: for each directory an account and the certificates it gave. Only their owner can read them; every file is
 * written beside its place, brought to the disk, and renamed.
 *
 *     ACME_DIR/acme-v02.api.example.org-1a2b3c4d/account.json
 *                                               /example.com.pem        key and chain
 *                                               /example.com.json       how the last order went
 */
export class StateFolder {
  readonly path: string;

  /** @param directory URL: what one authority gave means nothing to another. */
  constructor(root: string, directory: string) {
    const hash = createHash('sha256').update(directory).digest('hex').slice(0, 8);
    this.path = join(root, `${new URL(directory).host.replaceAll(/[^A-Za-z0-9.-]/g, '_')}-${hash}`);
  }

  /** Makes the folder, and finds out whether what is written there can be read again. Throws AcmeError. */
  prepare(): void {
    this.#attempt('cannot be written to', () => {
      mkdirSync(this.path, { recursive: true, mode: 0o700 });
      const { uid, mode } = lstatSync(this.path);
      if (uid !== (process.geteuid?.() ?? uid)) throw new Error('it belongs to another user');
      if ((mode & 0o022) !== 0) throw new Error('others may write to it');
      const probe = `write-test-${process.pid}`;
      this.#write(probe, probe);
      const read = this.#read(probe);
      rmSync(join(this.path, probe), { force: true });
      if (read !== probe) throw new Error('what was written cannot be read again');
    });
  }

  /**
   * The account of this folder. Its key is on the disk before anything is asked with it, and two processes that make one at the same time
   * get the same.
   */
  account(): { readonly key: KeyObject; readonly record: AccountRecord | null } {
    return this.#attempt('cannot be used', () => {
      if (this.#read(ACCOUNT) === null) this.#writeFirst(ACCOUNT, accountText(newKey(), null));
      const { key, url, email } = this.#json(ACCOUNT);
      if (typeof key !== 'string')
        throw new Error(`${ACCOUNT} holds no key; move it away, and another account is made`);
      const record = typeof url === 'string' && typeof email === 'string' ? { url, email } : null;
      return { key: readKey(key), record };
    });
  }

  keepAccount(key: KeyObject, record: AccountRecord | null): void {
    this.#attempt('cannot be written to', () => this.#write(ACCOUNT, accountText(key, record)));
  }

  /** Null: there is none, or none that can be used. @param name the first of its names. */
  certificate(name: string): HeldCertificate | null {
    try {
      const text = this.#read(`${name}.pem`);
      const key = /-----BEGIN (?:EC )?PRIVATE KEY-----[^-]+-----END (?:EC )?PRIVATE KEY-----\n?/.exec(
        text ?? '',
      )?.[0];
      return text === null || key === undefined ? null : readCertificate(text.replace(key, ''), key);
    } catch {
      return null;
    }
  }

  keepCertificate(name: string, held: HeldCertificate): void {
    this.#attempt('cannot be written to', () => this.#write(`${name}.pem`, `${held.key}${held.chain}`));
  }

  memory(name: string): OrderMemory {
    const said = this.#json(`${name}.json`);
    const number = (key: string): number => (Number.isSafeInteger(said[key]) ? Number(said[key]) : 0);
    const { error } = said;
    return {
      failures: number('failures'),
      at: number('at'),
      notBefore: number('notBefore'),
      patience: number('patience'),
      error: typeof error === 'string' ? oneLine(error, 1_000) : '',
    };
  }

  /** Does without when it cannot be written: the next order will tell. */
  keepMemory(name: string, memory: OrderMemory): void {
    try {
      this.#write(`${name}.json`, `${JSON.stringify(memory)}\n`);
    } catch {
      // The order that comes next tries to write, and tells.
    }
  }

  #json(file: string): Readonly<Record<string, unknown>> {
    try {
      const value: unknown = JSON.parse(this.#read(file) ?? '{}');
      return isRecord(value) ? value : {};
    } catch {
      return {};
    }
  }

  /** Null: it is not there. */
  #read(file: string): string | null {
    let fd: number;
    try {
      fd = openSync(join(this.path, file), 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
    try {
      if (fstatSync(fd).size > FILE_BYTES_MAX) throw new Error('it is too long');
      return readFileSync(fd, 'utf8');
    } finally {
      closeSync(fd);
    }
  }

  #write(file: string, text: string): void {
    const next = this.#beside(file, text);
    renameSync(next, join(this.path, file));
    this.#sync();
  }

  /** Leaves alone what is there. */
  #writeFirst(file: string, text: string): void {
    const next = this.#beside(file, text);
    try {
      linkSync(next, join(this.path, file));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(next, { force: true });
    }
    this.#sync();
  }

  #beside(file: string, text: string): string {
    const next = join(this.path, `.${file}.${process.pid}.next`);
    rmSync(next, { force: true });
    const fd = openSync(next, 'wx', 0o600);
    try {
      writeFileSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    return next;
  }

  /** The names, too, have to be on the disk. */
  #sync(): void {
    const folder = openSync(this.path, 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  }

  #attempt<T>(what: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new AcmeError('local', `the folder for certificates ${this.path} ${what}: ${why}`, {
        hint: 'name another with acme_dir, or give this one to the user the server is started as',
        cause: error,
      });
    }
  }
}

function accountText(key: KeyObject, record: AccountRecord | null): string {
  return `${JSON.stringify({ ...record, key: keyPem(key) }, null, 2)}\n`;
}
