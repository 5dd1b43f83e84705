import type { BindAddress } from './bind.ts';
import { ACME_BINDS, certificateName, NAMES_MAX } from './acme-names.ts';
import { ConfigError, diagnostic, type Diagnostic } from './diagnostic.ts';
import type { SettingName, Settings } from './options.ts';
import type { Origin } from './origin.ts';
import type { Site } from './site.ts';

/** The names of one certificate that is to be ordered, the main one first. */
export type WantedNames = readonly string[];

/**
 * The certificates that are to be had by themselves: one for `domains`, and one for each site with `tls = "auto"`. No name is in two of them. A
 * developer's server orders nothing.
 */
export function certificatesWanted(
  settings: Settings,
  sites: readonly Site[],
  diagnostics: Diagnostic[],
): readonly WantedNames[] {
  if (settings.reload) return [];
  const seen = new Set<string>();
  const groups = [named(settings.domains), ...sites.map((site) => hostsOf(site, diagnostics))];
  return groups
    .map((names) =>
      names.filter((name) => {
        const isNew = !seen.has(name);
        seen.add(name);
        return isNew;
      }),
    )
    .filter((names) => names.length > 0);
}

/** Where nobody says where to listen, certificates make it the ports that the world looks at. */
export function withAcmeBinds(
  settings: Settings,
  origins: ReadonlyMap<SettingName, Origin>,
  wanted: readonly WantedNames[],
): Settings {
  const unsaid = (origins.get('bind')?.kind ?? 'default') === 'default';
  return unsaid && wanted.length > 0 ? { ...settings, bind: ACME_BINDS } : settings;
}

/** Authorities look at ports 80 and 443; whoever listens elsewhere has to have them forwarded. */
export function portNote(
  wanted: readonly WantedNames[],
  binds: readonly BindAddress[],
): readonly Diagnostic[] {
  const known = binds.filter((bind) => bind.kind === 'tcp');
  if (wanted.length === 0 || known.length < binds.length) return [];
  if (known.some(({ port }) => port === 80 || port === 443)) return [];
  const hint = 'something has to forward these ports of the names to addresses of this server';
  return [
    diagnostic('note', 'the certificate authority looks at ports 80 and 443, and `bind` has neither', {
      hint,
    }),
  ];
}

function hostsOf(site: Site, diagnostics: Diagnostic[]): readonly string[] {
  if (site.said.tls !== 'auto') return [];
  const fault = (message: string, hint: string | null, key: 'tls' | 'hosts'): void => {
    const where = site.origins.get(key) ?? site.origin;
    diagnostics.push(diagnostic('error', message, { where, hint }));
  };
  const { hosts } = site;
  if (site.said.certificate !== undefined)
    fault('`tls = "auto"` beside `certificate`', 'one of the two: it is ordered, or it is there', 'tls');
  if (hosts.length === 0)
    fault('`tls = "auto"` in a site without `hosts`', 'name the hosts the certificate is for', 'tls');
  if (hosts.length > NAMES_MAX)
    fault(
      `${hosts.length} hosts are too many for one certificate`,
      `make sites of at most ${NAMES_MAX}`,
      'hosts',
    );
  for (const host of hosts) {
    try {
      certificateName(host);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      fault(`\`tls = "auto"\`: ${error.message}`, error.hint, 'hosts');
    }
  }
  return named(hosts);
}

/** Without those that are no names: they are told elsewhere. */
function named(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => {
    try {
      return [certificateName(text)];
    } catch {
      return [];
    }
  });
}
