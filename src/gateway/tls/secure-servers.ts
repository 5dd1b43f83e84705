import type { Settings } from '../../config/options.ts';
import { SiteChoice } from '../../routing/site-choice.ts';
import type { GatewaySite } from '../../wire/site-spec.ts';
import type { TlsSpec } from '../../wire/tls-spec.ts';
import { nameInHello } from './hello-name.ts';
import { type SecureEvents, SecureServer } from './secure-server.ts';
import { saysRule } from './site-tls.ts';

/** Protocols that may be spoken inside (ALPN), the preferred one first. */
const HTTP1: readonly string[] = ['http/1.1'];
const HTTP2: readonly string[] = ['h2', 'http/1.1'];

/** One SecureServer for each thing that clients are asked for, and which of them a client gets to see. */
export class SecureServers {
  readonly #main: SecureServer;
  readonly #others: ReadonlyMap<string, SecureServer>;
  readonly #ordered: ReadonlySet<string>;
  /** The rules of sites; null: none has one. */
  readonly #rules: SiteChoice<string> | null;

  constructor(spec: TlsSpec, settings: Settings, sites: readonly GatewaySite[], events: SecureEvents) {
    const protocols = settings.http2 ? HTTP2 : HTTP1;
    const main = { name: '', verify: settings.client_verify, ca: spec.clientCa };
    this.#main = new SecureServer(spec, main, settings, protocols, events);
    this.#others = new Map(
      spec.clientRules.map((rule) => [rule.name, new SecureServer(spec, rule, settings, protocols, events)]),
    );
    this.#ordered = new Set(spec.orderedNames);
    this.#rules = sites.some(saysRule)
      ? new SiteChoice(sites.map((site) => ({ ...site, value: site.tls.clientRule })))
      : null;
  }

  /** Whose handshake it is, by what its client said first; `more`: not to be told yet, null: there is no certificate for its name yet. */
  choose(first: Buffer): SecureServer | 'more' | null {
    if (this.#rules === null && this.#ordered.size === 0) return this.#main;
    const name = nameInHello(first);
    if (name === null) return 'more';
    if (this.#ordered.has(name) && !this.#main.knows(name)) return null;
    // A rule that has not come yet: the requests are turned away by site-tls.
    return this.#others.get(this.#rules?.choose(name) ?? '') ?? this.#main;
  }
}
