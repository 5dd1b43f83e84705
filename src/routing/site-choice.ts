/** What a name of a site is, and what hosts it means. */
export interface NamedSite<T> {
  /** In lower case: names, addresses (IPv6 in brackets), `*.` before the end of names. */
  readonly hosts: readonly string[];
  /** It answers for all hosts that no site names. */
  readonly isDefault: boolean;
  readonly value: T;
}

/** Why a site answers for a host. */
export type SiteReason = 'exact' | 'wildcard' | 'default';

/**
 * Chooses a site by the host that a client asks for, port left out: the exact name counts more than `*.name`, the longer `*.name` more
 * than the shorter, either more than the default. `*.example.com` means names of any depth below, not example.com itself, as in nginx.
 */
export class SiteChoice<T> {
  readonly #exact = new Map<string, T>();
  readonly #wildcards = new Map<string, T>();
  readonly #default: T | null;

  /** Of two that have the same host the first counts. */
  constructor(sites: readonly NamedSite<T>[]) {
    for (const { hosts, value } of sites)
      for (const host of hosts) {
        const [map, key] = host.startsWith('*.')
          ? [this.#wildcards, host.slice(1)]
          : ([this.#exact, host] as const);
        if (!map.has(key)) map.set(key, value);
      }
    this.#default = sites.find(({ isDefault }) => isDefault)?.value ?? null;
  }

  /** `host` as it stood in the request, perhaps with a port; null: no site answers for it. */
  choose(host: string): T | null {
    return this.#exact.get(host) ?? this.explain(host)?.value ?? null;
  }

  /** The same, with the reason. */
  explain(host: string): { readonly value: T; readonly reason: SiteReason } | null {
    const name = hostName(host);
    const exact = this.#exact.get(name);
    if (exact !== undefined) return { value: exact, reason: 'exact' };
    if (this.#wildcards.size > 0 && !name.startsWith('['))
      for (let dot = name.indexOf('.', 1); dot > 0; dot = name.indexOf('.', dot + 1)) {
        const wildcard = this.#wildcards.get(name.slice(dot));
        if (wildcard !== undefined) return { value: wildcard, reason: 'wildcard' };
      }
    return this.#default === null ? null : { value: this.#default, reason: 'default' };
  }
}

/** A host without its port and the dot that may end a name, in lower case. */
export function hostName(host: string): string {
  const colon = host.lastIndexOf(':');
  const name = colon > host.lastIndexOf(']') ? host.slice(0, colon) : host;
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase();
}
