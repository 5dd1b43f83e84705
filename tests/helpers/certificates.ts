// Certificates that are made for one test, in a folder of its own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import {
  type CertificateWish,
  type Issued,
  makeAuthority,
  makeCertificate,
} from '../../src/certificates/authority.ts';

export interface TestAuthority {
  folder: string;
  authority: Issued;
  /** Path of its certificate. */
  ca: string;
  /** Writes NAME.pem and NAME.key; resolves with their paths and contents. */
  issue: (name: string, wish: Partial<CertificateWish>) => Promise<TestPair>;
}

export interface TestPair extends Issued {
  certificatePath: string;
  keyPath: string;
}

export async function testAuthority(t: TestContext): Promise<TestAuthority> {
  const folder = mkdtempSync(join(tmpdir(), 'licorne-tls-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const authority = await makeAuthority('Licorne test authority', [], 30);
  const ca = join(folder, 'ca.pem');
  writeFileSync(ca, authority.certificate);
  return {
    folder,
    authority,
    ca,
    issue: async (name, wish) => {
      const issued = await makeCertificate(authority, { names: [], days: 30, ...wish });
      const pair = { certificatePath: join(folder, `${name}.pem`), keyPath: join(folder, `${name}.key`) };
      writeFileSync(pair.certificatePath, issued.certificate);
      writeFileSync(pair.keyPath, issued.key, { mode: 0o600 });
      return { ...issued, ...pair };
    },
  };
}
