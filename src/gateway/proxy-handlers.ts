import type { FileStore } from '../files/file-store.ts';
import { appFilesOf } from '../handlers/app-files-of.ts';
import type { ErrorPages } from '../handlers/error-pages.ts';
import { proxyHandler } from '../handlers/proxy.ts';
import type { Spool } from '../handlers/spool.ts';
import type { Handler } from '../http/exchange.ts';
import type { PeerGroups } from '../peers/peer-groups.ts';
import type { GatewayLocation } from '../wire/site-spec.ts';
import type { GatewayOptions } from './gateway-options.ts';

/** Makes the handler of a location that passes its requests on; null: it does not. */
export type MakeProxyHandler = (location: GatewayLocation, errorPages: ErrorPages) => Handler | null;

/** For a site: the files that peers may lead to are those of its locations. @param spool where bodies wait */
export function proxyHandlers(
  { settings, log }: GatewayOptions,
  shared: { readonly groups: PeerGroups; readonly spool: Spool; readonly files: FileStore },
  site: { readonly locations: readonly GatewayLocation[]; readonly errorPages: ErrorPages },
): MakeProxyHandler {
  const { groups, spool, files } = shared;
  // What X-Sendfile names are files of this machine, and a peer may be another's.
  const { sendfile } = appFilesOf({ files, log, ...site, sendfileRoots: [] });
  return ({ path, proxy: spec }, errorPages) => {
    if (spec === null) return null;
    const group = groups.get(spec.upstream);
    if (group === null) throw new Error(`there is no upstream ${spec.upstream}`);
    const bodyMemoryBytes = settings.body_memory_bytes;
    return proxyHandler({ spec, path, group, spool, sendfile, bodyMemoryBytes, log, errorPages });
  };
}
