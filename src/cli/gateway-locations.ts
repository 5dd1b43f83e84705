import { extname, resolve } from 'node:path';
import type { Location } from '../config/location.ts';
import type { Settings } from '../config/options.ts';
import type { Site } from '../config/site.ts';
import { clientRuleOf } from '../config/site-tls.ts';
import { gatewayProxy } from './gateway-upstreams.ts';
import { gatewayAccess } from './gateway-access.ts';
import { contentTypeOf } from '../files/content-type.ts';
import type {
  GatewayLocation,
  GatewaySite,
  MaintenanceSpec,
  RespondSpec,
  SiteTlsSpec,
} from '../wire/site-spec.ts';

/** What of the settings counts for a site that says nothing else. */
type SiteSettings = Pick<Settings, 'compress' | 'client_ca' | 'client_verify'>;

/** Sites as the gateways are told them: with folders that do not depend on where a process runs. */
export function gatewaySites(sites: readonly Site[], settings: SiteSettings): readonly GatewaySite[] {
  return sites.map((site) => ({
    hosts: site.hosts,
    isDefault: site.isDefault,
    app: site.app,
    tls: siteTls(site, settings),
    locations: site.locations.map((location) => gatewayLocation(location, site, settings)),
    maintenance: maintenanceSpec(site.maintenance),
    headers: Object.entries(site.headers).flat(),
    errorPages: gatewayErrorPages(site.errorPages),
    access: gatewayAccess({ own: site.said, site: {}, ...namesOf(site) }),
  }));
}

/** The operator's error pages, by status, as absolute paths. */
export function gatewayErrorPages(pages: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(pages).map(([status, file]) => [status, resolve(file)]));
}

function gatewayLocation(
  location: Location,
  site: Site,
  settings: Pick<Settings, 'compress'>,
): GatewayLocation {
  const { files, compress, requestTimeout } = location;
  return {
    match: location.match,
    path: location.match === 'regex' ? location.path : asReceived(location.path),
    app: location.app,
    leavesAnswer: location.leavesAnswer,
    redirect: location.redirect,
    respond: respondSpec(location.respond),
    rewrite: location.rewrite,
    maintenance: location.maintenance,
    mount: location.mount,
    bodyBytesMax: location.bodyBytesMax,
    bodyMs: location.bodyTimeout === null ? null : location.bodyTimeout * 1000,
    bodyRateMin: location.bodyRateMin,
    static:
      files === null
        ? null
        : {
            roots: files.dirs.map((dir) => ({ dir: resolve(dir), prefix: '' })),
            index: files.index,
            tryFiles: files.tryFiles,
            listing: files.listing,
            symlinks: files.symlinks,
            dotfiles: files.dotfiles,
            precompressed: files.precompressed,
            compress: files.compress,
            expires: files.expires,
            immutable: files.immutable,
            manifest: '',
            media: files.media,
            debug: false,
          },
    proxy: location.proxy === null ? null : gatewayProxy(location.proxy),
    internal: location.internal,
    compress: compress ?? settings.compress,
    requestMs: requestTimeout === null ? null : requestTimeout * 1000,
    headers: Object.entries(mergedHeaders(site.headers, location.headers)).flat(),
    errorPages: gatewayErrorPages({ ...site.errorPages, ...location.errorPages }),
    access: gatewayAccess({ own: location.said, site: site.said, ...namesOf(site, location) }),
  };
}

function siteTls({ said }: Site, settings: SiteSettings): SiteTlsSpec {
  const { name, verify } = clientRuleOf(said, settings);
  return {
    httpsRedirect: said.https_redirect ?? null,
    hsts: said.hsts ?? null,
    clientRule: name,
    clientVerify: verify,
  };
}

function maintenanceSpec({ on, file, page, allow, retry }: Site['maintenance']): MaintenanceSpec {
  const absolute = (path: string): string => (path === '' ? '' : resolve(path));
  return { on, file: absolute(file), page: absolute(page), allow, retrySeconds: Math.ceil(retry) };
}

function respondSpec(respond: Location['respond']): RespondSpec | null {
  if (respond === null) return null;
  const { file, contentType } = respond;
  return {
    ...respond,
    file: file === '' ? '' : resolve(file),
    contentType: contentType ?? contentTypeOf(extname(file)),
  };
}

/** What is counted for a site, or a location, is found again by these after a reload. */
function namesOf({ hosts }: Site, location: Location | null = null): { siteName: string; name: string } {
  const siteName = JSON.stringify(hosts);
  const name = location === null ? siteName : JSON.stringify([hosts, location.match, location.path]);
  return { siteName, name };
}

/** What the nearer one says of a header counts, whatever the case it is written in. */
function mergedHeaders(
  outer: Readonly<Record<string, string>>,
  inner: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const said = new Set(Object.keys(inner).map((name) => name.toLowerCase()));
  const kept = Object.entries(outer).filter(([name]) => !said.has(name.toLowerCase()));
  return { ...Object.fromEntries(kept), ...inner };
}

/** Paths of requests are bytes, one for each character. */
function asReceived(path: string): string {
  return Buffer.from(path, 'utf8').toString('latin1');
}
