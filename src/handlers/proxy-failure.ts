import type { Exchange } from '../http/exchange.ts';
import type { PeerFailure } from '../peers/peer-failure.ts';
import type { NoPeer } from '../peers/peer-group.ts';
import type { Peer } from '../peers/peer.ts';
import type { Log } from '../telemetry/log.ts';

/** Of the request itself, before or beside what a peer can do wrong. */
export type ProxyFailure = PeerFailure | { readonly kind: NoPeer };

/** The status that tells the client whose fault it was. */
export function proxyStatus({ kind }: ProxyFailure): number {
  switch (kind) {
    case 'connect_timeout':
    case 'send_timeout':
    case 'read_timeout':
      return 504;
    case 'unresolved':
    case 'no_peer':
    case 'queue_full':
    case 'queue_timeout':
      return 503;
    case 'too_large':
      return 431;
    default:
      return 502;
  }
}

/** One sentence for the client. */
export function proxyText({ kind }: ProxyFailure): string {
  switch (kind) {
    case 'connect_timeout':
    case 'unreachable':
      return 'The server that has the answer cannot be reached.';
    case 'send_timeout':
    case 'read_timeout':
      return 'The server that has the answer took too long to give it.';
    case 'unresolved':
      return 'The server that has the answer cannot be found.';
    case 'no_peer':
      return 'No server that could give the answer is available.';
    case 'queue_full':
    case 'queue_timeout':
      return 'The servers that have the answer are all busy.';
    case 'untrusted':
      return 'The server that has the answer could not prove who it is.';
    case 'too_large':
      return 'The request headers are too large.';
    default:
      return 'The server that has the answer gave none that could be passed on.';
  }
}

/** Writes down who failed, in which phase and after how long, and what the client got. */
export function logProxyFailure(log: Log, failure: ProxyFailure, exchange: Exchange, outcome: string): void {
  const { head, id, upstream, receivedAt } = exchange;
  const request = `${head.method} ${head.target.raw}`;
  const ms = Math.round(performance.now() - receivedAt);
  const facts = { request_id: id };
  if ('message' in failure)
    log.error(
      `${upstream?.address ?? 'The peer'} ${failure.message}: ${request} after ${ms} ms, ${outcome}`,
      facts,
    );
  else log.error(`${NO_PEER[failure.kind]} for ${request} after ${ms} ms, ${outcome}`, facts);
}

/** Writes down who failed, when somebody else is asked. */
export function logProxyRetry(log: Log, what: string, failed: Peer, exchange: Exchange, next: Peer): void {
  const { head, id, receivedAt } = exchange;
  const ms = Math.round(performance.now() - receivedAt);
  log.warning(
    `${failed.address} ${what}: ${head.method} ${head.target.raw} after ${ms} ms, ${next.address} is asked instead`,
    { request_id: id },
  );
}

const NO_PEER: Readonly<Record<NoPeer, string>> = {
  no_peer: 'No peer is available',
  queue_full: 'All peers have max_connections requests, and queue_max wait already: no peer',
  queue_timeout: 'No peer had room within queue_timeout',
};
