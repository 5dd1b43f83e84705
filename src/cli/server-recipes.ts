import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { usableCpus } from '../base/cpus.ts';
import { allowedHostsOf } from '../config/allowed-hosts.ts';
import type { AppSettings, Settings } from '../config/options.ts';
import type { Resolution } from '../config/resolve.ts';
import type { AppRecipe } from '../supervisor/app-recipe.ts';
import type { MasterOptions } from '../supervisor/master-options.ts';
import { withoutManager } from '../control/notify.ts';
import { homeOf, type Identity, idsOf, umaskOf } from '../children/privileges.ts';
import { type Interpreter } from '../children/python.ts';
import type { TlsKeeper } from '../supervisor/tls-keeper.ts';
import type { ServicePorts } from '../supervisor/service-ports.ts';
import type { Service } from '../control/service.ts';
import type { WorkerRecipe } from '../children/worker-process.ts';
import type { ErrorOutput } from '../telemetry/error-output.ts';
import type { Log } from '../telemetry/log.ts';
import type { GatewaySite } from '../wire/site-spec.ts';
import { PROTOCOL_VERSION } from '../wire/protocol.ts';
import { fileVariables } from './app-environment.ts';
import { hooksStart } from './hooks-start.ts';
import { type DevSetup } from './dev-mode.ts';
import { gatewayErrorPages } from './gateway-locations.ts';
import { gatewayUpstreams } from './gateway-upstreams.ts';
import type { OwnCertificates } from './own-certificates.ts';
import { version } from './version.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The folder that holds dist/ and python/: the package's root. */
const PACKAGE_DIR = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** An app, with what was found for it. */
export interface ServedApp {
  readonly name: string;
  readonly settings: AppSettings;
  readonly projectDir: string;
  readonly python: Interpreter;
}

/** What all processes are started in. */
export interface Around {
  readonly env: Env;
  readonly log: Log;
  /** Null: they run as the master does. */
  readonly identity: Identity | null;
  readonly errorOutput: ErrorOutput;
  readonly service: Service;
  readonly tls: TlsKeeper;
  readonly certificates: OwnCertificates;
  /** Where the operator's services are. */
  readonly ports: ServicePorts;
  /** Null: in production. */
  readonly dev: DevSetup | null;
}

/** What the gateways are started with. */
export function gatewayRecipe(
  resolution: Resolution,
  apps: readonly ServedApp[],
  { env, identity, tls, certificates, ports, dev }: Around,
  sites: readonly GatewaySite[],
): MasterOptions['gateway'] {
  const { settings } = resolution;
  return {
    command: process.execPath,
    entry: join(PACKAGE_DIR, 'dist', 'bundle', 'gateway.js'),
    env: withoutManager(env),
    cwd: process.cwd(),
    settings: { ...settings, env: {}, certificate_key_password: '', acme_eab_key: '' },
    tls,
    challenges: certificates.challenges,
    ports,
    identity: identity === null ? null : idsOf(identity),
    umask: umaskOf(settings.umask),
    apps: apps.map(({ name, settings: app }) => ({
      name,
      rootPath: app.root_path,
      concurrencyMax: app.limit_concurrency,
      requestMs: app.request_timeout * 1000,
      onDemand: app.cheap || app.idle_timeout > 0,
      allowedHosts: allowedHostsOf(app.allowed_hosts),
    })),
    sites,
    upstreams: gatewayUpstreams(resolution),
    errorPages: gatewayErrorPages(settings.error_pages),
    sendfileRoots: settings.sendfile_roots.map((dir) => resolve(dir)),
    dev: dev?.gateway ?? null,
  };
}

/** How an app is started, and how often. */
export function appRecipe(app: ServedApp, server: Settings, around: Around): AppRecipe {
  const { settings } = app;
  const most = settings.workers_max;
  const auto = most === 0 ? usableCpus() : Math.min(usableCpus(), most);
  const workers = settings.workers === 'auto' ? auto : settings.workers;
  const workersMax = Math.max(workers, most);
  return {
    worker: workerRecipe(app, server, around, workersMax > 1),
    workers,
    workersMax,
    bootMs: settings.boot_timeout * 1000,
    cheap: settings.cheap,
    idleMs: settings.idle_timeout * 1000,
    limits: {
      requestsMax: settings.max_requests,
      requestsJitter: settings.max_requests_jitter,
      memoryBytesMax: settings.max_memory,
      memoryBytesHard: settings.max_memory_hard,
      memoryShared: settings.preload,
      lifetimeMs: settings.max_lifetime * 1000,
    },
  };
}

function workerRecipe(
  app: ServedApp,
  server: Settings,
  { env, identity, dev }: Around,
  multiprocess: boolean,
): WorkerRecipe {
  const { settings, projectDir } = app;
  const variables = fileVariables(settings, env);
  return {
    python: app.python.path,
    bridgeDir: join(PACKAGE_DIR, 'python'),
    cwd: projectDir,
    preload: settings.preload,
    readsTerminal: dev?.readsTerminal ?? false,
    env: {
      ...withoutManager(env),
      ...homeOf(identity),
      ...variables.values,
      SERVER_SOFTWARE: `licorne/${version()}`,
      ...settings.env,
    },
    start: {
      type: 'start',
      protocol: PROTOCOL_VERSION,
      app: app.name,
      target: settings.target,
      chdir: projectDir,
      pythonpath: settings.pythonpath.map((path) => resolve(path)),
      interface: settings.interface,
      threads: settings.threads,
      multiprocess,
      script_name: settings.root_path,
      settings_module: settings.settings_module === '' ? null : settings.settings_module,
      lifespan: settings.lifespan,
      loop: settings.loop,
      ws_max_size: server.ws_max_size,
      graceful_timeout: server.graceful_timeout,
      hooks: hooksStart(settings, server, projectDir),
      describe_static: server.django_static || settings.allowed_hosts.includes('auto'),
      warmup: settings.warmup,
      log_level: server.log_level,
      log_format: server.log_format,
      log_color: dev?.color ?? false,
      dev: dev?.worker ?? null,
      identity: identity === null ? null : idsOf(identity),
      umask: umaskOf(server.umask),
    },
  };
}
