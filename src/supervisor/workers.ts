import type { Log } from '../telemetry/log.ts';
import type { FailedMessage } from '../wire/control.ts';
import type { AppLoad } from '../wire/gateway-control.ts';
import type { AppRecipe } from './app-recipe.ts';
import { asRefusal } from './boot-failure.ts';
import { replaceGeneration, type Successor } from './generation.ts';
import { type OnReloadProgress, refusal, type ReloadResult, type ScaleResult } from './reload.ts';
import type { AppStatus } from './status.ts';
import type { SupervisedApp } from './supervised-app.ts';
import type { Worker } from './worker.ts';

const WORKERS_MAX = 1024;

/** The workers of all apps. */
export class Workers {
  readonly #apps: readonly SupervisedApp[];
  readonly #log: Log;

  /** @param apps the main one first. */
  constructor(apps: readonly SupervisedApp[], log: Log) {
    this.#apps = apps;
    this.#log = log;
  }

  get all(): readonly Worker[] {
    return this.#apps.flatMap((app) => app.set.all);
  }

  get empty(): boolean {
    return this.#apps.every((app) => app.set.empty);
  }

  get allReady(): boolean {
    return this.#apps.every((app) => app.set.allReady);
  }

  start(): void {
    for (const app of this.#apps) app.set.start();
  }

  booted(): void {
    for (const app of this.#apps) app.booted();
  }

  status(): readonly AppStatus[] {
    return this.#apps.map((app) => app.status());
  }

  /** One worker more or less for the main app, never none. */
  scale(by: 1 | -1): void {
    const [main] = this.#apps;
    if (main === undefined) return;
    const count = main.set.wanted + by;
    if (count >= 1 && count <= WORKERS_MAX) main.scaleTo(count);
  }

  scaleTo(name: string, count: number): ScaleResult {
    const app = this.#apps.find((one) => one.name === name);
    if (app === undefined) return refusal(`There is no app ${name}.`, `Apps: ${this.#names}`);
    if (!Number.isInteger(count) || count < 1 || count > WORKERS_MAX)
      return refusal(`There can't be ${count} workers.`, `From 1 to ${WORKERS_MAX} are possible.`);
    app.scaleTo(count);
    return { ok: true, workers: count };
  }

  /** Replaces one worker, ready first. @param reason the end of a sentence that begins with the worker. */
  replace(pid: number, reason: string): void {
    for (const app of this.#apps) if (app.replace(pid, reason)) return;
  }

  /** Gives every app new workers. @param begin what is to be done before; it may say why not. */
  async reload(
    recipeOf: (app: string) => Promise<AppRecipe>,
    begin: (recipes: readonly AppRecipe[]) => Promise<FailedMessage | null>,
    onProgress: OnReloadProgress,
  ): Promise<ReloadResult> {
    const began = performance.now();
    const successors: Successor[] = [];
    try {
      for (const app of this.#apps) successors.push({ set: app.set, recipe: await recipeOf(app.name) });
    } catch (error) {
      return this.#refused(refusal(error instanceof Error ? error.message : String(error)));
    }
    const refused = await begin(successors.map(({ recipe }) => recipe));
    if (refused !== null) return this.#refused(asRefusal(refused));
    const before = new Map(this.#apps.map((app) => [app, app.set.recipe]));
    for (const app of this.#apps) app.reloading();
    const failure = await replaceGeneration(successors, onProgress);
    for (const [app, recipe] of before) app.reloaded(recipe);
    if (failure !== null) return this.#refused(asRefusal(failure));
    const ms = performance.now() - began;
    const workers = this.#apps.reduce((sum, app) => sum + app.set.serving.length, 0);
    this.#log.info(`Reloaded: ${workers} new ${workers === 1 ? 'worker' : 'workers'} in ${seconds(ms)}`);
    return { ok: true, ms, workers };
  }

  leaving(): void {
    for (const app of this.#apps) app.set.leaving();
  }

  ending(): void {
    for (const app of this.#apps) app.set.ending();
  }

  load(gateway: number, loads: readonly AppLoad[]): void {
    for (const load of loads) this.#apps.find((app) => app.name === load.app)?.load(gateway, load);
  }

  linked(): void {
    for (const app of this.#apps) app.set.linked();
  }

  released(pid: number, gateway: number): void {
    for (const app of this.#apps) app.set.released(pid, gateway);
  }

  /** The worker is to write down where in Python a request is. */
  askStack(pid: number, requestId: string): void {
    this.all.find((worker) => worker.pid === pid)?.writeStack(requestId);
  }

  gatewayGone(gateway: number): void {
    for (const app of this.#apps) app.gatewayGone(gateway);
  }

  stopAll(withinMs: number): void {
    for (const app of this.#apps) {
      app.end();
      app.set.stopAll(withinMs);
    }
  }

  cut(): void {
    for (const app of this.#apps) app.set.cut();
  }

  quit(): void {
    for (const app of this.#apps) app.set.quit();
  }

  kill(): void {
    for (const app of this.#apps) app.set.kill();
  }

  reopen(errorLog: string): void {
    for (const app of this.#apps) app.set.reopen(errorLog);
  }

  get #names(): string {
    return this.#apps.map((app) => app.name).join(', ');
  }

  #refused(result: ReloadResult & { ok: false }): ReloadResult {
    const { title, traceback, hint } = result;
    const detail = [traceback.trimEnd(), hint].filter((part) => part !== '').map((part) => `\n${part}`);
    this.#log.error(`The reload failed, the workers stay as they are: ${title}${detail.join('')}`);
    return result;
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 0)} s`;
}
