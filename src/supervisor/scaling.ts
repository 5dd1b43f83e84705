import type { Log } from '../telemetry/log.ts';
import type { ScaledApp } from '../wire/upgrade-control.ts';
import type { Refusal, ScaleResult } from './reload.ts';
import type { Workers } from './workers.ts';

/** The number of workers, as people change it while the server runs. */
export class Scaling {
  readonly #workers: Workers;
  readonly #log: Log;
  readonly #whyNot: () => Refusal | null;

  /** @param whyNot why nothing can be changed now; null: it can. */
  constructor(workers: Workers, log: Log, whyNot: () => Refusal | null) {
    this.#workers = workers;
    this.#log = log;
    this.#whyNot = whyNot;
  }

  /** As many the app shall have from now on. */
  to(app: string, count: number): ScaleResult {
    return this.#whyNot() ?? this.#workers.scaleTo(app, count);
  }

  /** So many more, or less. */
  by(app: string, more: number): ScaleResult {
    return this.#whyNot() ?? this.#workers.scaleBy(app, more);
  }

  /** TTIN (+1) and TTOU (-1): the main app. There is nobody to answer but the log. */
  signalled(more: 1 | -1): void {
    const [main] = this.#workers.names;
    if (main === undefined) return;
    const result = this.by(main, more);
    if (result.ok) return;
    const wish = more === 1 ? 'No worker more (TTIN)' : 'No worker less (TTOU)';
    this.#log.warning(`${wish}: ${result.title} ${result.hint}`.trimEnd());
  }

  /** What was changed by hand, for whoever is to follow this server. */
  get told(): readonly ScaledApp[] {
    return this.#workers.scaled;
  }

  /** The server before this one was told other numbers than its configuration's. They hold, unless this one's configuration says another than that did. */
  inherit(told: readonly ScaledApp[]): void {
    for (const { app, configured, wanted } of told) {
      if (this.#workers.configured(app) !== configured) continue;
      const result = this.to(app, wanted);
      if (!result.ok) this.#log.warning(`${app}: ${result.title} ${result.hint}`.trimEnd());
    }
  }
}
