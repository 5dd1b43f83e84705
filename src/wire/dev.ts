/** What the processes tell each other for a developer; none of it is said in production. See docs/internals/wire.md. */

/** What is wrong with an app that could not be loaded. */
export interface AppFault {
  /** In one line. */
  readonly title: string;
  /** May be empty. */
  readonly traceback: string;
  /** What to do about it; may be empty. */
  readonly hint: string;
}

/** What the gateways do with the requests of an app. */
export type DevState =
  | { readonly kind: 'open' }
  /** Something has changed: requests wait for the code that comes. */
  | { readonly kind: 'hold' }
  /** Requests are answered with what is wrong. */
  | { readonly kind: 'fault'; readonly fault: AppFault };

/** What open pages are told: load yourself again, or only these style sheets (names without folders). */
export type PageEvent =
  | { readonly kind: 'reload' }
  | { readonly kind: 'css'; readonly names: readonly string[] };

/** In the gateway's `start`. */
export interface DevGateway {
  /** Pages get a script that loads them again. */
  readonly liveReload: boolean;
  /** Lines of the access log look like runserver's; null: as configured. */
  readonly runserverLines: { readonly color: boolean } | null;
  readonly color: boolean;
}

/** In the worker's `start`. */
export interface DevWorker {
  /** Django's system checks are made before it is ready. */
  readonly checks: boolean;
  /** Django's finders are told without DEBUG, too. */
  readonly insecure: boolean;
  readonly color: boolean;
  /** As runserver, without DEBUG nothing is served unless ALLOWED_HOSTS says for whom. */
  readonly hosts: boolean;
}

/** Worker to master: files that it runs on (absolute paths), and folders with a pattern whose files its app watches. Each is told once. */
export interface ModulesMessage {
  readonly type: 'modules';
  readonly files: readonly string[];
  readonly globs: readonly (readonly [folder: string, glob: string])[];
}

/** Worker to master, before `ready`: what a Django project is and what its checks found. */
export interface ProjectMessage {
  readonly type: 'project';
  readonly framework: string;
  readonly version: string;
  /** Module. */
  readonly settings: string;
  /** As Django prints it, perhaps with colours; empty when the checks were skipped. */
  readonly checks: string;
}

/** Worker to master, a while after `ready`: runserver's notice of unapplied migrations; empty when there is none. */
export interface MigrationsMessage {
  readonly type: 'migrations';
  readonly text: string;
}

/** Master to worker: files have changed that a pattern of `modules` fits. Worker to master, in answer: those that ask for a restart. */
export interface ChangedMessage {
  readonly type: 'changed';
  readonly number: number;
  readonly files: readonly string[];
}

export interface ChangedAnswer {
  readonly type: 'changed';
  readonly number: number;
  readonly unhandled: readonly string[];
}

export type DevWorkerMessage = ModulesMessage | ProjectMessage | MigrationsMessage | ChangedAnswer;
