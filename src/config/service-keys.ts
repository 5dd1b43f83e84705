import { ConfigError } from './diagnostic.ts';
import type { KeyRow } from './key-row.ts';
import type { ValueOf } from './option.ts';

export const SERVICES_HELP =
  'Processes behind this server that it starts, watches and ends with itself, for `proxy = "NAME"` in a location; NAME is yours to choose.';

/** All keys of `[services.NAME]`. */
export const SERVICE_KEYS = {
  command: {
    type: 'list',
    items: 'string',
    commas: false,
    default: [],
    help: 'What is run: a list of the program and its arguments, or one text that is split as a shell does it, without one. Where the name of `port_variable` stands in it with a `$` (`$PORT`), it is replaced by the port.',
    standard: 'none, it is required',
    check: checkCommand,
  },
  directory: {
    type: 'path',
    default: '',
    help: 'Folder it is run in.',
    standard: 'the folder the server was started in',
  },
  env: {
    type: 'map',
    default: {},
    help: 'Variables of its environment, beside those of the server.',
    standard: null,
    check: checkNames,
  },
  port: {
    type: 'integer',
    default: 0,
    min: 0,
    max: 65_535,
    help: 'Where it listens on 127.0.0.1. With 0 every process of it is told another port that is free, and at a reload a new one is ready before the old one ends; with a port of its own the old one has to end first, and requests wait.',
    standard: null,
  },
  port_variable: {
    type: 'string',
    default: 'PORT',
    help: 'Variable of its environment that holds the port.',
    standard: null,
    check: (name: string) => checkNames({ [name]: '' }),
  },
  health: {
    type: 'string',
    default: '',
    help: 'Path that answers with 2xx or 3xx when it is well. It is asked until it is ready, then every 10 seconds; after three bad answers in a row it is started again.',
    standard: 'none: it is well when it accepts connections',
    check: checkHealth,
  },
  start_timeout: {
    type: 'duration',
    default: 30,
    min: 0.1,
    max: 3600,
    unit: 'seconds',
    help: 'Time from its start until it is ready; then it is ended and started again.',
    standard: null,
  },
  stop_timeout: {
    type: 'duration',
    default: 10,
    min: 0.1,
    max: 3600,
    unit: 'seconds',
    help: 'Time from `stop_signal` until it has ended; then it is killed.',
    standard: null,
  },
  stop_signal: {
    type: 'choice',
    choices: ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'],
    default: 'SIGTERM',
    help: 'Signal that asks it to end. It gets no request any more then, and has none.',
    standard: null,
  },
} as const satisfies Record<string, KeyRow>;

export type ServiceKey = keyof typeof SERVICE_KEYS;

/** What the keys of a service say; those that were not given are absent. */
export type ServiceValues = { readonly [K in ServiceKey]?: ValueOf<(typeof SERVICE_KEYS)[K]> };

function checkCommand([program = '']: readonly string[]): void {
  if (program.trim() === '') throw new ConfigError('no program is named', 'such as "node server.js"');
}

function checkNames(variables: Readonly<Record<string, string>>): void {
  const wrong = Object.keys(variables).find((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
  if (wrong !== undefined)
    throw new ConfigError(`\`${wrong}\` is not the name of a variable`, 'letters, digits and _');
}

function checkHealth(path: string): void {
  if (path !== '' && !/^\/[\x21-\x7e]*$/.test(path))
    throw new ConfigError(`\`${path}\` is not a path`, 'a path such as /healthz, with a query perhaps');
}
