import type { ServiceChange, ServiceKeeper } from '../supervisor/service-keeper.ts';
import { sameService, type ServiceSpec } from '../supervisor/service-spec.ts';
import type { ServiceStatus } from '../supervisor/status.ts';
import { RunningService, type RunningServiceOptions, type Successor } from './running-service.ts';

/** One of the services that a reload has something new for. */
interface Change {
  readonly service: RunningService;
  readonly successor: Successor;
  readonly line: string;
  readonly isNew: boolean;
}

/** All services of a server: started with it, replaced by reloads, ended after its gateways. */
export class KeptServices implements ServiceKeeper {
  readonly #options: RunningServiceOptions;
  #services: readonly RunningService[];
  /** Not asked any more, or not yet. */
  readonly #others = new Set<RunningService>();
  #settled = false;
  #over = false;

  constructor(specs: readonly ServiceSpec[], options: RunningServiceOptions) {
    this.#options = options;
    this.#services = specs.map((spec) => new RunningService(spec, options));
  }

  get settled(): boolean {
    return this.#settled || this.#services.length === 0;
  }

  get status(): readonly ServiceStatus[] {
    return this.#services.map((service) => service.status);
  }

  start(onSettled: () => void): void {
    for (const service of this.#services) void service.start();
    void Promise.all(this.#services.map((service) => service.settled)).then(() => {
      this.#settled = true;
      onSettled();
    });
  }

  async successors(specs: readonly ServiceSpec[], all: boolean): Promise<ServiceChange> {
    const wanted = await Promise.all(specs.map((spec) => this.#changed(spec, all)));
    const changes = wanted.filter((change) => change !== null);
    return {
      fault: changes.find(({ successor }) => successor.fault !== null)?.successor.fault ?? null,
      take: () => this.#take(specs, changes),
      abandon: () => {
        for (const { successor, service } of changes) {
          successor.abandon();
          this.#others.delete(service);
        }
      },
    };
  }

  async stop(withinMs: number): Promise<void> {
    this.#over = true;
    await Promise.all([...this.#services, ...this.#others].map((service) => service.stop(withinMs)));
  }

  kill(): void {
    this.#over = true;
    for (const service of [...this.#services, ...this.#others]) service.kill();
  }

  /** Null: it goes on as it is. */
  async #changed(spec: ServiceSpec, all: boolean): Promise<Change | null> {
    const known = this.#services.find((service) => service.spec.name === spec.name);
    const same = known !== undefined && sameService(known.spec, spec);
    if (same && !all) return null;
    // What fails already is no reason not to reload the rest.
    if (same && known.status.state !== 'ready') {
      known.hurry();
      return null;
    }
    const isNew = known === undefined;
    const service = known ?? new RunningService(spec, this.#options);
    if (isNew) this.#others.add(service);
    const line = `${isNew ? 'New service' : same ? 'Service started anew' : 'Changed service'}: ${spec.name}`;
    return { service, successor: await service.successor(spec), line, isNew };
  }

  #take(specs: readonly ServiceSpec[], changes: readonly Change[]): readonly string[] {
    const names = new Set(specs.map(({ name }) => name));
    const gone = this.#services.filter(({ spec }) => !names.has(spec.name));
    const added = changes.filter(({ isNew }) => isNew).map(({ service }) => service);
    this.#services = [...this.#services.filter((service) => !gone.includes(service)), ...added];
    for (const service of added) this.#others.delete(service);
    for (const { successor } of changes) successor.take();
    for (const service of gone) void this.#retire(service);
    return [...changes.map(({ line }) => line), ...gone.map(({ spec }) => `No longer run: ${spec.name}`)];
  }

  async #retire(service: RunningService): Promise<void> {
    this.#others.add(service);
    await (this.#over ? service.stop() : service.retire());
    this.#others.delete(service);
  }
}
