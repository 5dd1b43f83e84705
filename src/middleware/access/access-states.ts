import type { ConcurrencySpec, RateSpec } from '../../wire/access-spec.ts';
import { RunningRequests } from './concurrency.ts';
import { rateTables } from './rate-limit.ts';
import type { RateTable } from './rate-table.ts';

/** What a gateway has counted. A new configuration goes on counting where its limits are the old ones. */
export class AccessStates {
  readonly #previous: ReadonlyMap<string, unknown>;
  readonly #states = new Map<string, unknown>();

  constructor(previous: AccessStates | null = null) {
    this.#previous = previous === null ? new Map() : new Map(previous.#states);
  }

  /** @param place which location it is of: each counts for itself. */
  rate(place: string, spec: RateSpec): readonly RateTable[] {
    const { key, limits, burst } = spec;
    return this.#state(`rate ${JSON.stringify([place, key, limits, burst])}`, () => rateTables(spec));
  }

  concurrency(place: string, { key }: ConcurrencySpec): RunningRequests {
    return this.#state(`running ${JSON.stringify([place, key])}`, () => new RunningRequests());
  }

  #state<T>(name: string, make: () => T): T {
    const state = (this.#states.get(name) ?? this.#previous.get(name) ?? make()) as T;
    this.#states.set(name, state);
    return state;
  }
}
