import type { AppFault, DevWorkerMessage } from '../wire/dev.ts';
import type { FailedMessage } from '../wire/control.ts';
import type { Worker } from '../children/worker.ts';

/** What the master tells whoever serves a developer. With them the server lives on when an app cannot be loaded, and waits for a reload. */
export interface DevHooks {
  heard(worker: Worker, message: DevWorkerMessage): void;
  /** An app could not be loaded, at the start or in the place of a worker that died; it is not tried again. */
  bootFailed(fault: AppFault): void;
}

/** After an app could not be loaded, `next` is called as well. */
export function andThen(hooks: DevHooks | null, next: () => void): DevHooks | null {
  if (hooks === null) return null;
  return {
    heard: (worker, message) => hooks.heard(worker, message),
    bootFailed: (fault) => {
      hooks.bootFailed(fault);
      next();
    },
  };
}

export function faultOf({ title, message, traceback, hint }: FailedMessage): AppFault {
  const more = message === title || title.endsWith(message) ? '' : message;
  return { title, traceback: traceback === '' ? more : traceback, hint };
}
