/** What a master accepts on its control channels: the fields of each message that a child may send, and what they hold. */
import type { ForkedMessage, WorkerToMaster, ZygoteToMaster } from './control.ts';
import type { GatewayToMaster } from './gateway-control.ts';
import type { HooksToMaster } from './hooks-control.ts';
import { PEER_STATES } from './peers-control.ts';
import type { SuccessorToMaster } from './upgrade-control.ts';

/** Null: the message is as it should be. `unknown`: nobody knows its type, it means nothing. Else what is wrong with it, in words. */
export type MessageCheck = (message: { readonly type: string }) => null | 'unknown' | { fault: string };

/** What a field may hold. */
interface Kind {
  readonly words: string;
  readonly fits: (value: unknown) => boolean;
}

/** Every message of `M`, every field of it. */
type Table<M extends { type: string }> = {
  readonly [T in M['type']]: FieldsOf<Extract<M, { type: T }>>;
};
type FieldsOf<M> = { readonly [F in Exclude<keyof M, 'type'>]-?: Kind };

const text: Kind = { words: 'a text', fits: (value) => typeof value === 'string' };
const flag: Kind = { words: 'true or false', fits: (value) => typeof value === 'boolean' };
const count: Kind = {
  words: 'a whole number from 0 on',
  fits: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
};
const processId: Kind = {
  words: 'a process id',
  fits: (value) => Number.isSafeInteger(value) && (value as number) > 0,
};
const duration: Kind = {
  words: 'a number from 0 on',
  fits: (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0,
};

const failed = { stage: oneOf('boot', 'load'), title: text, message: text, traceback: text, hint: text };

const WORKER: Table<WorkerToMaster> = {
  ready: {
    interface: oneOf('wsgi', 'asgi'),
    python: text,
    pid: processId,
    static: orNull(
      shape({
        staticfiles: flag,
        debug: flag,
        static_url: orNull(text),
        static_root: text,
        manifest: text,
        finders: listOf(pair(text, text)),
        opaque: flag,
        whitenoise: flag,
        media_url: orNull(text),
        media_root: text,
        hosts: orNull(listOf(text)),
        https_only: flag,
      }),
    ),
  },
  failed,
  boot_stack: { stack: text },
  lag: { ms: count, busy: duration },
  leaving: { reason: oneOf('signal', 'max_requests', 'stuck') },
  modules: { files: listOf(text), globs: listOf(pair(text, text)) },
  project: { framework: text, version: text, settings: text, checks: text },
  migrations: { text },
  changed: { number: count, unhandled: listOf(text) },
};
const FORKED_WORKER: Table<WorkerToMaster | ForkedMessage> = { ...WORKER, forked: { pid: processId } };
const ZYGOTE: Table<ZygoteToMaster> = {
  preloaded: { python: text, pid: processId },
  failed,
  boot_stack: { stack: text },
  child_exit: { pid: processId, code: orNull(count), signal: orNull(text) },
};
const GATEWAY: Table<GatewayToMaster> = {
  ready: {},
  linked: { worker: count, pid: count },
  load: {
    apps: listOf(
      shape({
        app: text,
        queued: count,
        oldestMs: duration,
        inFlight: count,
        requests: count,
        workers: listOf(pair(count, count)),
      }),
    ),
  },
  peer_load: {
    upstreams: listOf(
      shape({
        name: text,
        queued: count,
        peers: listOf(
          shape({
            url: text,
            state: oneOf(...PEER_STATES),
            inFlight: count,
            idle: count,
            requests: count,
            failures: count,
            bans: count,
          }),
        ),
      }),
    ),
  },
  released: { worker: count, pid: count, hung: flag },
  listening: {},
  listen_failed: { listener: count, code: text, message: text },
  failed: { message: text },
  configured: { fault: text },
  challenges_held: { number: count },
  late: { pid: count, requestId: text, reason: text },
  stuck: {
    app: text,
    worker: count,
    pid: count,
    requestId: text,
    method: text,
    path: text,
    limitMs: duration,
  },
  drained: {},
  service_left: { name: text, opening: count },
};
const HOOKS: Table<HooksToMaster> = {
  hooks_ready: { hooks: listOf(text) },
  called: { id: count, title: text, traceback: text },
  failed,
};
const SUCCESSOR: Table<SuccessorToMaster> = {
  booting: { withinMs: duration },
  failed: { title: text, traceback: text, hint: text },
  serving: {},
};

export const checkWorker: MessageCheck = checker(WORKER);
export const checkForkedWorker: MessageCheck = checker(FORKED_WORKER);
export const checkZygote: MessageCheck = checker(ZYGOTE);
export const checkGateway: MessageCheck = checker(GATEWAY);
export const checkHooks: MessageCheck = checker(HOOKS);
export const checkSuccessor: MessageCheck = checker(SUCCESSOR);

function checker(table: Readonly<Record<string, Readonly<Record<string, Kind>>>>): MessageCheck {
  const fields = new Map(Object.entries(table).map(([type, kinds]) => [type, Object.entries(kinds)]));
  return (message) => {
    const kinds = fields.get(message.type);
    if (kinds === undefined) return 'unknown';
    for (const [name, kind] of kinds) {
      const value = valueOf(message, name);
      if (!kind.fits(value))
        return { fault: `\`${name}\` of \`${message.type}\` is ${quote(value)}, not ${kind.words}` };
    }
    return null;
  };
}

function oneOf(...allowed: readonly string[]): Kind {
  return {
    words: allowed.map((one) => `"${one}"`).join(' or '),
    fits: (value) => allowed.some((one) => one === value),
  };
}

function orNull(kind: Kind): Kind {
  return { words: `${kind.words} or null`, fits: (value) => value === null || kind.fits(value) };
}

function listOf(kind: Kind): Kind {
  return {
    words: `a list (of each: ${kind.words})`,
    fits: (value) => Array.isArray(value) && value.every((one) => kind.fits(one)),
  };
}

function pair(first: Kind, second: Kind): Kind {
  return {
    words: `a pair of ${first.words} and ${second.words}`,
    fits: (value) =>
      Array.isArray(value) && value.length === 2 && first.fits(value[0]) && second.fits(value[1]),
  };
}

function shape(kinds: Readonly<Record<string, Kind>>): Kind {
  const entries = Object.entries(kinds);
  return {
    words: `an object with ${entries.map(([name]) => name).join(', ')}`,
    fits: (value) =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      entries.every(([name, kind]) => kind.fits(valueOf(value, name))),
  };
}

function valueOf(holder: object, name: string): unknown {
  return Object.hasOwn(holder, name) ? (holder as Readonly<Record<string, unknown>>)[name] : undefined;
}

/** For the log: on one line, without control characters, cut. */
function quote(value: unknown): string {
  if (value === undefined) return 'missing';
  const whole = JSON.stringify(value).replaceAll(/[\u007f-\u009f\u2028\u2029]/g, '?');
  return whole.length > QUOTED_CHARS_MAX ? `${whole.slice(0, QUOTED_CHARS_MAX)}…` : whole;
}

const QUOTED_CHARS_MAX = 80;
