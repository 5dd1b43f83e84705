import { respondError } from '../../handlers/respond.ts';
import type { Exchange, Middleware } from '../../http/exchange.ts';

const HTTP_PORT = 80;
const HTTPS_PORT = 443;

/**
 * Sends requests that came by plain HTTP to the same URL under https, with 308: method and body stay what they are.
 * @param httpsPort where TLS is spoken; 0: nowhere here.
 * @param door not to be led to while it has no certificate: one may be on its way.
 */
export function httpsRedirect(httpsPort: number, door: { readonly ready: boolean }): Middleware {
  return (next) => (exchange, sink) => {
    const secure = exchange.client.scheme === 'https' || exchange.head.target.form === 'asterisk';
    if (secure || (httpsPort !== 0 && !door.ready)) next(exchange, sink);
    else
      respondError(sink, 308, 'This site is served by https only.', {
        fields: ['Location', httpsUrl(exchange, httpsPort)],
      });
  };
}

/** The same URL under https. */
export function httpsUrl({ client, local, head }: Exchange, httpsPort: number): string {
  const { host, port } = splitHost(client.host === '' ? bracketed(local.address) : client.host);
  const { raw, form } = head.target;
  const slash = form === 'absolute' ? raw.indexOf('/', raw.indexOf('//') + 2) : 0;
  const path = slash === -1 ? '/' : raw.slice(slash);
  return `https://${host}${portSuffix(port, local.port, httpsPort)}${path}`;
}

/**
 * A client that names no port has come to 80. If that is a port of ours, the one for https is known; else something in between has mapped
 * 80 to the port here, and most likely 443, too.
 */
function portSuffix(asked: string, own: number, httpsPort: number): string {
  const mapped = asked === '' && own !== HTTP_PORT;
  return mapped || httpsPort === HTTPS_PORT || httpsPort === 0 ? '' : `:${httpsPort}`;
}

function splitHost(host: string): { host: string; port: string } {
  const colon = host.lastIndexOf(':');
  if (colon === -1 || colon < host.lastIndexOf(']')) return { host, port: '' };
  return { host: host.slice(0, colon), port: host.slice(colon + 1) };
}

/** As a host is written. */
function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
