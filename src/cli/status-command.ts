import type { AppStatus, ServiceStatus, Status } from '../supervisor/status.ts';
import { askServer, clean, showFailure } from './ask-server.ts';
import { certificatesText } from './certificate-text.ts';
import { chooseServer, serverText } from './choose-server.ts';
import { columns } from './columns.ts';
import { type RunningServers, runningServers } from './running-servers.ts';
import { readServerLine } from './server-line.ts';
import type { Terminal } from './terminal.ts';
import { upstreamText } from './upstream-text.ts';

/** `licorne status`: a table for people, or what the server said as JSON. */
export async function runStatus(
  argv: readonly string[],
  terminal: Terminal,
  servers: RunningServers = runningServers(terminal.env),
): Promise<number> {
  const line = await readServerLine('status', argv, ['--json', '--all'], 0, terminal);
  if (typeof line === 'number') return line;
  const json = line.flags.has('--json');
  if (line.flags.has('--all')) return showAll(json, servers, terminal);
  const chosen = chooseServer(line, servers, terminal);
  if (chosen === null) return 1;
  const answer = await askServer(chosen, { command: 'status' }, servers, terminal);
  if (answer === null) return 1;
  if (!answer.ok) {
    showFailure(answer, terminal);
    return 1;
  }
  const { ok: _ok, ...status } = answer;
  terminal.out(json ? `${JSON.stringify(status, null, 2)}\n` : statusText(status as unknown as Status));
  return 0;
}

function showAll(json: boolean, servers: RunningServers, terminal: Terminal): number {
  const all = servers.list();
  if (json) terminal.out(`${JSON.stringify(all, null, 2)}\n`);
  else if (all.length === 0) terminal.out('no server of this user runs on this machine\n');
  else terminal.out(all.map((one) => `${serverText(one)}\n`).join(''));
  return 0;
}

/** The state of a server as a table. */
export function statusText(status: Status): string {
  const { version, pid, phase, reloading, reloadFault: fault = null, uptime, binds, apps, gateways } = status;
  const { certificates = [], services = [] } = status;
  const lines = [
    `Licorne ${version}, pid ${pid}, ${phase}${reloading ? ' and reloading' : ''}, up ${age(uptime)}`,
    ...binds.map((bind) => `  ${bind}`),
    ...(fault === null ? [] : [`  last reload failed ${age(fault.ageSeconds)} ago: ${clean(fault.title)}`]),
    ...apps.flatMap((app) => ['', ...appText(app)]),
    ...servicesText(services),
    ...(certificates.length === 0 ? [] : ['', ...certificatesText(certificates)]),
    ...(status.upstreams ?? []).flatMap((upstream) => ['', ...upstreamText(upstream)]),
    '',
    ...columns([['gateway', 'pid'], ...gateways.map((one) => [String(one.number), String(one.pid)])], '  '),
  ];
  return `${lines.join('\n')}\n`;
}

function appText(app: AppStatus): readonly string[] {
  const { name, target, interface: speaks, workers, wanted, min, max, queued, inFlight, fault = null } = app;
  const ready = workers.filter((worker) => worker.state === 'ready').length;
  const limits = max > min ? `, ${min} to ${max} as the queue asks` : '';
  const state =
    wanted === 0 && workers.length === 0
      ? 'asleep until its next request'
      : `${ready} of ${wanted} ${wanted === 1 ? 'worker' : 'workers'} ready`;
  const kind = speaks === null ? '' : ` (${speaks.toUpperCase()})`;
  const heading = `${name}: ${target}${kind}, ${state}${limits}; ${inFlight} ${inFlight === 1 ? 'request' : 'requests'} in work, ${queued} waiting`;
  const lines =
    fault === null
      ? []
      : [`  last start of a worker failed ${age(fault.ageSeconds)} ago: ${clean(fault.title)}`];
  if (workers.length === 0) return [heading, ...lines];
  const rows = workers
    .toSorted((a, b) => a.number - b.number)
    .map((worker) => [
      String(worker.number),
      String(worker.pid),
      worker.state,
      String(worker.generation),
      age(worker.ageSeconds),
      String(worker.requests),
      worker.rssBytes === null ? '' : `${(worker.rssBytes / 1_048_576).toFixed(0)} MiB`,
    ]);
  return [
    heading,
    ...lines,
    ...columns([['worker', 'pid', 'state', 'generation', 'age', 'requests', 'memory'], ...rows], '  '),
  ];
}

function servicesText(services: readonly ServiceStatus[]): readonly string[] {
  if (services.length === 0) return [];
  const rows = services.map(({ name, pid, state, port, ageSeconds, restarts, lastEnd }) => [
    name,
    pid === 0 ? '' : String(pid),
    state,
    String(port),
    pid === 0 ? '' : age(ageSeconds),
    String(restarts),
    clean(lastEnd ?? ''),
  ]);
  return [
    '',
    ...columns([['service', 'pid', 'state', 'port', 'age', 'restarts', 'last end'], ...rows], '  '),
  ];
}

/** 45 s, 12 min, 3 h 12 min, 5 d 3 h. */
function age(seconds: number): string {
  const whole = Math.floor(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
