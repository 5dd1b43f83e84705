import type { ErrorPages } from '../handlers/error-pages.ts';
import type { Handler, Middleware } from '../http/exchange.ts';
import { access } from '../middleware/access/access.ts';
import { AccessStates } from '../middleware/access/access-states.ts';
import { Pacer } from '../middleware/access/pacer.ts';
import { PasswordThread } from '../middleware/access/password-thread.ts';
import { SubRequest } from '../middleware/access/sub-request.ts';
import type { Log } from '../telemetry/log.ts';
import type { AccessSpec } from '../wire/access-spec.ts';

/** What the access rules of all locations share, for as long as the gateway lives. */
export class AccessChains {
  #states = new AccessStates();
  readonly #passwords = new PasswordThread();
  readonly #pacer = new Pacer();

  /** Another configuration comes: of what was counted only that is kept which it asks for. */
  renew(): void {
    this.#states = new AccessStates(this.#states);
  }

  /** @param around `ask` answers a path of the same site. */
  middleware(
    spec: AccessSpec,
    around: { readonly errorPages: ErrorPages; readonly log: Log; readonly ask: Handler },
  ): Middleware {
    const { errorPages, log, ask } = around;
    const guard = access(spec, {
      states: this.#states,
      compare: this.#passwords.compare,
      pacer: this.#pacer,
      refuse: (exchange, sink, status, detail, fields = []) =>
        errorPages.respond(sink, status, detail, { requestId: exchange.id, fields }),
      ask,
      askFailed: (exchange, message) => log.error(message, { request_id: exchange.id }),
    });
    return (next) => {
      const guarded = guard(next);
      // A question of ours was guarded already, as the request it is about.
      return (exchange, sink) => {
        if (exchange instanceof SubRequest) next(exchange, sink);
        else guarded(exchange, sink);
      };
    };
  }
}
