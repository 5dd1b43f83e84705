import type { FailedMessage } from '../wire/control.ts';
import { EXIT } from './exit-codes.ts';

/** Something the operator must mend before the server can run. */
export interface StartFailure {
  readonly exitCode: number;
  readonly message: string;
  /** Several lines, shown as they are; may be empty. */
  readonly detail: string;
  readonly hint: string;
}

/** What a worker, or what runs beside the master, tells of its own failure. */
export function startFailure(told: FailedMessage, exitCode: number): StartFailure {
  const { title, message, traceback, hint } = told;
  const detail = traceback !== '' || message === title ? traceback : message;
  return { exitCode, message: title, detail, hint };
}

/** The app could not be loaded by the first workers. */
export function bootFailure(told: FailedMessage): StartFailure {
  return startFailure(told, told.stage === 'boot' ? EXIT.workerBoot : EXIT.appLoad);
}

/** A gateway that says so itself could not be set up. */
export function gatewayFailure(message: string): StartFailure {
  return {
    exitCode: EXIT.failed,
    message: `A gateway could not be started: ${message}`,
    detail: '',
    hint: '',
  };
}
