import { oneLine } from '../telemetry/log.ts';
import type { GatewayToMaster } from '../wire/gateway-control.ts';

/** Why a worker is replaced whose request does not end, as a predicate whose subject is the worker. */
export function stuckReason({ method, path, limitMs }: GatewayToMaster & { type: 'stuck' }): string {
  return `has a request that does not end after ${limitMs / 1000} s (request_timeout), ${method} ${oneLine(path)}`;
}
