import { X509Certificate } from 'node:crypto';
import { namesFor, namesOf } from '../certificates/names.ts';
import type { Resolution } from '../config/resolve.ts';
import type { AskedRequest } from './asked-request.ts';
import type { WordsRow } from './words-row.ts';

/** The certificate that a client of this URL is shown; what plain HTTP gets where a site is served by https. */
export function tlsWords(
  { scheme, host }: AskedRequest,
  { settings }: Pick<Resolution, 'settings'>,
  read: (path: string) => string | null,
): readonly WordsRow[] {
  if (scheme === 'http') {
    if (!settings.https_redirect) return [];
    return [['but', `by https_redirect plain HTTP is sent to https, 308`]];
  }
  const { certificate: files } = settings;
  if (files.length === 0) return [['certificate', 'none here: whoever speaks TLS stands in front']];
  const name = host.replace(/:[0-9]*$/, '').replace(/^\[(.*)\]$/, '$1');
  const known = files.map((file) => ({ file, certificate: certificateOf(file, read) }));
  const wanted = namesFor(name);
  for (const one of wanted) {
    const found = known.find(({ certificate }) => certificate !== null && namesOf(certificate).includes(one));
    if (found !== undefined) return [['certificate', wordsOf(found)]];
  }
  const [first] = known;
  if (first === undefined) return [];
  const rows: WordsRow[] = [['certificate', wordsOf(first)]];
  if (first.certificate !== null && host !== '')
    rows.push(['', `the first, because none is for ${name}: clients will not believe it`]);
  return rows;
}

function certificateOf(file: string, read: (path: string) => string | null): X509Certificate | null {
  try {
    return new X509Certificate(read(file) ?? '');
  } catch {
    return null;
  }
}

function wordsOf({ file, certificate }: { file: string; certificate: X509Certificate | null }): string {
  if (certificate === null) return `${file}, which cannot be read`;
  const until = new Date(certificate.validTo).toISOString().slice(0, 10);
  return `${file}: ${namesOf(certificate).join(', ')}, until ${until}`;
}
