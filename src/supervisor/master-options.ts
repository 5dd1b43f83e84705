import type { BindAddress } from '../config/bind.ts';
import type { Settings } from '../config/options.ts';
import type { InheritedSockets } from '../net/inherited-sockets.ts';
import type { ErrorOutput } from '../telemetry/error-output.ts';
import type { Log } from '../telemetry/log.ts';
import type { DjangoStatic, ReadyMessage } from '../wire/control.ts';
import type { GatewayLocation } from '../wire/gateway-control.ts';
import type { AppRecipe } from './app-recipe.ts';
import type { GatewayRecipe } from './gateway-process.ts';
import type { ServedSocket } from './listening-sockets.ts';
import type { RunDir } from './run-dir.ts';
import type { StartFailure } from './start-failure.ts';

/** What a master is to serve, and whom it tells how that goes. */
export interface MasterOptions {
  readonly settings: Settings;
  readonly binds: readonly BindAddress[];
  /** Sockets that are bound already: they are taken for the addresses they are bound to. */
  readonly inherited?: InheritedSockets;
  /** Where the health of the server is told; null: nowhere of its own. */
  readonly adminBind: BindAddress | null;
  /** The main app first. */
  readonly apps: readonly AppRecipe[];
  readonly gateway: Omit<GatewayRecipe, 'spoolDir' | 'removeDir'>;
  readonly gateways: number;
  readonly runDir: RunDir;
  readonly log: Log;
  readonly errorOutput: ErrorOutput;
  /** What the gateways are to serve by themselves of the files that an app told about. */
  readonly foundStatic: (app: string, said: DjangoStatic | null) => readonly GatewayLocation[];
  readonly version: string;
  /** Asked at each reload: environment files and settings may have changed. Rejects with what is wrong. */
  readonly recipeOf: (app: string) => Promise<AppRecipe>;
  /** Called when everything serves, with what the workers of each app said; null: it has none yet. */
  readonly onListening: (sockets: readonly ServedSocket[], ready: readonly (ReadyMessage | null)[]) => void;
  readonly onStartFailure: (failure: StartFailure) => void;
  /** It does not serve for long any more. */
  readonly onStopping?: () => void;
  readonly onReloading?: () => void;
  /** However it ended, the server serves. */
  readonly onReloaded?: () => void;
}
