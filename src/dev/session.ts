import type { ReloadResult } from '../supervisor/reload.ts';
import type { Worker } from '../children/worker.ts';
import type { AppFault, ChangedMessage, DevState, DevWorkerMessage, PageEvent } from '../wire/dev.ts';
import { ProjectWatch } from './project-watch.ts';
import { Reloader } from './reloader.ts';
import type { Voice } from './voice.ts';

/** The running server, as far as development needs it; the master is one. */
export interface DevServer {
  reload(): Promise<ReloadResult>;
  readonly development: DevServerControl;
}

export interface DevServerControl {
  /** What the gateways do with requests of all apps. */
  showState(state: DevState): void;
  tellPages(event: PageEvent): void;
  /** Asks all workers; gives how many. */
  askWorkers(message: ChangedMessage): number;
}

export interface DevSessionOptions {
  /** Folders of the apps, absolute. */
  readonly projects: readonly string[];
  /** Further files and folders whose change restarts, absolute. */
  readonly extra: readonly string[];
  /** Whether changes are looked for at all. */
  readonly reload: boolean;
  readonly poll: boolean;
  readonly liveReload: boolean;
  readonly voice: Voice;
  readonly warn: (message: string) => void;
}

/** A worker that does not answer is busy with something that a restart is the answer to. */
const ANSWER_MS = 1_000;
/** runserver's order: the notice of migrations comes before the address. The database may be slow, or away. */
const MIGRATIONS_MS = 1_000;

/** One `licorne dev`: what workers and watched files tell, and what follows from it. */
export class DevSession {
  readonly #options: DevSessionOptions;
  readonly #watch: ProjectWatch | null;
  readonly #reloader: Reloader;
  #server: DevServer | null = null;
  #number = 0;
  #answers = new Map<number, { left: number; unhandled: Set<string>; done: () => void }>();
  #migrationsTold: () => void = () => undefined;
  #broken = false;

  constructor(options: DevSessionOptions) {
    this.#options = options;
    this.#reloader = new Reloader({
      target: {
        reload: () => this.#reload(),
        ask: (files) => this.#ask(files),
        show: (state) => this.#server?.development.showState(state),
        tellPages: (event) => this.#server?.development.tellPages(event),
      },
      report: options.voice,
      loading: (now) => this.#watch?.loading(now),
    });
    this.#watch = !options.reload
      ? null
      : new ProjectWatch({
          projects: options.projects,
          extra: options.extra,
          poll: options.poll,
          assets: options.liveReload,
          changed: (path, kind) => this.#reloader.changed(path, kind),
          warn: options.warn,
        });
  }

  /** To be called before the workers are started: what changes while they load is not to be missed. */
  async start(server: DevServer): Promise<void> {
    this.#server = server;
    this.#options.voice.watching(this.#watch?.how ?? null);
    await this.#watch?.start();
  }

  /** An app could not be loaded at the start. */
  bootFailed(fault: AppFault): void {
    this.#options.voice.failed(fault);
    this.#setBroken(true);
    this.#watch?.loading(false);
    this.#reloader.startFailed(fault);
  }

  /** @param what names the apps, for projects that are not Django's. */
  async listening(urls: readonly string[], what: readonly string[]): Promise<void> {
    this.#watch?.loading(false);
    const { voice } = this.#options;
    if (voice.isDjango && !this.#broken) await this.#migrations();
    voice.listening(urls, what);
    this.#reloader.begin();
  }

  heard(worker: Worker, message: DevWorkerMessage): void {
    const { voice } = this.#options;
    if (message.type === 'modules') this.#watch?.modules(message);
    else if (message.type === 'project') voice.project(message);
    else if (message.type === 'migrations') {
      if (worker.state !== 'exited') voice.migrations(message.text);
      this.#migrationsTold();
    } else this.#answered(message.number, message.unhandled);
  }

  close(): void {
    this.#reloader.close();
    this.#watch?.close();
  }

  async #reload(): Promise<{ readonly ms: number } | { readonly fault: AppFault }> {
    const result = await (this.#server?.reload() ?? Promise.reject(new Error('nothing runs')));
    this.#setBroken(!result.ok);
    if (result.ok) return { ms: result.ms };
    const { title, traceback, hint } = result;
    return { fault: { title, traceback, hint } };
  }

  #setBroken(now: boolean): void {
    this.#broken = now;
    this.#watch?.broken(now);
  }

  /** Gives the files that not all workers have seen to. */
  async #ask(files: readonly string[]): Promise<readonly string[]> {
    this.#number += 1;
    const number = this.#number;
    const left = this.#broken
      ? 0
      : (this.#server?.development.askWorkers({ type: 'changed', number, files }) ?? 0);
    if (left === 0) return files;
    const unhandled = new Set<string>();
    const answered = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), ANSWER_MS);
      const done = (): void => {
        clearTimeout(timer);
        resolve(true);
      };
      this.#answers.set(number, { left, unhandled, done });
    });
    this.#answers.delete(number);
    return answered ? [...unhandled] : files;
  }

  #answered(number: number, unhandled: readonly string[]): void {
    const answer = this.#answers.get(number);
    if (answer === undefined) return;
    for (const path of unhandled) answer.unhandled.add(path);
    answer.left -= 1;
    if (answer.left === 0) answer.done();
  }

  async #migrations(): Promise<void> {
    if (this.#options.voice.migrationsKnown) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, MIGRATIONS_MS);
      this.#migrationsTold = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
