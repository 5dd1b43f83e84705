import type { ErrorPages } from '../handlers/error-pages.ts';
import type { Handler } from '../http/exchange.ts';
import { type NamedSite, SiteChoice } from '../routing/site-choice.ts';
import type { FoundOfApp } from '../wire/gateway-control.ts';
import type { AppHosts } from './app-hosts.ts';
import type { SiteRoutes } from './site-routes.ts';

/** Which handler answers a request: first the site, by the host that is asked for, then its location. */
export class Routes {
  readonly #sites: readonly NamedSite<SiteRoutes>[];
  readonly #hosts: AppHosts;
  /** Goes through all of them; the same function for as long as the routes live. */
  readonly handler: Handler;

  /** @param errorPages of who asks for a site that there is not. */
  constructor(sites: readonly NamedSite<SiteRoutes>[], hosts: AppHosts, errorPages: ErrorPages) {
    this.#hosts = hosts;
    this.#sites = sites;
    const [first] = sites;
    // Where one site answers for all hosts there is nothing to choose.
    this.handler =
      sites.length === 1 && first?.isDefault === true
        ? first.value.handler
        : bySite(new SiteChoice(sites), errorPages);
  }

  /** An app was loaded and told where its files are, and whom it answers for. */
  found(app: string, { locations, hosts }: FoundOfApp): void {
    this.#hosts.found(app, hosts);
    for (const { value } of this.#sites) value.found(app, locations);
  }
}

/** RFC 9110 section 15.5.20: the request is for an authority that this server does not answer for. */
function bySite(sites: SiteChoice<SiteRoutes>, errorPages: ErrorPages): Handler {
  return (exchange, sink) => {
    const site = sites.choose(exchange.client.host);
    if (site !== null) site.handler(exchange, sink);
    else errorPages.respond(sink, 421, 'There is no site of this name here.', { requestId: exchange.id });
  };
}
