import { pathReference } from '../handlers/location-header.ts';
import type { Exchange } from '../http/exchange.ts';
import type { RequestFault } from '../http/request.ts';
import { parseTarget, type Target } from '../http/target.ts';
import type { PathPattern } from '../routing/path-pattern.ts';
import { RedirectTarget, RewriteTarget, type TemplateInput } from '../routing/template.ts';

/** Where a location sends clients, by request. `siteHost`: for who names no host (HTTP/1.0). */
export function redirectTo(
  template: string,
  pattern: PathPattern | null,
  siteHost: string,
): (exchange: Exchange) => string {
  const target = new RedirectTarget(template, groupsOf(pattern));
  return (exchange) => target.fill(inputOf(exchange, pattern, siteHost));
}

/** What a location changes targets into. Dots and slashes of the result are resolved as those of a request are. */
export function rewriteTo(
  template: string,
  pattern: PathPattern | null,
): (exchange: Exchange) => Target | RequestFault {
  const target = new RewriteTarget(template, groupsOf(pattern));
  return (exchange) => parseTarget(target.fill(inputOf(exchange, pattern, '')), exchange.head.method);
}

function groupsOf(pattern: PathPattern | null): { count: number; names: readonly string[] } | null {
  return pattern === null ? null : { count: pattern.groups, names: pattern.names };
}

function inputOf(
  { head, client, local }: Exchange,
  pattern: PathPattern | null,
  siteHost: string,
): TemplateInput {
  const { path, query, form, raw } = head.target;
  return {
    scheme: client.scheme,
    host: client.host || siteHost || (local.unix ? 'localhost' : bracketed(local.address)),
    path,
    query,
    // A fragment is no part of what a server is asked for; nor is the host of the absolute form.
    requestUri: form === 'origin' ? raw.replace(/#.*$/, '') : pathReference(path, query),
    captures: pattern?.captures(path) ?? null,
  };
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
