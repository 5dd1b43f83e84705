import type { HealthReport } from '../handlers/health.ts';

/** What this gateway knows of an app. */
export interface HealthApp {
  readonly name: string;
  /** Whether a worker of it takes requests. */
  readonly ready: boolean;
  /** It may be without a worker until somebody asks for it. */
  readonly onDemand: boolean;
}

/** Whether clients should be sent here, as this gateway sees it; the gateways of a server may differ for a moment. */
export class Health implements HealthReport {
  /** The ordinary listeners are open. */
  serving = false;
  /** The server is going to stop. */
  leaving = false;
  readonly #apps: () => readonly HealthApp[];

  constructor(apps: () => readonly HealthApp[]) {
    this.#apps = apps;
  }

  get reasons(): readonly string[] {
    if (this.leaving) return ['the server is stopping'];
    if (!this.serving) return ['the server is starting'];
    return this.#apps()
      .filter((app) => !app.ready && !app.onDemand)
      .map((app) => `no worker of ${app.name} is ready`);
  }
}
