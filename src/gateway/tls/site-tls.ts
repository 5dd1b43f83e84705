import type { Settings } from '../../config/options.ts';
import { respondError } from '../../handlers/respond.ts';
import type { Middleware } from '../../http/exchange.ts';
import { hsts } from '../../middleware/hsts.ts';
import type { GatewayListener } from '../../wire/gateway-control.ts';
import type { GatewaySite, SiteTlsSpec } from '../../wire/site-spec.ts';
import { httpsRedirect } from './https-redirect.ts';

/** What encryption depends on, besides sites. */
export interface TlsSurroundings {
  readonly settings: Settings;
  readonly listeners: readonly GatewayListener[];
  readonly sites: readonly GatewaySite[];
  /** Whether there is a certificate to show. */
  readonly door: { readonly ready: boolean };
}

/** What the server says of encryption; where a site says its own, it is looked at there for all of them. */
export function serverTls(around: TlsSurroundings): readonly Middleware[] {
  const { settings, sites } = around;
  return [
    ...(sites.some(saysRedirect) ? [] : redirect(around, settings.https_redirect)),
    ...(sites.some(saysHsts) ? [] : strictTransport(around, settings.hsts)),
  ];
}

/** The same for one site. */
export function siteTls(around: TlsSurroundings, { tls }: GatewaySite): readonly Middleware[] {
  const { settings, sites } = around;
  return [
    ...(sites.some(saysRedirect) ? redirect(around, tls.httpsRedirect ?? settings.https_redirect) : []),
    ...(sites.some(saysHsts) ? strictTransport(around, tls.hsts ?? settings.hsts) : []),
    ...(sites.some(saysRule) ? [clientRule(tls)] : []),
  ];
}

export function saysRule({ tls }: Pick<GatewaySite, 'tls'>): boolean {
  return tls.clientRule !== '';
}

function saysRedirect({ tls }: GatewaySite): boolean {
  return tls.httpsRedirect !== null;
}

function saysHsts({ tls }: GatewaySite): boolean {
  return tls.hsts !== null;
}

function redirect({ listeners, door }: TlsSurroundings, on: boolean): readonly Middleware[] {
  const port = listeners.find(({ tls, admin }) => tls && !admin)?.port ?? 0;
  return on ? [httpsRedirect(port, door)] : [];
}

function strictTransport({ settings }: TlsSurroundings, maxAge: number): readonly Middleware[] {
  const { hsts_subdomains: subdomains, hsts_preload: preload } = settings;
  return maxAge < 0 ? [] : [hsts({ maxAge, subdomains, preload })];
}

/**
 * Which certificate a client shows is asked with the handshake, by the name that it is for; requests may name another site then. It gets
 * none of that (RFC 9110, section 15.5.20): its client would come in with a certificate that this site does not accept, or with none.
 */
function clientRule({ clientRule: rule, clientVerify: verify }: SiteTlsSpec): Middleware {
  return (next) => (exchange, sink) => {
    const { tls } = exchange.local;
    if (tls !== null && tls.clientRule !== rule)
      respondError(sink, 421, 'This connection was made for another site. Ask again with a new one.');
    // Whoever is trusted to have spoken TLS is trusted to have asked, too.
    else if (tls === null && verify === 'required' && rule !== '' && exchange.client.scheme === 'http')
      respondError(sink, 400, 'This site asks for client certificates: come by https.');
    else next(exchange, sink);
  };
}
