import type { X509Certificate } from 'node:crypto';

/** What a certificate is for: host names in lower case, `*.example.com` among them, and IP addresses. */
export function namesOf(certificate: X509Certificate): readonly string[] {
  const names = alternativeNames(certificate.subjectAltName ?? '');
  if (names.length > 0) return names;
  // Nobody believes it any more; still, such certificates are chosen by it.
  const common = /(?:^|\n)CN=(.+)/.exec(certificate.subject)?.[1];
  return common === undefined ? [] : [common.toLowerCase()];
}

/** `DNS:example.com, IP Address:127.0.0.1`; a value with unusual characters stands in quotes, and is no name of ours. */
function alternativeNames(text: string): readonly string[] {
  const names: string[] = [];
  for (const part of text.split(', ')) {
    const match = /^(?:DNS|IP Address):([^"\s]+)$/.exec(part);
    if (match?.[1] !== undefined) names.push(match[1].toLowerCase());
  }
  return names;
}

/** The names under which something may stand in a table to be found for this host: itself, then the wildcard above it. */
export function namesFor(host: string): readonly string[] {
  const name = host.toLowerCase().replace(/\.$/, '');
  const dot = name.indexOf('.');
  // A wildcard stands for one label (RFC 6125, section 6.4.3).
  return dot > 0 ? [name, `*${name.slice(dot)}`] : [name];
}
