/**
 * What `licorne reload` and its like say to a running server over the control socket in its run directory, and what it answers: one
 * JSON object a line. A connection carries one command. See docs/internals/wire.md.
 */
import type { Refusal, ReloadProgress } from '../supervisor/reload.ts';
import type { ReloadScope } from '../supervisor/reload-scope.ts';
import type { PeerAction } from '../supervisor/upstreams.ts';

/** Name of the socket in the run directory. */
export const CONTROL_SOCKET = 'control.sock';

export type ServerCommand =
  /** Load code and configuration anew, or the configuration alone. */
  | { readonly command: 'reload'; readonly scope: ReloadScope }
  /** End; `now`: without finishing what runs. The connection stays open for as long as the server lives. */
  | { readonly command: 'stop'; readonly now: boolean }
  | { readonly command: 'status' }
  /** Be followed by a new master, of the program as it is on disk now. */
  | { readonly command: 'upgrade' }
  /** How many workers an app is to have. */
  | { readonly command: 'scale'; readonly app: string; readonly workers: number }
  /** How many more; less than 0: how many less. */
  | { readonly command: 'scale'; readonly app: string; readonly by: number }
  | PeerCommand;

/** What is to be with a server of an upstream. */
export interface PeerCommand {
  readonly command: 'upstream';
  readonly action: PeerAction;
  readonly upstream: string;
  /** As the configuration has it. */
  readonly peer: string;
}

/** How far a reload has come. */
export interface CommandProgress {
  readonly progress: ReloadProgress;
}

/** The last line of an answer. When it was done, what else there is to say stands beside `ok`. */
export type CommandAnswer = ({ readonly ok: true } & Readonly<Record<string, unknown>>) | Refusal;

/** Any line of an answer. */
export type CommandReply = CommandProgress | CommandAnswer;
