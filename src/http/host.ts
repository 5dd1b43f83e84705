import { parseAddress } from './address.ts';

// RFC 3986 3.2.2 reg-name, without the comma: it is what two Host headers merged into one look like.
const REG_NAME = /^(?:[A-Za-z0-9\-._~!$&'()*+;=]|%[0-9A-Fa-f]{2})+$/;
const ORDINARY = /^[A-Za-z0-9\-._~!$&'()*+;=]+$/;
const PORT = /^[0-9]{0,5}$/;

/**
 * Whether the text is `host[:port]` (RFC 3986 3.2.2, 3.2.3): a name, an IPv4 address or an IPv6 address in brackets,
 * with a port up to 65535. Empty hosts, user information, zone ids and IPvFuture are refused.
 */
export function isHost(text: string): boolean {
  if (ORDINARY.test(text)) return true;
  if (text.startsWith('[')) {
    const close = text.indexOf(']');
    const inside = text.slice(1, close);
    return (
      close > 0 &&
      inside.includes(':') &&
      parseAddress(inside) !== null &&
      isPortSuffix(text.slice(close + 1))
    );
  }
  const colon = text.indexOf(':');
  if (colon < 0) return REG_NAME.test(text);
  return REG_NAME.test(text.slice(0, colon)) && isPortSuffix(text.slice(colon));
}

/** Whether two hosts name the same authority under a scheme: letter case and the scheme's own port do not count. */
export function sameHost(a: string, b: string, scheme: 'http' | 'https'): boolean {
  return a === b || canonical(a, scheme) === canonical(b, scheme);
}

function isPortSuffix(suffix: string): boolean {
  if (suffix === '') return true;
  return suffix.startsWith(':') && PORT.test(suffix.slice(1)) && Number(suffix.slice(1)) <= 65_535;
}

function canonical(host: string, scheme: 'http' | 'https'): string {
  const lower = host.toLowerCase();
  const port = scheme === 'http' ? ':80' : ':443';
  if (lower.endsWith(port)) return lower.slice(0, -port.length);
  return lower.endsWith(':') ? lower.slice(0, -1) : lower;
}
