import type { ChangedMessage, DevState, PageEvent } from '../wire/dev.ts';
import type { GatewaySet } from './gateway-set.ts';
import type { Workers } from './workers.ts';

/** What a developer's server has the other processes do. */
export class DevControl {
  readonly #workers: Workers;
  readonly #gateways: GatewaySet;

  constructor(workers: Workers, gateways: GatewaySet) {
    this.#workers = workers;
    this.#gateways = gateways;
  }

  /** What the gateways do with requests, of all apps. */
  showState(state: DevState): void {
    for (const app of this.#workers.names) this.#gateways.devState(app, state);
  }

  /** What open pages are told. */
  tellPages(event: PageEvent): void {
    this.#gateways.devPages(event);
  }

  /** Tells all workers that serve; gives how many there are. */
  askWorkers(message: ChangedMessage): number {
    const serving = this.#workers.all.filter(({ state }) => state === 'ready');
    for (const worker of serving) worker.tell(message);
    return serving.length;
  }
}
