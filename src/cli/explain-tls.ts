import { X509Certificate } from 'node:crypto';
import { namesFor, namesOf } from '../certificates/names.ts';
import type { Resolution } from '../config/resolve.ts';
import { clientRuleOf } from '../config/site-tls.ts';
import { SiteChoice } from '../routing/site-choice.ts';
import type { AskedRequest } from './asked-request.ts';
import type { WordsRow } from './words-row.ts';

/** The certificates that a client of this URL is shown and shows; what plain HTTP gets where a site is served by https. */
export function tlsWords(
  asked: AskedRequest,
  resolution: Resolution,
  read: (path: string) => string | null,
): readonly WordsRow[] {
  const { settings, sites } = resolution;
  const site = new SiteChoice(sites.map((value) => ({ ...value, value }))).choose(asked.host);
  const client = clientRuleOf(site?.said ?? {}, settings);
  if (asked.scheme === 'https')
    return [
      ...certificateWords(asked, resolution, read),
      ...(client.verify === 'off'
        ? []
        : [['client', `shows a certificate signed by ${client.ca} (${client.verify})`] as const]),
    ];
  if (site?.said.https_redirect ?? settings.https_redirect)
    return [['but', 'by https_redirect plain HTTP is sent to https, 308']];
  return client.verify === 'required' && client.name !== ''
    ? [['but', 'the site requires client certificates (client_verify), and plain HTTP has none: 400']]
    : [];
}

function certificateWords(
  { host }: AskedRequest,
  { settings, sites, certificatesWanted: wanted }: Resolution,
  read: (path: string) => string | null,
): readonly WordsRow[] {
  const ofSites = sites.flatMap(({ said }) => said.certificate ?? []);
  const known = [...settings.certificate, ...ofSites].map((file) => certificateOf(file, read));
  const issued = wanted.map((names) => ({ names, words: `ordered by itself: ${names.join(', ')}` }));
  const all = [...known, ...issued];
  const [first] = all;
  if (first === undefined) return [['certificate', 'none here: whoever speaks TLS stands in front']];
  const name = host.replace(/:[0-9]*$/, '').replace(/^\[(.*)\]$/, '$1');
  for (const one of namesFor(name)) {
    const found = all.find(({ names }) => names.includes(one));
    if (found !== undefined) return [['certificate', found.words]];
  }
  const row = ['certificate', first.words] as const;
  if (first.names.length === 0 || name === '') return [row];
  return [row, ['', `the first, because none is for ${name}: clients will not believe it`]];
}

/** Without names when it cannot be read. */
function certificateOf(
  file: string,
  read: (path: string) => string | null,
): { readonly names: readonly string[]; readonly words: string } {
  try {
    const certificate = new X509Certificate(read(file) ?? '');
    const names = namesOf(certificate);
    const until = new Date(certificate.validTo).toISOString().slice(0, 10);
    return { names, words: `${file}: ${names.join(', ')}, until ${until}` };
  } catch {
    return { names: [], words: `${file}, which cannot be read` };
  }
}
