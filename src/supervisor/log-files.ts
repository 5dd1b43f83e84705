import { resolve } from 'node:path';
import type { ErrorOutput } from '../telemetry/error-output.ts';
import type { Log } from '../telemetry/log.ts';

/** Processes that write to the error log by themselves. */
export interface LogWriter {
  reopen(errorLog: string): void;
}

/** Opens the log files anew, in every process. */
export function reopenLogs(
  { log, errorOutput }: { readonly log: Log; readonly errorOutput: ErrorOutput },
  errorLog: string,
  processes: { readonly gateways: { reopen(): void }; readonly children: readonly LogWriter[] },
): void {
  try {
    errorOutput.reopen();
  } catch (error) {
    log.error(`A log file could not be opened anew: ${error instanceof Error ? error.message : ''}`);
  }
  processes.gateways.reopen();
  if (errorLog !== '-') pointChildren(processes.children, errorLog);
  log.info('Log files opened anew');
}

/** Standard error of these is this file from now on. */
export function pointChildren(children: readonly LogWriter[], errorLog: string): void {
  // Workers are in the project's folder.
  const path = resolve(errorLog);
  for (const one of children) one.reopen(path);
}
