import type { FailedMessage } from '../wire/control.ts';
import { type ChildExit, describeExit } from '../children/child.ts';
import type { Refusal } from './reload.ts';
import { nameOf, type Worker } from '../children/worker.ts';

/** The worker ended before it was ready, and could not say why. */
export function unexplained(worker: Worker, exit: ChildExit, python: string): FailedMessage {
  const missing = exit.error?.code === 'ENOENT';
  return failed(
    missing
      ? `The Python interpreter ${python} could not be started`
      : `${nameOf(worker)} ${describeExit(exit)} before it was ready`,
    missing ? 'Name the interpreter with --python.' : '',
  );
}

/** @param stack where it was; empty: it could not tell. */
export function tooSlow(bootMs: number, stack: string): FailedMessage {
  const told = failed(
    `The application was not loaded within ${bootMs / 1000} s (boot_timeout).`,
    'If it needs that long to start, give it more: --boot-timeout 300. A module that starts a server of its own while it is imported never comes to its end.',
  );
  return stack === '' ? told : { ...told, traceback: `This is where it was:\n${stack}` };
}

/** The worker was loaded but ended before all gateways had a link to it. */
export function neverServed(worker: Worker): FailedMessage {
  return failed(`${nameOf(worker)} came to an end before it served.`);
}

/** The same, for whoever asked for a reload. */
export function asRefusal({ title, message, traceback, hint }: FailedMessage): Refusal {
  const detail = traceback === '' && message !== title ? message : traceback;
  return { ok: false, title, traceback: detail, hint };
}

/** Several lines, for the log. */
export function inWords({ title, traceback, hint }: FailedMessage): string {
  return [title, traceback.trimEnd(), hint].filter((part) => part !== '').join('\n');
}

export function failed(title: string, hint = ''): FailedMessage {
  return { type: 'failed', stage: 'boot', title, message: '', traceback: '', hint };
}
