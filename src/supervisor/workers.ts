import type { ReadyMessage } from '../wire/control.ts';
import type { AppLoad } from '../wire/gateway-control.ts';
import type { ScaledApp } from '../wire/upgrade-control.ts';
import type { AppRecipe } from './app-recipe.ts';
import { asRefusal } from './boot-failure.ts';
import { replaceGeneration, type Successor } from './generation.ts';
import { type OnReloadProgress, refusal, type Refusal, type ScaleResult } from './reload.ts';
import type { AppStatus } from './status.ts';
import type { SupervisedApp } from './supervised-app.ts';
import type { Worker } from '../children/worker.ts';

const WORKERS_MAX = 1024;

/** The workers of all apps. */
export class Workers {
  /** Those that are on their way out, too. */
  #apps: readonly SupervisedApp[];

  /** @param apps the main one first. */
  constructor(apps: readonly SupervisedApp[]) {
    this.#apps = apps;
  }

  get all(): readonly Worker[] {
    return this.#apps.flatMap((app) => app.set.all);
  }

  get names(): readonly string[] {
    return this.#active.map((app) => app.name);
  }

  /** Of each app, what the last worker that became ready said. */
  get said(): readonly (readonly [app: string, said: ReadyMessage | null])[] {
    return this.#active.map((app) => [app.name, app.set.readyMessage]);
  }

  /** How many serve. */
  get serving(): number {
    return this.#active.reduce((sum, app) => sum + app.set.serving.length, 0);
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
    return this.#active.map((app) => app.status());
  }

  /** So many workers more or less, never none. */
  scaleBy(name: string, more: number): ScaleResult {
    const app = this.#active.find((one) => one.name === name);
    return this.scaleTo(name, (app?.fewest ?? 0) + more);
  }

  /** How many workers the configuration gives an app; null: there is no such app. */
  configured(name: string): number | null {
    return this.#active.find((app) => app.name === name)?.set.recipe.workers ?? null;
  }

  /** Those that somebody has given another number. */
  get scaled(): readonly ScaledApp[] {
    return this.#active
      .map(({ name, fewest, set }) => ({ app: name, configured: set.recipe.workers, wanted: fewest }))
      .filter(({ configured, wanted }) => configured !== wanted);
  }

  scaleTo(name: string, count: number): ScaleResult {
    const app = this.#active.find((one) => one.name === name);
    if (app === undefined) return refusal(`There is no app ${name}.`, `Apps: ${this.#names}`);
    if (!Number.isInteger(count) || count < 1 || count > WORKERS_MAX)
      return refusal(`There can't be ${count} workers.`, `From 1 to ${WORKERS_MAX} are possible.`);
    return app.scaleTo(count) ?? { ok: true, workers: count };
  }

  /** Replaces a worker that can't go on, ready first. @param reason the end of a sentence that begins with the worker. */
  replaceStuck(pid: number, reason: string): void {
    for (const app of this.#apps) if (app.replaceStuck(pid, reason)) return;
  }

  /** More apps; their workers are started by `replaceAll`. */
  admit(apps: readonly SupervisedApp[]): void {
    this.#apps = [...this.#apps.filter((app) => !app.retired || !app.set.empty), ...apps];
  }

  /** These apps are not served any more; their workers finish what they run. */
  dismiss(names: readonly string[]): void {
    for (const app of this.#active) if (names.includes(app.name)) app.retire();
  }

  /** Gives every app that has a recipe new workers. Resolves with what went wrong, or null. */
  async replaceAll(recipes: readonly AppRecipe[], onProgress: OnReloadProgress): Promise<Refusal | null> {
    const successors = this.#active.flatMap((app) => {
      const recipe = recipes.find(({ worker }) => worker.start.app === app.name);
      return recipe === undefined ? [] : [{ app, recipe, before: app.set.recipe }];
    });
    for (const { app } of successors) app.reloading();
    const failure = await replaceGeneration(
      successors.map(({ app, recipe }): Successor => ({ set: app.set, recipe })),
      onProgress,
    );
    for (const { app, before } of successors) app.reloaded(before);
    return failure === null ? null : asRefusal(failure);
  }

  /** The workers go on; how many there are, and when one has had enough, is said anew. */
  limit(recipes: readonly AppRecipe[]): void {
    for (const recipe of recipes)
      this.#active.find((app) => app.name === recipe.worker.start.app)?.limit(recipe);
  }

  leaving(): void {
    for (const app of this.#apps) app.set.leaving();
  }

  ending(): void {
    for (const app of this.#apps) app.set.ending();
  }

  load(gateway: number, loads: readonly AppLoad[]): void {
    for (const load of loads) this.#active.find((app) => app.name === load.app)?.load(gateway, load);
  }

  linked(): void {
    for (const app of this.#apps) app.set.linked();
  }

  /**
   * @param leaving whether the gateway is on its way out, and gives up its links for that.
   * @param hung what the worker still has of it was given up.
   */
  released(pid: number, gateway: number, leaving = false, hung = false): void {
    for (const app of this.#apps) app.set.released(pid, gateway, leaving, hung);
  }

  /** The worker is to write down where in Python a request is. */
  askStack(pid: number, requestId: string, reason: string): void {
    for (const app of this.#apps) app.askStack(pid, requestId, reason);
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
    return this.names.join(', ');
  }

  get #active(): readonly SupervisedApp[] {
    return this.#apps.filter((app) => !app.retired);
  }
}
