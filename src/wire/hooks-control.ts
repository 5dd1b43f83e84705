/** Messages of the control channel between master and the process that runs the master's hooks; see docs/internals/wire.md. */
import type { FailedMessage, ReopenMessage, StartMessage } from './control.ts';

/** Hooks that belong to the master. */
export type MasterHook =
  | 'on_starting'
  | 'on_reload'
  | 'when_ready'
  | 'pre_fork'
  | 'child_exit'
  | 'nworkers_changed'
  | 'pre_exec'
  | 'on_exit';

/** What hooks are told of the server. */
export interface HooksStart {
  /** A gunicorn.conf.py, absolute. */
  readonly file: string;
  readonly master_pid: number;
  /** What the server does, by gunicorn's names. */
  readonly settings: Readonly<Record<string, string | number | boolean | null | readonly string[]>>;
}

/** The first message: as for a worker. */
export interface HooksMessage
  extends Omit<StartMessage, 'type' | 'worker' | 'age' | 'socket' | 'max_requests'> {
  readonly type: 'hooks';
}

/** What a hook is called with, besides the server. `age` counts the workers that were started, from 1. */
export type HookArguments =
  | { readonly hook: Exclude<MasterHook, 'pre_fork' | 'child_exit' | 'nworkers_changed'> }
  | { readonly hook: 'pre_fork'; readonly age: number }
  | { readonly hook: 'child_exit'; readonly age: number; readonly pid: number }
  /** `before` is null at the start. */
  | { readonly hook: 'nworkers_changed'; readonly count: number; readonly before: number | null };

export type MasterToHooks =
  | HooksMessage
  | ({ readonly type: 'call'; readonly id: number } & HookArguments)
  /** A worker has been started since its `pre_fork`. */
  | { readonly type: 'spawned'; readonly age: number; readonly pid: number }
  | ReopenMessage;

export type HooksToMaster =
  /** The file has been run, and has these hooks. */
  | { readonly type: 'hooks_ready'; readonly hooks: readonly MasterHook[] }
  /** A hook has come to its end. An empty title: it did well. */
  | { readonly type: 'called'; readonly id: number; readonly title: string; readonly traceback: string }
  | FailedMessage;
