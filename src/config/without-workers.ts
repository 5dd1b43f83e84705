import { MAIN_APP } from './apps.ts';
import { APP_SETTING_NAMES, OPTIONS, SETTING_NAMES } from './options.ts';
import type { Resolution } from './resolve.ts';
import type { Site } from './site.ts';

/** What of another configuration can hold while every worker goes on. */
export interface WithoutWorkers {
  /** The other configuration, with what the workers were started with as it was. */
  readonly resolution: Resolution;
  /** Options that are different in it and need new workers: `threads`, `apps.second.target`. */
  readonly waiting: readonly string[];
  /** Options that are different, and hold. */
  readonly changed: readonly string[];
}

type Values = Readonly<Record<string, unknown>>;

/** @param held what holds now. */
export function withoutWorkers(held: Resolution, next: Resolution): WithoutWorkers {
  const waiting: string[] = [];
  const changed: string[] = [];
  const keep = <T>(
    names: readonly (keyof T & keyof typeof OPTIONS)[],
    before: T,
    after: T,
    prefix: string,
  ): T => {
    const kept: Record<string, unknown> = { ...(after as Values) };
    for (const name of names) {
      if (same(before[name], after[name])) continue;
      const { reload } = OPTIONS[name];
      if (reload === 'workers') {
        kept[name] = before[name];
        // What applications share is told once.
        if (!waiting.includes(name)) waiting.push(`${prefix}${name}`);
      } else if (reload !== 'restart' && !changed.includes(name)) changed.push(`${prefix}${name}`);
    }
    return kept as T;
  };
  const settings = keep(SETTING_NAMES, held.settings, next.settings, '');
  const apps = next.apps.map((app) => {
    const before = held.apps.find(({ name }) => name === app.name);
    if (before === undefined) return app;
    const prefix = app.name === MAIN_APP ? '' : `apps.${app.name}.`;
    return { ...app, settings: keep(APP_SETTING_NAMES, before.settings, app.settings, prefix) };
  });
  if (!same(held.sites.map(saidOf), next.sites.map(saidOf))) changed.push('site');
  return { resolution: { ...next, settings, apps }, waiting, changed };
}

/** What was said of it, without the places in the file: lines move. Options that it has values of are told by their own names. */
function saidOf({ hosts, isDefault, app, said, locations }: Site): object {
  const own = locations.filter(({ fromSetting }) => !fromSetting);
  return { hosts, isDefault, app, said, locations: own.map((location) => location.said) };
}

/** As far as values of settings go: texts, numbers, lists and maps of them. */
function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
