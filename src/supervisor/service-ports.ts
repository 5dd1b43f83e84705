import type { ServiceLeft, ServicePort } from '../wire/service-control.ts';

/** A gateway, as far as it has to know where services are. */
export interface ServiceClient {
  /** Where a service is asked from now on. */
  service(message: ServicePort): void;
}

/** What is told of one service. */
interface Told extends ServicePort {
  /** Gateways that have, or may have, a request there. */
  readonly clients: Set<ServiceClient>;
}

/** Where each service listens, for every gateway that there is and will be; and which gateways have requests where one was. */
export class ServicePorts {
  readonly #clients = new Set<ServiceClient>();
  readonly #now = new Map<string, Told>();
  /** By opening: those that are not asked any more. */
  readonly #leaving = new Map<number, { readonly told: Told; readonly done: () => void }>();
  #openings = 0;

  /** A gateway has been started. */
  follow(client: ServiceClient): void {
    this.#clients.add(client);
    for (const told of this.#now.values()) this.#tell(client, told);
  }

  /** It is gone, and so are its requests. */
  forget(client: ServiceClient): void {
    this.#clients.delete(client);
    for (const told of this.#now.values()) told.clients.delete(client);
    for (const opening of this.#leaving.keys()) this.#gone(opening, client);
  }

  /** A gateway has no request any more where a service was. */
  left(client: ServiceClient, { opening }: ServiceLeft): void {
    this.#gone(opening, client);
  }

  /** The service is asked there from now on. Resolves when nobody asks where it was before. */
  open(name: string, port: number): Promise<void> {
    return this.#change(name, port, true);
  }

  /**
   * The service is not asked any more. Resolves when nobody asks where it was.
   * @param coming whether requests are to wait for it; else they are answered with 503.
   */
  close(name: string, coming: boolean): Promise<void> {
    return this.#change(name, 0, coming);
  }

  #change(name: string, port: number, coming: boolean): Promise<void> {
    const before = this.#now.get(name);
    this.#openings += 1;
    const told: Told = { type: 'service', name, opening: this.#openings, port, coming, clients: new Set() };
    this.#now.set(name, told);
    for (const client of this.#clients) this.#tell(client, told);
    if (before === undefined || before.clients.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#leaving.set(before.opening, { told: before, done: resolve });
    });
  }

  #tell(client: ServiceClient, told: Told): void {
    if (told.port !== 0) told.clients.add(client);
    const { clients: _, ...message } = told;
    client.service(message);
  }

  #gone(opening: number, client: ServiceClient): void {
    const leaving = this.#leaving.get(opening);
    if (leaving === undefined) return;
    leaving.told.clients.delete(client);
    if (leaving.told.clients.size > 0) return;
    this.#leaving.delete(opening);
    leaving.done();
  }
}
