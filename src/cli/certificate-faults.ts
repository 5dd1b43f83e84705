import { diagnostic, type Diagnostic } from '../config/diagnostic.ts';
import type { Resolution } from '../config/resolve.ts';
import { tlsPlan, TlsPlanError } from '../supervisor/tls-plan.ts';

/** What is wrong with the files of certificates, as far as who asks may look at them. */
export function certificateFaults({
  settings,
  sites,
  origins,
  certificatesWanted,
}: Resolution): readonly Diagnostic[] {
  const where = origins.get('certificate') ?? null;
  const found = where?.kind === 'default' ? null : where;
  // Without it the certificate of a developer is made when it is needed.
  const plain = { ...settings, https: false };
  try {
    const warnings = tlsPlan(plain, sites, certificatesWanted)?.read.pairs ?? [];
    return warnings.flatMap((pair) =>
      pair.warnings.map((text) => diagnostic('warning', text, { where: found })),
    );
  } catch (error) {
    if (!(error instanceof TlsPlanError)) throw error;
    return error.message.split('\n').map((text) =>
      // The server may run as somebody who is let in.
      diagnostic(/permission denied/.test(text) ? 'warning' : 'error', text, { where: found }),
    );
  }
}
