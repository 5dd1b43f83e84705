import type { ServiceLeft, ServicePort } from '../wire/service-control.ts';
import type { PeerSpec } from '../wire/proxy-spec.ts';
import type { Peer } from './peer.ts';
import type { PeerGroup } from './peer-group.ts';

interface Place {
  readonly told: ServicePort;
  /** Of each group that asks there. */
  readonly peers: Set<Peer>;
}

/**
 * Where the operator's services are now, told by the master: for the groups of peers that pass requests on to them, those that a reload has taken away and
 * that still have some included.
 */
export class ServicePlaces {
  readonly #left: (message: ServiceLeft) => void;
  readonly #now = new Map<string, Place>();
  readonly #groups = new Map<string, Set<PeerGroup>>();

  /** @param left no request is there any more where a service was. */
  constructor(left: (message: ServiceLeft) => void) {
    this.#left = left;
  }

  tell(told: ServicePort): void {
    const before = this.#now.get(told.name);
    const place: Place = { told, peers: new Set() };
    this.#now.set(told.name, place);
    const groups = this.#groups.get(told.name);
    for (const group of groups ?? []) {
      lead(group, place);
      if (group.closed && group.queued === 0) groups?.delete(group);
    }
    if (before === undefined || before.told.port === 0) return;
    for (const peer of before.peers) peer.onIdle = () => this.#look(before);
    this.#look(before);
  }

  /** A group wants to know from now on; what is known already at once. */
  join(group: PeerGroup): void {
    const { name } = group;
    const groups = this.#groups.get(name);
    if (groups === undefined) this.#groups.set(name, new Set([group]));
    else {
      for (const one of groups) if (one.closed && one.queued === 0) groups.delete(one);
      groups.add(group);
    }
    const place = this.#now.get(name);
    if (place !== undefined) lead(group, place);
    else group.awaited = true;
  }

  #look({ told: { name, opening }, peers }: Place): void {
    for (const peer of peers) if (peer.inFlight > 0) return;
    for (const peer of peers) peer.onIdle = null;
    this.#left({ type: 'service_left', name, opening });
  }
}

/** Always another peer than before: what is known of a process says nothing of the next one, even on the same port. */
function lead(group: PeerGroup, { told: { port, coming }, peers }: Place): void {
  group.awaited = coming || port !== 0;
  group.follow([], []);
  if (port === 0) return;
  group.follow([specOf(port)], []);
  for (const peer of group.peers) peers.add(peer);
}

function specOf(port: number): PeerSpec {
  return {
    url: `http://127.0.0.1:${port}`,
    protocol: 'http',
    tls: false,
    host: '127.0.0.1',
    port,
    socket: '',
    weight: 1,
    backup: false,
    connectionsMax: 0,
  };
}
