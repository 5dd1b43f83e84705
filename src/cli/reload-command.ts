import type { ReloadProgress } from '../supervisor/reload.ts';
import { askServer, showFailure } from './ask-server.ts';
import { chooseServer } from './choose-server.ts';
import { type RunningServers, runningServers } from './running-servers.ts';
import { readServerLine } from './server-line.ts';
import type { Terminal } from './terminal.ts';

/** `licorne reload [--config]`: returns when the new code, or the configuration, serves, or tells why it does not. */
export async function runReload(
  argv: readonly string[],
  terminal: Terminal,
  servers: RunningServers = runningServers(terminal.env),
): Promise<number> {
  const line = await readServerLine('reload', argv, ['--config'], 0, terminal);
  if (typeof line === 'number') return line;
  const chosen = chooseServer(line, servers, terminal);
  if (chosen === null) return 1;
  const progress = new ProgressLine(terminal);
  const ignore = terminal.onInterrupt(() => {
    progress.leave();
    terminal.err('licorne: the server goes on with the reload; `licorne status` tells how it is\n');
  });
  const command = { command: 'reload', ...(line.flags.has('--config') ? { scope: 'configuration' } : {}) };
  const answer = await askServer(chosen, command, servers, terminal, (one) => progress.show(one));
  progress.end();
  ignore();
  if (answer === null) return 1;
  if (!answer.ok) {
    showFailure(answer, terminal);
    return 1;
  }
  for (const warning of linesOf(answer['warnings'])) terminal.err(`${warning.trimEnd()}\n`);
  terminal.out(doneText(answer));
  for (const change of linesOf(answer['changes'])) terminal.out(`${change}\n`);
  return 0;
}

function linesOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function doneText({ scope, ms, workers, apps, changes }: Readonly<Record<string, unknown>>): string {
  const seconds = (Number(ms) / 1000).toFixed(1);
  const count = Number(workers);
  if (scope === 'configuration') {
    const same = linesOf(changes).length === 0 ? '; nothing has changed' : '';
    return `Configuration reloaded in ${seconds} s, the workers go on${same}\n`;
  }
  if (apps === 0) return `Reloaded in ${seconds} s: there is no application\n`;
  if (count === 0) return `Reloaded in ${seconds} s: asleep, the next request starts the new code\n`;
  return `Reloaded ${count} ${count === 1 ? 'worker' : 'workers'} in ${seconds} s\n`;
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

  /** It stays, as far as it has come. */
  leave(): void {
    if (this.#open) this.#terminal.err('\n');
    this.#open = false;
  }

  /** What comes next begins on a line of its own. */
  end(): void {
    if (this.#open) this.#terminal.err('\r\x1b[K');
    this.#open = false;
  }
}
