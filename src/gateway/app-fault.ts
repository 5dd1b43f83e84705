import type { Exchange } from '../http/exchange.ts';
import type { Log } from '../telemetry/log.ts';

/** Writes down that an app's response could not be sent as it was: the app's fault, not the client's nor ours. */
export function logAppFault(log: Log, exchange: Exchange, message: string): void {
  const { method, target } = exchange.head;
  log.error(`The application's response to ${method} ${target.raw} is wrong: ${message}`, {
    request_id: exchange.id,
  });
}
