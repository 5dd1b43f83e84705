import type { ReloadProgress } from '../supervisor/reload.ts';
import { askServer, showFailure } from './ask-server.ts';
import { chooseServer } from './choose-server.ts';
import { type RunningServers, runningServers } from './running-servers.ts';
import { readServerLine } from './server-line.ts';
import type { Terminal } from './terminal.ts';

/** `licorne reload`: returns when the new code serves, or tells why it does not. */
export async function runReload(
  argv: readonly string[],
  terminal: Terminal,
  servers: RunningServers = runningServers(terminal.env),
): Promise<number> {
  const line = await readServerLine('reload', argv, [], 0, terminal);
  if (typeof line === 'number') return line;
  const chosen = chooseServer(line, servers, terminal);
  if (chosen === null) return 1;
  const progress = new ProgressLine(terminal);
  const answer = await askServer(chosen, { command: 'reload' }, servers, terminal, (one) =>
    progress.show(one),
  );
  progress.end();
  if (answer === null) return 1;
  if (!answer.ok) {
    showFailure(answer, terminal);
    return 1;
  }
  const { ms, workers, warnings, changes } = answer;
  if (Array.isArray(warnings)) for (const warning of warnings) terminal.err(`${String(warning).trimEnd()}\n`);
  const count = Number(workers);
  terminal.out(
    `Reloaded ${count} ${count === 1 ? 'worker' : 'workers'} in ${(Number(ms) / 1000).toFixed(1)} s\n`,
  );
  if (Array.isArray(changes)) for (const change of changes) terminal.out(`${String(change)}\n`);
  return 0;
}

/** One line that is written over and over on a terminal; lines one after another elsewhere. */
class ProgressLine {
  readonly #terminal: Terminal;
  #open = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  show({ app, done, of }: ReloadProgress): void {
    const text =
      of === 0
        ? `${app}: asleep, its next request starts the new code`
        : `${app}: ${done}/${of} workers replaced`;
    if (this.#terminal.rewrites) {
      this.#terminal.err(`\r\x1b[K${text}`);
      this.#open = true;
    } else this.#terminal.err(`${text}\n`);
  }

  /** What comes next begins on a line of its own. */
  end(): void {
    if (this.#open) this.#terminal.err('\r\x1b[K');
    this.#open = false;
  }
}
