import type { RunDir } from '../children/run-dir.ts';
import type { ServerPlan } from './server-plan.ts';
import type { WorkerChildren } from '../children/worker-children.ts';
import { WorkerProcess } from '../children/worker-process.ts';
import type { SpawnWorker } from './worker-set-options.ts';

/** Starts the workers of a server; no two sockets of theirs ever have the same name. */
export function spawner(
  now: () => { readonly runDir: RunDir; readonly plan: ServerPlan; readonly children: WorkerChildren },
): SpawnWorker {
  let serial = 0;
  return (number, recipe, generation, maxRequests, events) => {
    serial += 1;
    const { runDir, plan, children } = now();
    const at = plan.apps.findIndex(({ worker }) => worker.start.app === recipe.start.app);
    const socket = runDir.workerSocket(at === -1 ? plan.apps.length : at, number, serial);
    return new WorkerProcess(number, generation, socket, recipe, maxRequests, children, events);
  };
}
