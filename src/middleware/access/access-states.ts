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

  rate(spec: RateSpec): readonly RateTable[] {
    const { counter, key, limits, burst } = spec;
    return this.#state(`rate ${JSON.stringify([counter, key, limits, burst])}`, () => rateTables(spec));
  }

  concurrency({ counter, key }: ConcurrencySpec): RunningRequests {
    return this.#state(`running ${JSON.stringify([counter, key])}`, () => new RunningRequests());
  }

  #state<T>(name: string, make: () => T): T {
    const state = (this.#states.get(name) ?? this.#previous.get(name) ?? make()) as T;
    this.#states.set(name, state);
    return state;
  }
}
