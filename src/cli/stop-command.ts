import { askServer, showFailure } from './ask-server.ts';
import { chooseServer } from './choose-server.ts';
import { type RunningServers, runningServers } from './running-servers.ts';
import { readServerLine } from './server-line.ts';
import type { Terminal } from './terminal.ts';

/** When the server has let go of everything, its process ends within this. */
const LAST_MS = 10_000;

/** `licorne stop`: as SIGTERM does, or SIGQUIT with `--now`; returns when the process is gone. */
export async function runStop(
  argv: readonly string[],
  terminal: Terminal,
  servers: RunningServers = runningServers(terminal.env),
): Promise<number> {
  const line = await readServerLine('stop', argv, ['--now'], 0, terminal);
  if (typeof line === 'number') return line;
  const chosen = chooseServer(line, servers, terminal);
  if (chosen === null) return 1;
  const now = line.flags.has('--now');
  const answer = await askServer(chosen, { command: 'stop', now }, servers, terminal);
  if (answer === null) return 1;
  if (!answer.ok) {
    showFailure(answer, terminal);
    return 1;
  }
  const pid = Number(answer['pid']);
  if (!(await servers.gone(pid, LAST_MS))) {
    terminal.err(
      `licorne: error: process ${pid} has stopped serving and does not end\n  hint     kill -9 ${pid}\n`,
    );
    return 1;
  }
  terminal.out(`Stopped (pid ${pid})\n`);
  return 0;
}
