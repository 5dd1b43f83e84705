import type { ServedSocket } from './listening-sockets.ts';
import type { ServerPlan } from './server-plan.ts';

/** What a server is, as far as a reload tells of it. */
interface Served {
  readonly plan: Pick<ServerPlan, 'apps'>;
  readonly sockets: readonly ServedSocket[];
}

/** What another configuration has changed, a line each: addresses, applications, and how many workers these have. */
export function reloadChanges(before: Served, after: Served): readonly string[] {
  const [urlsBefore, urlsAfter] = [urlsOf(before), urlsOf(after)];
  const [appsBefore, appsAfter] = [workersOf(before), workersOf(after)];
  return [
    ...urlsAfter.filter((url) => !urlsBefore.includes(url)).map((url) => `Listening on ${url}`),
    ...urlsBefore.filter((url) => !urlsAfter.includes(url)).map((url) => `No longer listening on ${url}`),
    ...[...appsAfter.keys()].filter((app) => !appsBefore.has(app)).map((app) => `New application: ${app}`),
    ...[...appsBefore.keys()].filter((app) => !appsAfter.has(app)).map((app) => `No longer served: ${app}`),
    ...[...appsAfter].flatMap(([app, workers]) => {
      const had = appsBefore.get(app) ?? workers;
      return had === workers ? [] : [`${app}: workers from ${had} to ${workers}`];
    }),
  ];
}

function urlsOf({ sockets }: Served): readonly string[] {
  return sockets.map(({ url }) => url);
}

function workersOf({ plan }: Served): ReadonlyMap<string, number> {
  return new Map(plan.apps.map(({ worker, workers }) => [worker.start.app, workers]));
}
