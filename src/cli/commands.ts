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
  /** Whether it takes the flags of the settings. */
  readonly takesSettings: boolean;
  /** Null: a word kept for a command that is not in this version. */
  readonly run: ((argv: readonly string[], terminal: Terminal) => Promise<number>) | null;
}

type Run = NonNullable<Command['run']>;

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
  run: foreign(name),
});

/** All commands, in the order of the help; the first is the one nobody has to name. */
export const COMMANDS: readonly Command[] = [
  {
    name: 'serve',
    usage: '[serve] [TARGET] [OPTIONS]',
    summary: 'Serve an application (what happens without a command)',
    takesSettings: true,
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
  later('dev', '[TARGET] [OPTIONS]', 'Serve for development, reloading on changes'),
  later('reload', '', 'Load code and configuration anew, without losing a request'),
  later('stop', '', 'Stop the running server'),
  later('status', '', 'Show the running server'),
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

function later(name: string, arguments_: string, summary: string): Command {
  return { name, usage: `${name} ${arguments_}`.trimEnd(), summary, takesSettings: false, run: null };
}
