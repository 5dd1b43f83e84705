import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { usableCpus } from '../base/cpus.ts';
import { allowedHostsOf } from '../config/allowed-hosts.ts';
import { processEnvironment } from '../config/env.ts';
import type { AppSettings, Settings } from '../config/options.ts';
import type { Resolution } from '../config/resolve.ts';
import { EXIT } from '../supervisor/exit-codes.ts';
import type { AppRecipe } from '../supervisor/app-recipe.ts';
import { nameOfFolder } from '../supervisor/launch.ts';
import { Master } from '../supervisor/master.ts';
import type { MasterOptions } from '../supervisor/master-options.ts';
import type { StartFailure } from '../supervisor/start-failure.ts';
import { withoutManager } from '../supervisor/notify.ts';
import { findIdentity, homeOf, type Identity, idsOf, umaskOf } from '../supervisor/privileges.ts';
import { findPython, type Interpreter } from '../supervisor/python.ts';
import { Reachable } from '../supervisor/reachable.ts';
import { RunDir } from '../supervisor/run-dir.ts';
import type { ServerPlan } from '../supervisor/server-plan.ts';
import { TlsKeeper } from '../supervisor/tls-keeper.ts';
import { tlsPlan } from '../supervisor/tls-plan.ts';
import { Service } from '../supervisor/service.ts';
import { handleSignals, watchTerminal } from '../supervisor/signals.ts';
import type { WorkerRecipe } from '../supervisor/worker-process.ts';
import { ErrorOutput } from '../telemetry/error-output.ts';
import { Log } from '../telemetry/log.ts';
import type { GatewaySite } from '../wire/site-spec.ts';
import { PROTOCOL_VERSION } from '../wire/protocol.ts';
import { fileVariables } from './app-environment.ts';
import { HeldConfiguration } from './held-configuration.ts';
import { hooksStart } from './hooks-start.ts';
import { announce, announcement, logStart, tellOfFiles, tellOfHttps } from './announce.ts';
import { type DevMode, type DevSetup, devSetup } from './dev-mode.ts';
import { earlySignals } from './early-signals.ts';
import { FoundStatic } from './found-static.ts';
import { gatewayErrorPages, gatewaySites } from './gateway-locations.ts';
import { gatewayUpstreams } from './gateway-upstreams.ts';
import { withLogPaths } from './log-paths.ts';
import { unwritable } from './openable.ts';
import { ReleaseFolder } from './release-folder.ts';
import type { Reread } from './replan.ts';
import { tellPredecessor } from './tell-predecessor.ts';
import { version } from './version.ts';

/** The folder that holds dist/ and python/: the package's root. */
const PACKAGE_DIR = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Runs the server in this process until it is told to stop; resolves with the exit code. */
export async function serve(
  resolution: Resolution,
  reread: Reread,
  mode: DevMode | null = null,
): Promise<number> {
  process.title = 'licorne: master';
  // A terminal or a pipe that is gone must not take the server with it.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const env = processEnvironment();
  const served = servedApps(resolution, env);
  if ('exitCode' in served) {
    const { message: title, detail: traceback, hint } = served;
    await tellPredecessor(env, { ok: false, title, traceback, hint });
    return fail(served);
  }
  try {
    const projects = served.map(({ projectDir }) => projectDir);
    const dev = devSetup(mode, resolution, projects, env);
    return await runMaster(withLogPaths(resolution), served, { env, dev }, reread);
  } catch (error) {
    return fail({
      exitCode: EXIT.failed,
      message: error instanceof Error ? error.message : String(error),
      detail: '',
      hint: '',
    });
  }
}

/** An app, with what was found for it. */
interface ServedApp {
  readonly name: string;
  readonly settings: AppSettings;
  readonly projectDir: string;
  readonly python: Interpreter;
}

type Env = Readonly<Record<string, string | undefined>>;

/** What all processes are started in. */
interface Around {
  readonly env: Env;
  readonly log: Log;
  /** Null: they run as the master does. */
  readonly identity: Identity | null;
  readonly errorOutput: ErrorOutput;
  readonly service: Service;
  readonly tls: TlsKeeper;
  /** Null: in production. */
  readonly dev: DevSetup | null;
}

/** What is served, and with what. */
interface FoundPlan extends ServerPlan {
  readonly files: FoundStatic;
}

/** What of a resolution has to be on this machine, or what is not. */
function servedApps(resolution: Resolution, env: Env): readonly ServedApp[] | StartFailure {
  const served: ServedApp[] = [];
  for (const { name, settings: app } of resolution.apps) {
    const projectDir = resolve(app.chdir === '' ? '.' : app.chdir);
    const python = findPython({ asked: app.python, projectDir, env });
    if (python === null) return noPython(app.python);
    served.push({ name, settings: app, projectDir, python });
  }
  const fault = unwritable(resolution.settings);
  return fault === null ? served : { exitCode: EXIT.failed, detail: '', ...fault };
}

/** What a resolution amounts to. Throws when a file with environment cannot be read. */
function planOf(resolution: Resolution, served: readonly ServedApp[], around: Around): FoundPlan {
  const { settings } = resolution;
  const sites = gatewaySites(resolution.sites, settings);
  const files = new FoundStatic(served, settings, sites);
  return {
    settings,
    binds: around.service.bindsOf(resolution),
    adminBind: resolution.adminBind,
    tls: tlsPlan(settings),
    apps: served.map((app) => appRecipe(app, settings, around)),
    gateway: gatewayRecipe(resolution, served, around, sites),
    gateways: settings.gateways === 'auto' ? usableCpus() : settings.gateways,
    foundStatic: (app, said) => files.of(app, said),
    files,
  };
}

async function runMaster(
  resolution: Resolution,
  served: readonly ServedApp[],
  { env, dev }: Pick<Around, 'env' | 'dev'>,
  reread: Reread,
): Promise<number> {
  const { settings } = resolution;
  const [main] = served;
  const identity = findIdentity(settings, main?.python.path ?? 'python3');
  const errorOutput = new ErrorOutput(settings.error_log, {
    owner: identity,
    alongside: [settings.access_log],
  });
  const { log_level: level, log_format: format } = settings;
  const log = new Log({ level, format, write: errorOutput.write, color: dev?.color ?? false });
  const service = new Service({
    resolution,
    env,
    log,
    python: main?.python.path ?? 'python3',
    logOwner: identity,
    bootMs: Math.max(0, ...served.map((app) => app.settings.boot_timeout * 1000)),
  });
  const tls = new TlsKeeper(log);
  try {
    const around = { env, log, identity, errorOutput, service, tls, dev };
    return await runService(resolution, served, around, reread);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    service.startFailed({ exitCode: EXIT.failed, message, detail: '', hint: '' });
    throw error;
  } finally {
    tls.close();
    service.close();
  }
}

async function runService(
  resolution: Resolution,
  served: readonly ServedApp[],
  around: Around,
  reread: Reread,
): Promise<number> {
  const { env, log, errorOutput, service, dev } = around;
  const plan = planOf(resolution, served, around);
  const held = new HeldConfiguration(resolution, reread, new ReleaseFolder(nameOfFolder(env)), log);
  around.tls.adopt(plan.tls);
  const runDir = RunDir.create(resolution.settings.run_dir, around.identity);
  const options: MasterOptions = {
    ...plan,
    inherited: service.inherited,
    version: version(),
    replan: (scope) => held.replan(scope, (next) => planAgain(next, around)),
    onRefused: () => held.refuse(),
    dev: dev?.session ?? null,
    runDir,
    log,
    errorOutput,
    onListening: (sockets, ready) => {
      reachable.update({ binds: master.status().binds });
      logStart(log, announce(announcement(served, options.apps, ready), sockets, dev), resolution);
      tellOfHttps(sockets, ready, log);
      service.serving();
      tellOfFiles(plan.files, served, ready, { log, quiet: dev !== null });
      signals.serving();
    },
    onAdopted: ({ apps, settings: adopted }, urls) => {
      held.adopt();
      service.adopted(adopted);
      reachable.update({
        cwd: process.cwd(),
        binds: urls,
        projectDirs: apps.map(({ worker }) => worker.cwd),
      });
    },
    onStartFailure: (failure) => {
      service.startFailed(failure);
      fail(failure);
    },
    ...service.hooks,
  };
  const master = new Master(options);
  service.attach(master);
  const signals = handleSignals({ master, service, log, terminalGone: watchTerminal() });
  // HUP: all is read now. Whoever wants another program is told that this one does not serve yet.
  if (earlySignals.take().has('SIGUSR2')) void service.upgrade();
  const found = { projectDirs: served.map((app) => app.projectDir), binds: resolution.settings.bind };
  const reached = { ...found, runDir: runDir.path, env, log, hidden: service.follows };
  const reachable = await Reachable.open(service.controls(master), reached);
  service.publish({ show: () => reachable.show(), hide: () => reachable.hide() });
  try {
    await dev?.session.start(master);
    return await master.run();
  } finally {
    dev?.session.close();
    reachable.close();
    runDir.remove();
  }
}

function planAgain(resolution: Resolution, around: Around): FoundPlan | StartFailure {
  const served = servedApps(resolution, around.env);
  return 'exitCode' in served ? served : planOf(resolution, served, around);
}

function gatewayRecipe(
  resolution: Resolution,
  apps: readonly ServedApp[],
  { env, identity, tls, dev }: Around,
  sites: readonly GatewaySite[],
): MasterOptions['gateway'] {
  const { settings } = resolution;
  return {
    command: process.execPath,
    entry: join(PACKAGE_DIR, 'dist', 'gateway', 'main.js'),
    env: withoutManager(env),
    cwd: process.cwd(),
    settings: { ...settings, env: {}, certificate_key_password: '' },
    tls,
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

function appRecipe(app: ServedApp, server: Settings, around: Around): AppRecipe {
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

function fail(failure: StartFailure): number {
  const parts = [`licorne: error: ${failure.message}`];
  if (failure.detail !== '') parts.push(failure.detail.trimEnd());
  if (failure.hint !== '') parts.push(`  hint     ${failure.hint}`);
  process.stderr.write(`${parts.join('\n')}\n`);
  return failure.exitCode;
}

function noPython(asked: string): StartFailure {
  return {
    exitCode: EXIT.failed,
    message: asked === '' ? 'No Python was found on this machine.' : `There is no Python at ${asked}.`,
    detail: '',
    hint:
      asked === ''
        ? 'Install Python 3.9 or later (Debian and Ubuntu: apt install python3 python3-venv), or name it with --python.'
        : 'Give --python the path of an interpreter or of a virtual environment.',
  };
}
