import type { CertificateStatus } from '../wire/certificate-status.ts';
import { columns } from './columns.ts';

/** The certificates that the server looks after, as a table; below it what went wrong. */
export function certificatesText(
  certificates: readonly CertificateStatus[],
  now = Date.now(),
): readonly string[] {
  const rows = certificates.map((one) => [
    namesText(one.names),
    one.certificate?.issuer ?? '',
    one.certificate === null
      ? 'none yet'
      : `${minute(one.certificate.notAfter)}${one.certificate.notAfter <= now ? ' (over)' : ''}`,
    nextText(one, now),
  ]);
  const errors = certificates.flatMap(({ names, error }) =>
    error === null ? [] : [`  ${namesText(names)}: ${error}`],
  );
  return [...columns([['certificate', 'from', 'until', 'renewal'], ...rows], ''), ...errors];
}

function namesText([first = '', ...more]: readonly string[]): string {
  if (more.length === 0) return first;
  return more.length < 2 ? [first, ...more].join(', ') : `${first} and ${more.length} more`;
}

function nextText({ ordering, renewAt, tryAt }: CertificateStatus, now: number): string {
  if (ordering) return 'being ordered';
  if (tryAt !== null) return tryAt <= now ? 'now' : `tried again ${minute(tryAt)}`;
  return renewAt === null ? '' : minute(renewAt);
}

/** In the time of this machine. */
function minute(at: number): string {
  const date = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 16).replace('T', ' ');
}
