import type { BindAddress } from '../config/bind.ts';
import type { Settings } from '../config/options.ts';
import type { DjangoStatic } from '../wire/control.ts';
import type { FoundOfApp } from '../wire/gateway-control.ts';
import type { AppRecipe } from './app-recipe.ts';
import type { GatewayRecipe } from './gateway-process.ts';
import type { Refusal } from './reload.ts';
import type { TlsPlan } from './tls-plan.ts';
import type { ServiceSpec } from './service-spec.ts';

/** What of a server follows from its configuration: another one may take its place while it runs. */
export interface ServerPlan {
  readonly settings: Settings;
  readonly binds: readonly BindAddress[];
  /** Where the health of the server is told; null: nowhere of its own. */
  readonly adminBind: BindAddress | null;
  /** Null: nothing is encrypted. */
  readonly tls: TlsPlan | null;
  /** The main app first. */
  readonly apps: readonly AppRecipe[];
  readonly gateway: Omit<GatewayRecipe, 'spoolDir' | 'removeDir'>;
  readonly gateways: number;
  /** To be called when this is what holds: what is no business of the supervisor follows. */
  readonly adopted: () => void;
  /** Processes of the operator's behind the server. */
  readonly services: readonly ServiceSpec[];
  /** What the gateways are to serve by themselves of the files that an app told about. */
  readonly foundStatic: (app: string, said: DjangoStatic | null) => FoundOfApp;
}

/** The configuration, read again. */
export type Replan =
  | {
      readonly ok: true;
      readonly plan: ServerPlan;
      /** For the person who asked, each as it is shown. */
      readonly warnings: readonly string[];
      /** Names of options that are different and will hold; empty at a reload of everything. */
      readonly changed: readonly string[];
    }
  | Refusal;
