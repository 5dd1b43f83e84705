import type { Terminal } from './terminal.ts';

/** One word after `licorne`. */
export interface Command {
  readonly name: string;
  /** How it is called, after `licorne `. */
  readonly usage: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** More, for its own help. */
  readonly detail?: string;
  /** Flags of its own, each with what it is for. */
  readonly flags?: Readonly<Record<string, string>>;
  /** Whether it takes the flags of the settings. */
  readonly takesSettings: boolean;
  /** Whether it becomes the server. */
  readonly serves?: true;
  readonly run: (argv: readonly string[], terminal: Terminal) => Promise<number>;
}

type Run = Command['run'];

const WHICH_SERVER =
  'The server is the one that was started in this folder, or serves the project in it, unless it is named.';

const SERVER_FLAGS = {
  '--pid': 'The server whose master has this process id',
  '--run-dir': 'The server with this run directory; for root also one of another user',
} as const;

const foreign =
  (tool: string): Run =>
  async (argv, terminal) =>
    (await import('./foreign.ts')).runForeign(tool, argv, terminal);

const tool = (name: string, arguments_: string): Command => ({
  name,
  usage: `${name} ${arguments_}`,
  summary: `Serve as \`${name}\` with the same arguments would`,
  detail: `Takes the arguments of ${name}. --print-config shows what they amount to here.`,
  takesSettings: false,
  serves: true,
  run: foreign(name),
});

/** All commands, in the order of the help; the first is the one nobody has to name. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'serve',
    usage: '[serve] [TARGET] [OPTIONS]',
    summary: 'Serve an application (what happens without a command)',
    takesSettings: true,
    serves: true,
    run: async (argv, terminal) => (await import('./serve-command.ts')).runServe(argv, terminal),
  },
  {
    name: 'check',
    usage: 'check [TARGET] [OPTIONS]',
    summary: 'Check the configuration and tell all its faults',
    detail:
      'Reads the file, the environment and the flags as `serve` would. Exits with 1 when there is a fault.',
    takesSettings: true,
    run: async (argv, terminal) => (await import('./check-command.ts')).runCheck(argv, terminal),
  },
  {
    name: 'config',
    usage: 'config show | explain KEY | schema',
    summary: 'Show each setting and where it comes from',
    detail:
      'show          every setting, its value and its origin\nexplain KEY   what a setting means, its value, and the ways to set it\nschema        the JSON Schema of licorne.toml',
    takesSettings: true,
    run: async (argv, terminal) => (await import('./config-command.ts')).runConfig(argv, terminal),
  },
  {
    name: 'explain',
    usage: "explain URL [--method M] [--header 'NAME: VALUE'] [--client ADDRESS] [TARGET] [OPTIONS]",
    summary: 'Tell which site, location and handler answer a URL, and why',
    detail: `Reads the configuration as \`serve\` would; no server need run. Told are the certificate, what stands before the answer
(maintenance, addresses, limits, passwords) and who is asked. A URL without a host, such as /static/a.css, is one of
the default site. What an application tells of its files when it is loaded is not known yet then.`,
    flags: {
      '--method': 'That of the request; default: GET',
      '--header': "A header of the request, 'NAME: VALUE'; may be given several times",
      '--client': 'Who asks: an IP address, or unix; then it is told whether it is let in',
    },
    takesSettings: true,
    run: async (argv, terminal) => (await import('./explain-command.ts')).runExplain(argv, terminal),
  },
  {
    name: 'completion',
    usage: 'completion bash|zsh|fish',
    summary: 'Print a completion script for a shell',
    detail:
      'bash: source <(licorne completion bash)\nzsh:  source <(licorne completion zsh)\nfish: licorne completion fish | source',
    takesSettings: false,
    run: async (argv, terminal) => (await import('./completion-command.ts')).runCompletion(argv, terminal),
  },
  tool('gunicorn', '[OPTIONS] [APP]'),
  tool('uvicorn', '[OPTIONS] APP'),
  tool('uwsgi', '[OPTIONS]'),
  tool('runserver', '[[ADDR:]PORT] [OPTIONS]'),
  {
    name: 'dev',
    usage: 'dev [TARGET] [OPTIONS]',
    summary: 'Serve for development, reloading on changes',
    detail:
      'As serve, with one worker of 8 threads, the requests on the terminal, and --reload: what the application imports is\nwatched, and loaded anew when it changes. --live-reload has the pages in browsers loaded again, too.',
    takesSettings: true,
    serves: true,
    run: async (argv, terminal) => (await import('./dev-command.ts')).runDev(argv, terminal),
  },
  {
    name: 'reload',
    usage: 'reload [--config] [--pid N | --run-dir DIR]',
    summary: 'Load code and configuration anew, without losing a request',
    detail: `Returns when the new code serves. When it cannot be loaded the old one goes on serving; the reason
is shown, and the exit code is 1. With --config the workers go on, and with them WebSockets and downloads: what
of the configuration needs new workers is named, the rest holds.
${WHICH_SERVER}`,
    flags: { '--config': 'The configuration alone: no worker is replaced', ...SERVER_FLAGS },
    takesSettings: false,
    run: async (argv, terminal) => (await import('./reload-command.ts')).runReload(argv, terminal),
  },
  {
    name: 'stop',
    usage: 'stop [--now] [--pid N | --run-dir DIR]',
    summary: 'Stop the running server',
    detail: `Requests that run may finish, within graceful_timeout. Returns when the server is gone.
${WHICH_SERVER}`,
    flags: { '--now': 'Cut off what runs', ...SERVER_FLAGS },
    takesSettings: false,
    run: async (argv, terminal) => (await import('./stop-command.ts')).runStop(argv, terminal),
  },
  {
    name: 'status',
    usage: 'status [--json] [--all | --pid N | --run-dir DIR]',
    summary: 'Show the running server',
    detail: `Its applications, workers and gateways.
${WHICH_SERVER}`,
    flags: { '--json': 'For programs', '--all': 'Every server of this user, a line each', ...SERVER_FLAGS },
    takesSettings: false,
    run: async (argv, terminal) => (await import('./status-command.ts')).runStatus(argv, terminal),
  },
  {
    name: 'upgrade',
    usage: 'upgrade [--pid N | --run-dir DIR]',
    summary: 'Replace the running server by the program that is on disk now',
    detail: `For a new version of licorne, of Node, or of options that a reload cannot change. A new master takes the
listening sockets over; no request is lost. When it does not serve, the old one goes on, the reason is shown,
and the exit code is 1.
${WHICH_SERVER}`,
    flags: SERVER_FLAGS,
    takesSettings: false,
    run: async (argv, terminal) => (await import('./upgrade-command.ts')).runUpgrade(argv, terminal),
  },
  {
    name: 'scale',
    usage: 'scale [APP=][+|-]N [--pid N | --run-dir DIR]',
    summary: 'Change the number of workers of the running server',
    detail: `Reloads and upgrades keep it. +N and -N are so many more or less. APP is the name of an application of
[apps.APP]; without it the main one is meant.
${WHICH_SERVER}`,
    flags: SERVER_FLAGS,
    takesSettings: false,
    run: async (argv, terminal) => (await import('./scale-command.ts')).runScale(argv, terminal),
  },
  {
    name: 'upstream',
    usage: 'upstream list [NAME] | drain|undrain|add|remove NAME PEER [--pid N | --run-dir DIR]',
    summary: 'Show and change the servers behind the running server',
    detail: `drain: PEER gets no new requests, but for clients that a sticky cookie binds to it; undrain takes that back.
add and remove: PEER is there as well, or no more, written as in \`peers\` of [upstreams.NAME]. All of it holds
until the server ends, or a reload finds that table changed.
${WHICH_SERVER}`,
    flags: { '--json': 'For programs (list)', ...SERVER_FLAGS },
    takesSettings: false,
    run: async (argv, terminal) => (await import('./upstream-command.ts')).runUpstream(argv, terminal),
  },
  {
    name: 'systemd',
    usage: 'systemd [TARGET] [OPTIONS] [--socket] [--name NAME]',
    summary: 'Print a systemd unit that serves as this command line would',
    detail:
      'Takes what `serve` takes; the unit starts exactly that, in the current folder. User, time limits and\nsandboxing follow from the settings. See docs/deploying.md.',
    flags: {
      '--socket': 'Print the socket unit instead: systemd binds, clients wait during a restart',
      '--name': 'Name of the service; default: the name of the folder',
    },
    takesSettings: true,
    run: async (argv, terminal) => (await import('./systemd-command.ts')).runSystemd(argv, terminal),
  },
  {
    name: 'hash-password',
    usage: 'hash-password [NAME]',
    summary: 'Make the hash of a password for basic_auth',
    detail:
      'Asks for the password, or reads a line of standard input. With NAME the line is one of a file of users:\nlicorne hash-password anna >> users',
    takesSettings: false,
    run: async (argv, terminal) =>
      (await import('./hash-password-command.ts')).runHashPassword(argv, terminal),
  },
  {
    name: 'help',
    usage: 'help [COMMAND]',
    summary: 'Show help',
    takesSettings: false,
    run: async (argv, terminal) => (await import('./help.ts')).runHelp(argv, terminal),
  },
];

export function findCommand(name: string): Command | null {
  return COMMANDS.find((command) => command.name === name) ?? null;
}
