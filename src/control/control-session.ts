import type { Duplex } from 'node:stream';
import type { CommandAnswer, ServerCommand } from './command.ts';
import { PEER_ACTIONS } from '../supervisor/upstreams.ts';
import { type OnReloadProgress, type ReloadProgress, refusal } from '../supervisor/reload.ts';

/** Limits of one connection to the control socket. */
export interface ControlLimits {
  /** The longest command, its line end included. */
  readonly line_bytes_max: number;
  /** Time a client has to say its command, and then to take the answer, milliseconds. */
  readonly idle_ms: number;
  /** Progress is left out while a client has this much to read still. */
  readonly unread_bytes_max: number;
}

export const CONTROL_LIMITS: ControlLimits = {
  line_bytes_max: 4_096,
  idle_ms: 10_000,
  unread_bytes_max: 16_384,
};

/** Carries a command out. */
export type Execute = (command: ServerCommand, onProgress: OnReloadProgress) => Promise<CommandAnswer>;

const LINE_FEED = 10;
const WORKERS_MAX = 1_024;

/** One connection to the control socket: a line that holds a command, then lines that answer it. Believes nothing of what it is sent. */
export class ControlSession {
  readonly #socket: Duplex;
  readonly #execute: Execute;
  readonly #limits: ControlLimits;
  #parts: Buffer[] = [];
  #bytes = 0;
  #heard = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(socket: Duplex, execute: Execute, limits: ControlLimits = CONTROL_LIMITS) {
    this.#socket = socket;
    this.#execute = execute;
    this.#limits = limits;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    // A client may end its side after the command and still wait for the answer.
    socket.on('end', () => {
      if (!this.#heard) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => this.#rest());
    this.#giveUpAfter(limits.idle_ms);
  }

  #receive(chunk: Buffer): void {
    // One command a connection: whatever follows is not even kept.
    if (this.#heard) return;
    const end = chunk.indexOf(LINE_FEED);
    const piece = end === -1 ? chunk : chunk.subarray(0, end);
    this.#bytes += piece.length + (end === -1 ? 0 : 1);
    if (this.#bytes > this.#limits.line_bytes_max) {
      this.#refuse(`a command of more than ${this.#limits.line_bytes_max} bytes`);
      return;
    }
    this.#parts.push(Buffer.from(piece));
    if (end !== -1) this.#hear(Buffer.concat(this.#parts).toString('utf8'));
  }

  #hear(line: string): void {
    this.#heard = true;
    this.#parts = [];
    const command = readCommand(line);
    if (typeof command === 'string') {
      this.#refuse(command);
      return;
    }
    this.#rest();
    this.#execute(command, (progress) => this.#progress(progress)).then(
      (answer) => this.#answer(answer, command.command === 'stop' && answer.ok),
      (error: unknown) => this.#refuse(error instanceof Error ? error.message : String(error)),
    );
  }

  #progress(progress: ReloadProgress): void {
    if (this.#socket.writableLength > this.#limits.unread_bytes_max) return;
    this.#write({ progress });
  }

  /** @param stay whether the end of the connection is to tell of the end of the server. */
  #answer(answer: CommandAnswer, stay: boolean): void {
    this.#write(answer);
    if (stay) return;
    this.#socket.end();
    this.#giveUpAfter(this.#limits.idle_ms);
  }

  #refuse(title: string): void {
    this.#heard = true;
    this.#parts = [];
    this.#answer(refusal(title), false);
  }

  #write(line: object): void {
    if (this.#socket.writable) this.#socket.write(`${JSON.stringify(line)}\n`);
  }

  #giveUpAfter(ms: number): void {
    this.#rest();
    this.#timer = setTimeout(() => this.#socket.destroy(), ms).unref();
  }

  #rest(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/** A command, or what is wrong with the line. */
function readCommand(line: string): ServerCommand | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'a command that is not JSON';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return 'a command that is no JSON object';
  const { command, now = false, scope = 'everything', app, workers, by } = value as Record<string, unknown>;
  switch (command) {
    case 'reload':
      return scope === 'everything' || scope === 'configuration'
        ? { command, scope }
        : '`scope` is "everything" or "configuration"';
    case 'status':
    case 'upgrade':
      return { command };
    case 'stop':
      return typeof now === 'boolean' ? { command, now } : '`now` is true or false';
    case 'scale':
      if (typeof app !== 'string') return '`app` is the name of an application';
      if (by !== undefined)
        return isDifference(by)
          ? { command, app, by }
          : `\`by\` is a number from -${WORKERS_MAX} to ${WORKERS_MAX}`;
      return isCount(workers)
        ? { command, app, workers }
        : `\`workers\` is a number from 1 to ${WORKERS_MAX}`;
    case 'upstream':
      return readPeerCommand(value as Record<string, unknown>);
    default:
      return 'an unknown command; this version knows reload, stop, status, scale, upstream and upgrade';
  }
}

function readPeerCommand({ action, upstream, peer }: Record<string, unknown>): ServerCommand | string {
  const known = PEER_ACTIONS.find((one) => one === action);
  if (known === undefined) return `\`action\` is one of ${PEER_ACTIONS.join(', ')}`;
  if (typeof upstream !== 'string') return '`upstream` is the name of an upstream';
  if (typeof peer !== 'string') return '`peer` is the URL of a server';
  return { command: 'upstream', action: known, upstream, peer };
}

function isDifference(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= WORKERS_MAX;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= WORKERS_MAX;
}
