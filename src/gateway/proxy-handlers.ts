import type { ErrorPages } from '../handlers/error-pages.ts';
import { proxyHandler } from '../handlers/proxy.ts';
import type { Spool } from '../handlers/spool.ts';
import type { Handler } from '../http/exchange.ts';
import type { PeerGroups } from '../peers/peer-groups.ts';
import type { GatewayLocation } from '../wire/site-spec.ts';
import type { GatewayOptions } from './gateway-options.ts';

/** Makes the handler of a location that passes its requests on; null: it does not. */
export type MakeProxyHandler = (location: GatewayLocation, errorPages: ErrorPages) => Handler | null;

/** @param spool where request bodies are collected */
export function proxyHandlers(
  { settings, log }: GatewayOptions,
  groups: PeerGroups,
  spool: Spool,
): MakeProxyHandler {
  return ({ path, proxy: spec }, errorPages) => {
    if (spec === null) return null;
    const group = groups.get(spec.upstream);
    if (group === null) throw new Error(`there is no upstream ${spec.upstream}`);
    const bodyMemoryBytes = settings.body_memory_bytes;
    return proxyHandler({ spec, path, group, spool, bodyMemoryBytes, log, errorPages });
  };
}
