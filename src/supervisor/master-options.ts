import { type Refusal, refusal } from './reload.ts';
import type { ReloadScope } from './reload-scope.ts';
import type { InheritedSockets } from '../net/inherited-sockets.ts';
import type { ErrorOutput } from '../telemetry/error-output.ts';
import type { Log } from '../telemetry/log.ts';
import type { CertificateStatus } from '../wire/certificate-status.ts';
import type { ReadyMessage } from '../wire/control.ts';
import type { DevHooks } from './dev-hooks.ts';
import type { ServedSocket } from './listening-sockets.ts';
import type { RunDir } from '../children/run-dir.ts';
import type { ServiceKeeper } from './service-keeper.ts';
import type { StartFailure } from './start-failure.ts';
import type { Replan, ServerPlan } from './server-plan.ts';

/** What a master is to serve, and whom it tells how that goes. */
export interface MasterOptions extends ServerPlan {
  /** Sockets that are bound already: they are taken for the addresses they are bound to. */
  readonly inherited?: InheritedSockets;
  readonly runDir: RunDir;
  readonly log: Log;
  readonly errorOutput: ErrorOutput;
  readonly serviceKeeper: ServiceKeeper;
  readonly version: string;
  /** Of those that are ordered and renewed by the server itself. */
  readonly certificates: () => readonly CertificateStatus[];
  /** Asked at each reload: the configuration, read again; for a reload of the configuration with what the workers were started with as it was. */
  readonly replan: (scope: ReloadScope) => Promise<Replan>;
  /** Called when everything serves, with what the workers of each app said; null: it has none yet. */
  readonly onListening: (sockets: readonly ServedSocket[], ready: readonly (ReadyMessage | null)[]) => void;
  /** Called after each reload that succeeded: this holds now. */
  readonly onAdopted: (plan: ServerPlan, urls: readonly string[]) => void;
  /** Called after each reload that failed: what held before goes on. */
  readonly onRefused: () => void;
  readonly onStartFailure: (failure: StartFailure) => void;
  /** Null: in production. */
  readonly dev: DevHooks | null;
  /** It does not serve for long any more. */
  readonly onStopping?: () => void;
  /** Why it is to stay as it is for another reason than that it starts or stops; null: there is none. */
  readonly whyFixed?: () => Refusal | null;
  readonly onReloading?: () => void;
  /** However it ended, the server serves. */
  readonly onReloaded?: () => void;
}

/** Where a master is. */
export type Phase = 'starting' | 'serving' | 'leaving' | 'draining' | 'quitting' | 'ended';

/** Why nothing can be changed now; null: it can. */
export function unchangeable(phase: Phase): Refusal | null {
  if (phase === 'serving') return null;
  return refusal(phase === 'starting' ? 'The server is still starting.' : 'The server is stopping.');
}
