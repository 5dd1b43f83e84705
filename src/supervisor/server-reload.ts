import type { AppRecipe } from './app-recipe.ts';
import { asRefusal } from './boot-failure.ts';
import type { FoundFilesOf } from './gateway-process.ts';
import type { GatewaySet } from './gateway-set.ts';
import { keepWorkers, type KeptWorkers } from './kept-workers.ts';
import type { ListeningSockets, ServedSocket } from './listening-sockets.ts';
import type { MasterHooks } from '../children/master-hooks.ts';
import type { MasterOptions } from './master-options.ts';
import { type NextSockets, nextSockets } from './next-sockets.ts';
import { goesOn, type OnReloadProgress, refusal, type Refusal, type ReloadResult } from './reload.ts';
import { reloadChanges } from './reload-changes.ts';
import type { ReloadScope } from './reload-scope.ts';
import type { ServerPlan } from './server-plan.ts';
import type { SupervisedApp } from './supervised-app.ts';
import type { Workers } from './workers.ts';

/** The parts of a server that a reload has to do with. */
export interface ReloadableServer {
  /** What holds now. */
  readonly plan: ServerPlan;
  readonly options: Pick<
    MasterOptions,
    'log' | 'errorOutput' | 'replan' | 'onRefused' | 'dev' | 'serviceKeeper'
  >;
  readonly sockets: ListeningSockets;
  readonly hooks: MasterHooks;
  readonly workers: Workers;
  readonly gateways: GatewaySet;
  stopping(): boolean;
  /** Standard error of workers and their like is this file from now on. */
  readonly pointChildren: (errorLog: string) => void;
  /** Looks after another app from now on; no worker is started. */
  supervise(recipe: AppRecipe): SupervisedApp;
  /** The plan holds from now on. */
  adopt(plan: ServerPlan): void;
}

/**
 * Reads the configuration and loads the apps anew, in an order in which each step may fail and leave what serves as it was: the configuration is
 * read, new addresses are bound, every app gets its next generation of workers, new apps included; then the gateways are configured anew (or others
 * take their place, when they have to listen elsewhere), and at the end that goes which is not wanted any more.
 */
export async function reloadServer(
  server: ReloadableServer,
  scope: ReloadScope,
  onProgress: OnReloadProgress,
): Promise<ReloadResult> {
  const { workers, options } = server;
  const began = performance.now();
  const next = await options.replan(scope);
  if (!next.ok) return refused(server, next);
  const kept = scope === 'configuration' ? keepWorkers(server.plan.apps, next.plan.apps) : null;
  const plan: ServerPlan = kept === null ? next.plan : { ...next.plan, apps: kept.apps };
  const sockets = await nextSockets(
    { ...server.plan, sockets: server.sockets.all },
    plan,
    server.sockets.options,
  );
  if (!sockets.ok) return refused(server, sockets);
  const added = plan.apps
    .filter(({ worker }) => !workers.names.includes(worker.start.app))
    .map((recipe) => server.supervise(recipe));
  for (const app of added) app.booted();
  workers.admit(added);
  // Nobody starts the programs anew that he works on in Python.
  const services = await options.serviceKeeper.successors(
    plan.services,
    kept === null && options.dev === null,
  );
  const recipes = kept === null ? plan.apps : added.map(({ set }) => set.recipe);
  const failure =
    (services.fault === null ? null : refusal(services.fault)) ??
    (await newWorkers(server, plan, recipes, onProgress)) ??
    (await gatewaysFollow(server, plan, sockets));
  if (failure !== null) {
    services.abandon();
    sockets.abandon();
    workers.dismiss(added.map(({ name }) => name));
    return refused(server, failure);
  }
  const names = kept === null ? [] : changedNames(next.changed, kept);
  const changes = [...changesOf(server, plan, sockets, names), ...services.take()];
  const faults = moveLog(server, plan);
  server.sockets.adopt(sockets.sockets);
  server.adopt(plan);
  sockets.take();
  const served = new Set(plan.apps.map(({ worker }) => worker.start.app));
  workers.dismiss(workers.names.filter((name) => !served.has(name)));
  if (kept !== null) workers.limit(plan.apps);
  const ms = performance.now() - began;
  const count = workers.serving;
  const warnings = [...next.warnings, ...(kept?.warnings ?? []), ...faults];
  // A developer is told in other words, here and of what fails.
  if (options.dev === null) {
    options.log.info(
      `${kept === null ? reloadedText(count, plan.apps.length) : CONFIGURED} in ${seconds(ms)}`,
    );
    for (const change of changes) options.log.info(change);
    for (const warning of warnings) options.log.warning(warning.trimEnd());
  }
  return { ok: true, scope, ms, workers: count, apps: plan.apps.length, warnings, changes };
}

/** These apps get workers of a new generation. */
async function newWorkers(
  { hooks, workers }: ReloadableServer,
  plan: ServerPlan,
  recipes: readonly AppRecipe[],
  onProgress: OnReloadProgress,
): Promise<Refusal | null> {
  if (recipes.length === 0) return null;
  const failure = await hooks.reloading(plan.apps.map(({ worker }) => worker));
  return failure === null ? workers.replaceAll(recipes, onProgress) : asRefusal(failure);
}

function reloadedText(workers: number, apps: number): string {
  if (apps === 0) return 'Reloaded: there is no application';
  if (workers === 0) return 'Reloaded: the next request starts the new code';
  return `Reloaded: ${workers} new ${workers === 1 ? 'worker' : 'workers'}`;
}

const CONFIGURED = 'Configuration reloaded: the workers go on';

/** Gives what could not be had. */
function moveLog({ options, pointChildren, plan: before }: ReloadableServer, plan: ServerPlan): string[] {
  const { log, errorOutput } = options;
  const { error_log, log_level, log_format } = plan.settings;
  log.configure({ level: log_level, format: log_format });
  if (error_log === before.settings.error_log) return [];
  try {
    errorOutput.redirect(error_log);
    // Those that write to a file already stay with it until they are replaced, when it is standard error that is wanted.
    if (error_log !== '-') pointChildren(error_log);
    return [];
  } catch (error) {
    return [`error_log: ${error instanceof Error ? error.message : String(error)}`];
  }
}

async function gatewaysFollow(
  server: ReloadableServer,
  plan: ServerPlan,
  { sockets, changed }: { readonly sockets: readonly ServedSocket[]; readonly changed: boolean },
): Promise<Refusal | null> {
  const { gateways, workers } = server;
  if (server.stopping()) return STOPPING;
  const found: FoundFilesOf = new Map(
    workers.said.map(([app, message]) => [app, plan.foundStatic(app, message?.static ?? null)]),
  );
  try {
    server.options.errorOutput.accompany([plan.settings.access_log]);
  } catch (error) {
    return refusal(`A log file cannot be opened: ${error instanceof Error ? error.message : String(error)}`);
  }
  plan.gateway.tls.adopt(plan.tls);
  if (!gatewaysRenewed(server.plan, plan, changed)) {
    await gateways.configure(plan.gateway, found);
    return null;
  }
  const fault = await gateways.renew(plan.gateway, sockets, plan.gateways, found);
  if (fault !== null) server.plan.gateway.tls.adopt(server.plan.tls);
  return fault === null ? null : refusal(`The new gateways could not be started: ${fault}`);
}

/** Whether other gateways take the place of those that are there. */
function gatewaysRenewed(before: ServerPlan, plan: ServerPlan, socketsChanged: boolean): boolean {
  return (
    socketsChanged || plan.gateways !== before.gateways || plan.settings.backlog !== before.settings.backlog
  );
}

/** What is different from before, a line each. */
function changesOf(
  { plan: before, sockets: { all } }: ReloadableServer,
  plan: ServerPlan,
  { sockets, changed }: NextSockets,
  names: readonly string[],
): readonly string[] {
  const lines = [
    ...names.map((name) => `Changed: ${name}`),
    ...reloadChanges({ plan: before, sockets: all }, { plan, sockets }),
  ];
  if (gatewaysRenewed(before, plan, changed))
    lines.push(
      `Other gateways listen: WebSockets and downloads that are open have up to ${plan.settings.graceful_timeout} s (graceful_timeout)`,
    );
  return lines;
}

/** Without what has lines of its own, and what stayed. */
function changedNames(names: readonly string[], { stays }: KeptWorkers): readonly string[] {
  return names.filter((name) => name !== 'bind' && !/(^|\.)workers$/.test(name) && !stays(name));
}

const STOPPING = refusal('The server is stopping.');

function refused(server: ReloadableServer, result: Refusal): Refusal {
  server.options.onRefused();
  // What fails then fails for that reason, and nobody has to mend it.
  if (server.stopping()) return STOPPING;
  if (server.options.dev !== null) return result;
  const { title, traceback, hint } = result;
  const detail = [traceback.trimEnd(), hint].filter((part) => part !== '').map((part) => `\n${part}`);
  server.options.log.error(`The reload failed, the server goes on as before: ${title}${detail.join('')}`);
  return goesOn(result);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 0)} s`;
}
