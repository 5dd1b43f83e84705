import type { Settings } from '../config/options.ts';
import type { LineFile } from '../telemetry/line-file.ts';
import type { Log } from '../telemetry/log.ts';
import type { ServicePlaces } from '../peers/service-places.ts';
import type { PoolObserver } from '../upstream/app-pool.ts';
import type { Challenges } from './challenges.ts';
import type { Development } from './dev/development.ts';
import type { GatewayApp, GatewayListener } from '../wire/gateway-control.ts';
import type { UpstreamSpec } from '../wire/proxy-spec.ts';
import type { GatewaySite } from '../wire/site-spec.ts';

/** What a gateway is made from. */
export interface GatewayOptions {
  readonly settings: Settings;
  readonly listeners: readonly GatewayListener[];
  readonly apps: readonly GatewayApp[];
  readonly sites: readonly GatewaySite[];
  readonly upstreams: readonly UpstreamSpec[];
  readonly errorPages: Readonly<Record<string, string>>;
  readonly sendfileRoots: readonly string[];
  readonly spoolDir: string;
  readonly challenges: Challenges;
  /** Null: in production. */
  readonly development: Development | null;
  readonly log: Log;
  /** Null: no access log. */
  readonly accessFile: LineFile | null;
  readonly observer: PoolObserver;
  /** Where services are; told of it from before the start on. */
  readonly places: ServicePlaces;
}
