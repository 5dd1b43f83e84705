import type { GatewayToMaster } from '../wire/gateway-control.ts';
import type { GatewayProcess } from './gateway-process.ts';

/** Gateways that do not listen after this will not. */
const RENEWAL_MS_MAX = 30_000;

/** Gateways on their way into the place of others. They listen only when all of them can serve. */
export class Renewal {
  readonly gateways: readonly GatewayProcess[];
  /** Null: they listen. Else what went wrong. */
  readonly done: Promise<string | null>;
  #settle: (fault: string | null) => void = () => undefined;
  #listening = false;

  constructor(gateways: readonly GatewayProcess[]) {
    this.gateways = gateways;
    this.done = new Promise((resolve) => {
      const timer = setTimeout(
        () => this.fail(`they did not listen within ${RENEWAL_MS_MAX / 1000} s`),
        RENEWAL_MS_MAX,
      );
      this.#settle = (fault) => {
        clearTimeout(timer);
        resolve(fault);
      };
    });
  }

  has(gateway: GatewayProcess): boolean {
    return this.gateways.includes(gateway);
  }

  /** Something has changed. @param linked whether a gateway has a link to every worker that serves. */
  look(linked: (gateway: GatewayProcess) => boolean): void {
    if (!this.#listening && this.gateways.every((gateway) => gateway.ready && linked(gateway))) {
      this.#listening = true;
      for (const gateway of this.gateways) gateway.listen();
    }
    if (this.gateways.every((gateway) => gateway.listening)) this.#settle(null);
  }

  /** Whether a message tells that one of them cannot. */
  failed(gateway: GatewayProcess, message: GatewayToMaster): boolean {
    if (!this.has(gateway)) return false;
    if (message.type !== 'failed' && message.type !== 'listen_failed') return false;
    this.fail(message.message);
    return true;
  }

  fail(fault: string): void {
    this.#settle(fault);
  }
}
