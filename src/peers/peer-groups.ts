import type { PeersMessage } from '../wire/peers-control.ts';
import type { UpstreamSpec } from '../wire/proxy-spec.ts';
import { PeerGroup } from './peer-group.ts';
import type { ServicePlaces } from './service-places.ts';
import type { PeerOptions } from './peer.ts';

/** All groups of a gateway, by name; they outlive a reload as far as they stay what they were. */
export class PeerGroups {
  readonly #places: ServicePlaces;
  #groups = new Map<string, { readonly text: string; readonly group: PeerGroup }>();

  constructor(places: ServicePlaces) {
    this.#places = places;
  }

  /** What is configured from now on. Whoever has a request of a group that is not wanted any more finishes it. */
  configure(specs: readonly UpstreamSpec[], options: PeerOptions): void {
    const before = this.#groups;
    this.#groups = new Map();
    for (const spec of specs) {
      const text = JSON.stringify([spec, options.headBytesMax]);
      const known = before.get(spec.name);
      if (known?.text === text) {
        before.delete(spec.name);
        this.#groups.set(spec.name, known);
        continue;
      }
      const group = new PeerGroup(spec, options);
      if (spec.service) this.#places.join(group);
      this.#groups.set(spec.name, { text, group });
    }
    for (const { group } of before.values()) group.close();
  }

  /** Somebody changed the peers of a group. */
  follow({ upstream, peers, draining }: PeersMessage): void {
    this.get(upstream)?.follow(peers, draining);
  }

  get(name: string): PeerGroup | null {
    return this.#groups.get(name)?.group ?? null;
  }

  get all(): readonly PeerGroup[] {
    return [...this.#groups.values()].map(({ group }) => group);
  }

  close(): void {
    for (const { group } of this.#groups.values()) group.close();
  }
}
