import { statSync } from 'node:fs';
import type { PageSets } from '../handlers/page-sets.ts';
import type { Middleware } from '../http/exchange.ts';
import { compileTrust, trusts } from '../http/forwarded.ts';
import { maintenance } from '../middleware/maintenance.ts';
import type { GatewayLocation, GatewaySite, MaintenanceSpec } from '../wire/site-spec.ts';

/** How long what was seen of the file is believed, milliseconds. */
const FILE_MS = 1000;

/** The maintenance of a site, as its locations have it. */
export class SiteMaintenance {
  readonly #spec: MaintenanceSpec;
  readonly #pages: PageSets;
  readonly #isOn: () => boolean;

  constructor({ maintenance: spec }: Pick<GatewaySite, 'maintenance'>, pages: PageSets) {
    this.#spec = spec;
    this.#pages = pages;
    this.#isOn = spec.on || spec.file === '' ? () => spec.on : whileThereIs(spec.file);
  }

  /** Null: there is none, and nothing to ask for each request. */
  of({
    maintenance: said,
    errorPages,
  }: Pick<GatewayLocation, 'maintenance' | 'errorPages'>): Middleware | null {
    const { on, file, page, retrySeconds } = this.#spec;
    if (said === false || (said === null && !on && file === '')) return null;
    const pages = this.#pages.of(page === '' ? errorPages : { ...errorPages, 503: page });
    const trust = compileTrust(this.#spec.allow);
    const fields = retrySeconds === 0 ? [] : ['Retry-After', String(retrySeconds)];
    return maintenance({
      isOn: said === true ? () => true : this.#isOn,
      passes: ({ client, local }) =>
        trusts(trust, client.address) || (trust.unix && local.unix && client.address === ''),
      answer: ({ id }, sink) =>
        pages.respond(sink, 503, 'The site is being worked on. Please come back in a little while.', {
          requestId: id,
          fields,
        }),
    });
  }
}

/** Whether a file exists, looked up once a second at most. */
function whileThereIs(file: string): () => boolean {
  let until = 0;
  let exists = false;
  return () => {
    const now = performance.now();
    if (now < until) return exists;
    until = now + FILE_MS;
    exists = isThere(file);
    return exists;
  };
}

/** A file that this process may not look for is none. */
function isThere(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}
