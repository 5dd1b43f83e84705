import { ConfigError } from './diagnostic.ts';
import type { KeyRow } from './key-row.ts';
import { checkStatusRanges } from './status-ranges.ts';

/** What peers are asked from time to time. */
export const UPSTREAM_HEALTH_KEYS = {
  health: {
    type: 'string',
    default: '',
    help: 'Path that each gateway asks every peer for with GET, such as `"/health"`: a peer without a good answer gets no requests.',
    standard: 'none: peers are judged by what they do with requests',
    check: checkTarget,
  },
  health_interval: {
    type: 'duration',
    default: 5,
    min: 0.1,
    max: 3600,
    unit: 'seconds',
    help: 'Time between two questions to the same peer.',
    standard: null,
  },
  health_timeout: {
    type: 'duration',
    default: 3,
    min: 0.1,
    max: 600,
    unit: 'seconds',
    help: 'Time for the whole answer.',
    standard: null,
  },
  health_rise: {
    type: 'integer',
    default: 2,
    min: 1,
    max: 100,
    unit: 'answers',
    help: 'Good answers in a row that bring a peer back.',
    standard: null,
  },
  health_fall: {
    type: 'integer',
    default: 3,
    min: 1,
    max: 100,
    unit: 'answers',
    help: 'Bad answers in a row, or none, that take a peer out.',
    standard: null,
  },
  health_status: {
    type: 'list',
    items: 'string',
    commas: false,
    default: ['200-399'],
    help: 'Statuses that are good answers.',
    standard: null,
    check: checkStatusRanges,
  },
  health_body: {
    type: 'string',
    default: '',
    help: 'Text that the body of a good answer holds, within its first 64 KiB.',
    standard: 'anything',
  },
  health_host: {
    type: 'string',
    default: '',
    help: 'The Host that is asked for; Django wants one of its ALLOWED_HOSTS.',
    standard: "that of the peer's URL",
    check: checkHost,
  },
} as const satisfies Record<string, KeyRow>;

function checkTarget(target: string): void {
  const allowed = 'a path such as /health, without spaces or a fragment';
  if (!/^\/[!-"$-~]{0,2000}$/.test(target))
    throw new ConfigError(`\`${target}\` is not a path that can be asked for`, allowed);
  try {
    decodeURI(target);
  } catch {
    throw new ConfigError(`\`${target}\` has a % that begins no character`, allowed);
  }
}

function checkHost(host: string): void {
  if (!/^[A-Za-z0-9._-]+(?::[0-9]{1,5})?$|^\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?$/.test(host))
    throw new ConfigError(`\`${host}\` is no host`, 'a name such as example.com');
}
