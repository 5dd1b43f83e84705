import type { Handler, Middleware } from '../../http/exchange.ts';
import type { AccessFormatter } from '../../telemetry/access-log.ts';
import { runserverFormatter } from '../../telemetry/runserver-line.ts';
import type { DevGateway, DevState, PageEvent } from '../../wire/dev.ts';
import { respondFault } from './fault-page.ts';
import { Gate } from './gate.ts';
import { inject } from './inject.ts';
import { PageEvents } from './page-events.ts';

/** What a gateway does for whoever works on the apps. There is none of it in production. */
export class Development {
  readonly #options: DevGateway;
  readonly #events = new PageEvents();
  readonly #gate = new Gate();
  readonly #states = new Map<string, DevState>();
  readonly #element = (): string => this.#events.element;
  /** How the lines of the access log look; null: as configured. */
  readonly lines: AccessFormatter | null;

  constructor(options: DevGateway) {
    this.#options = options;
    const { runserverLines } = options;
    this.lines = runserverLines === null ? null : runserverFormatter(runserverLines.color);
  }

  /** Wraps the handler of an app. */
  around(app: string, handler: Handler): Handler {
    const { liveReload } = this.#options;
    const explained: Handler = (exchange, sink) => {
      const state = this.#states.get(app);
      if (state?.kind === 'fault')
        respondFault(exchange, sink, state.fault, liveReload ? '' : this.#element());
      else handler(exchange, sink);
    };
    return liveReload ? inject(this.#element)(explained) : explained;
  }

  /** Wraps what chooses between apps and files. */
  readonly gate: Middleware = this.#gate.middleware;

  /** Answers what the pages ask for; outside of everything else, so that it stands in no access log. */
  readonly endpoints: Middleware = (next) => (exchange, sink) => {
    const { path } = exchange.head.target;
    const own = path.startsWith('/-/dev/') ? this.#events.handlerOf(path) : null;
    (own ?? next)(exchange, sink);
  };

  show(app: string, state: DevState): void {
    this.#states.set(app, state);
    if ([...this.#states.values()].some(({ kind }) => kind === 'hold')) this.#gate.close();
    else this.#gate.open();
  }

  tell(event: PageEvent): void {
    this.#events.tell(event);
  }

  /** The gateway is about to end: neither streams to pages nor requests that wait for new code may hold it up. */
  close(): void {
    this.#gate.open();
    this.#events.close();
  }
}
