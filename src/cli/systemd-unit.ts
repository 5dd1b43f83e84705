import { isIP } from 'node:net';
import type { BindAddress } from '../config/bind.ts';
import type { Settings } from '../config/options.ts';

/** What a unit is made of. All paths are absolute. */
export interface UnitFacts {
  readonly name: string;
  /** Program and arguments; of the arguments those that were typed, and what makes them mean the same without this shell. */
  readonly command: readonly string[];
  readonly reload: readonly string[];
  readonly cwd: string;
  /** Variables that the settings came from. */
  readonly env: Readonly<Record<string, string>>;
  /** Empty: the unit says nothing, so it is root. */
  readonly user: string;
  /** The interpreter of the application; null: there is none here. */
  readonly python: string | null;
  readonly settings: Settings;
  readonly binds: readonly BindAddress[];
  /** It orders certificates, which have to outlive it. */
  readonly ordersCertificates: boolean;
  /** The longest that an application may take to start, seconds. */
  readonly bootTimeout: number;
  /** Folders that the service has to read or write; those below /home decide about ProtectHome. */
  readonly paths: readonly string[];
}

/** Beyond graceful_timeout: async applications have 5 s more to put their things away, then what is left is killed. */
const STOP_MARGIN_S = 15;
const START_MARGIN_S = 30;
const FILES_MAX = 65_536;

/** The service unit. */
export function serviceUnit(facts: UnitFacts): string {
  const { settings } = facts;
  const stop = Math.ceil(settings.graceful_timeout + settings.drain_delay) + STOP_MARGIN_S;
  const sections = [
    section('Unit', [`Description=${facts.name} (licorne)`, 'After=network.target']),
    section('Service', [
      '# READY when everything serves; a reload and an upgrade are told as well.',
      'Type=notify',
      ...who(facts),
      `WorkingDirectory=${escape(facts.cwd)}`,
      ...Object.entries(facts.env).map(([name, value]) => `Environment=${word(`${name}=${value}`)}`),
      ...(settings.run_dir === '' ? [`RuntimeDirectory=licorne-${facts.name}`] : []),
      `ExecStart=${line(facts.command)}`,
      '# Returns when the new code serves; fails, and says why, when it cannot be loaded.',
      `ExecReload=${line(facts.reload)}`,
      '# TERM to the master alone, which lets requests finish; what is left at the end of the time is killed.',
      'KillMode=mixed',
      `TimeoutStartSec=${Math.ceil(facts.bootTimeout) + START_MARGIN_S}`,
      `TimeoutStopSec=${stop}`,
      'Restart=on-failure',
      '# Faults of the command line or the application: another start would end in the same way. 1 may be a port that is taken for a moment.',
      'RestartPreventExitStatus=2 3 4',
      'RestartSec=1',
      '# A worker that the kernel ended for want of memory is replaced; the service goes on.',
      'OOMPolicy=continue',
      ...logsDirectory(facts),
      ...stateDirectory(facts),
      `LimitNOFILE=${FILES_MAX}`,
      '',
      ...hardening(facts),
    ]),
    section('Install', ['WantedBy=multi-user.target']),
  ];
  return sections.join('\n');
}

/** The socket unit; a string that begins with the reason when there can be none. */
export function socketUnit(facts: UnitFacts): string | { readonly fault: string } {
  const lines: string[] = [];
  for (const bind of facts.binds) {
    if (bind.kind === 'fd') return { fault: `${bind.source} is a descriptor already; name an address` };
    if (bind.kind === 'unix') lines.push(`ListenStream=${escape(bind.path)}`);
    else if (isIP(bind.host) === 0 || bind.port === 0)
      return { fault: `${bind.source}: systemd needs an IP address and a port` };
    else lines.push(`ListenStream=${bind.family === 6 ? `[${bind.host}]` : bind.host}:${bind.port}`);
  }
  if (facts.binds.some((bind) => bind.kind === 'unix'))
    lines.push(`SocketMode=0${facts.settings.socket_mode.toString(8)}`);
  if (facts.binds.some((bind) => bind.kind === 'tcp' && bind.family === 6))
    lines.push('BindIPv6Only=ipv6-only');
  return [
    section('Unit', [`Description=Sockets of ${facts.name} (licorne)`]),
    section('Socket', [...lines, `Backlog=${facts.settings.backlog}`]),
    section('Install', ['WantedBy=sockets.target']),
  ].join('\n');
}

/** The folder of the logs, when they are in one of the service's own below /var/log. */
function logsDirectory({ name, settings }: UnitFacts): string[] {
  const folder = `/var/log/${name}/`;
  return [settings.error_log, settings.access_log].some((path) => path.startsWith(folder))
    ? [`LogsDirectory=${escape(name)}`]
    : [];
}

/** Where certificates are kept. */
function stateDirectory({ name, settings, ordersCertificates }: UnitFacts): string[] {
  if (!ordersCertificates || settings.acme_dir !== '') return [];
  return [`StateDirectory=${escape(`licorne-${name}`)}`, 'StateDirectoryMode=0700'];
}

function who({ user, settings }: UnitFacts): string[] {
  const lines =
    user === '' ? ['# Nobody is named, so this runs as root: licorne systemd --user NAME'] : [`User=${user}`];
  if (settings.group !== '') lines.push(`Group=${settings.group}`);
  if (settings.umask !== '') lines.push(`UMask=${settings.umask.replace(/^0o/, '').padStart(4, '0')}`);
  return lines;
}

function hardening({ user, binds, paths }: UnitFacts): string[] {
  const low = binds.some((bind) => bind.kind === 'tcp' && bind.port > 0 && bind.port < 1024);
  const home = paths.some((path) => /^\/(home|root|run\/user)(\/|$)/.test(path));
  const sockets = binds.map((bind) => (bind.kind === 'unix' ? bind.path : ''));
  const temporary = [...paths, ...sockets].some((path) => /^(\/var)?\/tmp(\/|$)/.test(path));
  return [
    '# What a web application has no business with. MemoryDenyWriteExecute= is not among it: Node compiles while it runs.',
    'NoNewPrivileges=true',
    ...(low && user !== '' ? ['AmbientCapabilities=CAP_NET_BIND_SERVICE'] : []),
    ...(user === '' ? [] : [`CapabilityBoundingSet=${low ? 'CAP_NET_BIND_SERVICE' : ''}`]),
    'ProtectSystem=full',
    ...(home
      ? ['# The project, Python or Node are below a home folder, so ProtectHome= is left out.']
      : ['ProtectHome=true']),
    ...(temporary
      ? ['# Something of the service is among the temporary files, so PrivateTmp= is left out.']
      : ['PrivateTmp=true']),
    'PrivateDevices=true',
    'ProtectClock=true',
    'ProtectControlGroups=true',
    'ProtectHostname=true',
    'ProtectKernelLogs=true',
    'ProtectKernelModules=true',
    'ProtectKernelTunables=true',
    'LockPersonality=true',
    'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
    'RestrictNamespaces=true',
    'RestrictRealtime=true',
    'RestrictSUIDSGID=true',
    'SystemCallArchitectures=native',
  ];
}

function section(title: string, lines: readonly string[]): string {
  return `[${title}]\n${lines.join('\n')}\n`;
}

/** systemd.service(5), "Command lines". */
function line(words: readonly string[]): string {
  return words.map((one) => word(one).replaceAll('$', '$$$$')).join(' ');
}

function word(text: string): string {
  const escaped = escape(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  return /^[\w@%+=:,./[\]-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}

/** Percent signs are specifiers; the one that we mean is written `RUNTIME_DIRECTORY`. */
function escape(text: string): string {
  return text.startsWith(RUNTIME_DIRECTORY)
    ? text.replaceAll('%', '%%').replace(RUNTIME_DIRECTORY, '%t')
    : text.replaceAll('%', '%%');
}

/** Stands for the folder in which systemd makes the service's own one. */
export const RUNTIME_DIRECTORY = '\u0000runtime';
