import { SmallHeap } from '../base/small-heap.ts';
import { processEnvironment } from '../config/env.ts';
import type { Resolution } from '../config/resolve.ts';
import { EXIT } from '../supervisor/exit-codes.ts';
import { nameOfFolder } from '../children/launch.ts';
import { Master } from '../supervisor/master.ts';
import type { MasterOptions } from '../supervisor/master-options.ts';
import type { StartFailure } from '../supervisor/start-failure.ts';
import { findIdentity } from '../children/privileges.ts';
import { Reachable } from '../control/reachable.ts';
import { RunDir } from '../children/run-dir.ts';
import type { ServerPlan } from '../supervisor/server-plan.ts';
import { TlsKeeper } from '../supervisor/tls-keeper.ts';
import { ServicePorts } from '../supervisor/service-ports.ts';
import { Service } from '../control/service.ts';
import { handleSignals, watchTerminal } from '../control/signals.ts';
import { ErrorOutput } from '../telemetry/error-output.ts';
import { Log } from '../telemetry/log.ts';
import { KeptServices } from '../services/kept-services.ts';
import { HeldConfiguration } from './held-configuration.ts';
import { announce, announcement, logStart, tellOfFiles, tellOfHttps } from './announce.ts';
import { type DevMode, devSetup } from './dev-mode.ts';
import { earlySignals } from './early-signals.ts';
import { withLogPaths } from './log-paths.ts';
import { ReleaseFolder } from './release-folder.ts';
import type { Reread } from './replan.ts';
import { tellPredecessor } from './tell-predecessor.ts';
import { OwnCertificates } from './own-certificates.ts';
import type { Around, ServedApp } from './server-recipes.ts';
import { planAgain, planOf, servedApps } from './found-plan.ts';
import { version } from './version.ts';

const STDOUT_FD = 1;

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
  const show = tls.issue.bind(tls);
  const certificates = new OwnCertificates({ env, log, version: version(), show });
  const ports = new ServicePorts();
  const heap = new SmallHeap();
  heap.start();
  const around = { env, log, identity, errorOutput, service, tls, certificates, ports, dev };
  try {
    return await runService(resolution, served, around, reread);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    service.startFailed({ exitCode: EXIT.failed, message, detail: '', hint: '' });
    throw error;
  } finally {
    heap.close();
    certificates.close();
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
  const { env, log, errorOutput, service, tls, certificates, dev } = around;
  const plan = planOf(resolution, served, around);
  const held = new HeldConfiguration(resolution, reread, new ReleaseFolder(nameOfFolder(env)), log);
  tls.adopt(plan.tls);
  plan.adopted();
  const runDir = RunDir.create(resolution.settings.run_dir, around.identity);
  const options: MasterOptions = {
    ...plan,
    inherited: service.inherited,
    version: version(),
    certificates: () => certificates.status,
    replan: (scope) => held.replan(scope, (next) => planAgain(next, around)),
    onRefused: () => held.refuse(),
    dev: dev?.session ?? null,
    runDir,
    log,
    errorOutput,
    serviceKeeper: keptServices(plan, held, around),
    onListening: (sockets, ready) => {
      reachable.update({ binds: master.status().binds });
      logStart(log, announce(announcement(served, options.apps, ready), sockets, dev), resolution);
      tellOfHttps(sockets, ready, log);
      service.serving();
      certificates.start(service.follows);
      tellOfFiles(plan.files, served, ready, { log, quiet: dev !== null });
      signals.serving();
    },
    onAdopted: ({ apps, adopted, settings: now }, urls) => {
      held.adopt();
      adopted();
      service.adopted(now);
      const projectDirs = apps.map(({ worker }) => worker.cwd);
      reachable.update({ cwd: process.cwd(), binds: urls, projectDirs });
    },
    ...hooksOf(around),
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

function keptServices(
  { services }: ServerPlan,
  held: HeldConfiguration,
  { log, errorOutput, ports }: Around,
): KeptServices {
  return new KeptServices(services, {
    log,
    output: () => ({ stdoutFd: STDOUT_FD, stderrFd: errorOutput.fd }),
    ports,
    gracefulMs: () => held.settings.graceful_timeout * 1000,
  });
}

/** What else follows from how the master fares. */
function hooksOf({
  service,
  certificates,
}: Around): Pick<MasterOptions, 'onStopping' | 'onReloading' | 'onReloaded' | 'onStartFailure'> {
  const { hooks } = service;
  return {
    ...hooks,
    onStopping: () => {
      certificates.close();
      hooks.onStopping?.();
    },
    onStartFailure: (failure) => {
      service.startFailed(failure);
      fail(failure);
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
