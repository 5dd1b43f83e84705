import type { ErrorPages } from '../handlers/error-pages.ts';
import type { Handler } from '../http/exchange.ts';
import { compileHostPatterns } from '../http/host-patterns.ts';
import type { GatewayApp } from '../wire/gateway-control.ts';

type AllowsHost = (host: string) => boolean;

/** Which hosts apps answer for: as the operator says, or as the apps told themselves when they were loaded. */
export class AppHosts {
  readonly #found = new Map<string, AllowsHost>();

  /** Null: the app answers for every host, or said nothing. */
  found(app: string, hosts: readonly string[] | null): void {
    if (hosts === null) this.#found.delete(app);
    else this.#found.set(app, compileHostPatterns(hosts));
  }

  /** Answers requests for other hosts in the place of the app (RFC 9110 15.5.20). */
  around({ name, allowedHosts }: GatewayApp, handler: Handler, errorPages: ErrorPages): Handler {
    if (allowedHosts === 'off') return handler;
    const configured = allowedHosts === 'auto' ? null : compileHostPatterns(allowedHosts);
    return (exchange, sink) => {
      const allows = configured ?? this.#found.get(name);
      const { host } = exchange.client;
      // HTTP/1.0 names none. Django does not look at that of a WebSocket.
      const asked = host !== '' && (exchange.websocket === null || configured !== null);
      if (allows === undefined || !asked || allows(host)) handler(exchange, sink);
      else
        errorPages.respond(sink, 421, 'The application does not answer for this host.', {
          requestId: exchange.id,
        });
    };
  }
}
