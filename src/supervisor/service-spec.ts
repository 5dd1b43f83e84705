import type { ProcessIds } from '../wire/process-ids.ts';

/** A process of the operator's that stands behind the server: a Node, Ruby or Go application. */
export interface ServiceSpec {
  readonly name: string;
  /** Program and arguments; no shell reads them. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** All of its environment but the port. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Variable that tells it where to listen on 127.0.0.1. */
  readonly portVariable: string;
  /** Fixed by the operator; 0: another one for each process. */
  readonly port: number;
  /** A path that answers with 2xx or 3xx when the service is well; empty: it is enough that it accepts. */
  readonly health: string;
  /** Time from its start until it is ready, milliseconds. */
  readonly startMs: number;
  /** Time from the signal to its end, milliseconds. */
  readonly stopMs: number;
  readonly stopSignal: NodeJS.Signals;
  /** Null: it stays what the server is. */
  readonly identity: ProcessIds | null;
}

/** Whether two mean the same process, so that the one that runs may go on. */
export function sameService(a: ServiceSpec, b: ServiceSpec): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
