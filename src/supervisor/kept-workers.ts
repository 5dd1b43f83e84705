import { MAIN_APP } from '../config/apps.ts';
import type { AppRecipe } from './app-recipe.ts';
import type { WorkerRecipe } from '../children/worker-process.ts';

/** Apps whose workers all go on, with other limits perhaps. */
export interface KeptWorkers {
  readonly apps: readonly AppRecipe[];
  /** What the workers do without until they are replaced, for the person who asked, each as it is shown. */
  readonly warnings: readonly string[];
  /** Whether an option, as `workers` or `apps.second.workers`, is as it was. */
  readonly stays: (name: string) => boolean;
}

/** What workers are told at their start that others follow at once: the name of the option, and what was told. */
const TOLD = {
  log_level: (start) => start.log_level,
  log_format: (start) => start.log_format,
  graceful_timeout: (start) => start.graceful_timeout,
  ws_max_size: (start) => start.ws_max_size,
} as const satisfies Readonly<Record<string, (start: WorkerRecipe['start']) => unknown>>;

/** Those of `next`; apps that are there already are started as before, so that a worker that dies is followed by one like it. */
export function keepWorkers(current: readonly AppRecipe[], next: readonly AppRecipe[]): KeptWorkers {
  const warnings = new Set<string>();
  const staying = new Set<string>();
  const apps = next.map((recipe) => {
    const before = current.find(({ worker }) => nameOf(worker) === nameOf(recipe.worker));
    if (before === undefined) return recipe;
    for (const warning of missed(before.worker, recipe.worker)) warnings.add(warning);
    const kept = { ...recipe, worker: before.worker };
    if (recipe.worker.start.multiprocess === before.worker.start.multiprocess) return kept;
    const prefix = nameOf(before.worker) === MAIN_APP ? '' : `apps.${nameOf(before.worker)}.`;
    for (const name of ['workers', 'workers_max']) staying.add(`${prefix}${name}`);
    warnings.add(
      `licorne: warning: the number of workers of \`${nameOf(before.worker)}\` stays: whether there is one or more is told to the application (wsgi.multiprocess), so this takes effect with \`licorne reload\`; \`licorne scale\` changes it at once\n`,
    );
    return { ...kept, workers: before.workers, workersMax: before.workersMax };
  });
  return { apps, warnings: [...warnings], stays: (name) => staying.has(name) };
}

/** What of another recipe a worker that goes on does not have. Its options are the same, as far as they need new workers. */
function* missed(before: WorkerRecipe, after: WorkerRecipe): Generator<string> {
  const told = Object.entries(TOLD).filter(([, of]) => of(before.start) !== of(after.start));
  for (const [name] of told)
    yield `licorne: warning: \`${name}\` was changed: the workers that run go on with what they were told; it takes effect there with \`licorne reload\`\n`;
  if (JSON.stringify(before.env) !== JSON.stringify(after.env))
    yield 'licorne: warning: the environment files (`env_file`) hold something else now: it takes effect with `licorne reload`, which replaces the workers\n';
  if (before.python !== after.python)
    yield `licorne: warning: Python is ${after.python} now: it takes effect with \`licorne reload\`, which replaces the workers\n`;
}

function nameOf({ start }: WorkerRecipe): string {
  return start.app;
}
