import type { UpstreamStatus } from '../supervisor/status.ts';
import { columns } from './columns.ts';

/** An upstream and its peers, line by line. */
export function upstreamText({ name, queued, peers }: UpstreamStatus): readonly string[] {
  const up = peers.filter(({ state }) => state === 'up').length;
  const rows = peers.map((peer) => [
    `${peer.url}${peer.backup ? ' (backup)' : ''}`,
    peer.state,
    String(peer.weight),
    ...[peer.inFlight, peer.requests, peer.failures, peer.bans].map(String),
  ]);
  return [
    `upstream ${name}: ${up} of ${peers.length} ${peers.length === 1 ? 'peer' : 'peers'} up, ${queued} ${queued === 1 ? 'request' : 'requests'} waiting`,
    ...columns([['peer', 'state', 'weight', 'in flight', 'requests', 'failures', 'bans'], ...rows], '  '),
  ];
}
