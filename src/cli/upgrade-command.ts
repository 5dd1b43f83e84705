import { askServer, showFailure } from './ask-server.ts';
import { chooseServer } from './choose-server.ts';
import { type RunningServers, runningServers } from './running-servers.ts';
import { readServerLine } from './server-line.ts';
import type { Terminal } from './terminal.ts';

/** `licorne upgrade`: as SIGUSR2 does; returns when the new master serves, or tells why it does not. */
export async function runUpgrade(
  argv: readonly string[],
  terminal: Terminal,
  servers: RunningServers = runningServers(terminal.env),
): Promise<number> {
  const line = await readServerLine('upgrade', argv, [], 0, terminal);
  if (typeof line === 'number') return line;
  const chosen = chooseServer(line, servers, terminal);
  if (chosen === null) return 1;
  const answer = await askServer(chosen, { command: 'upgrade' }, servers, terminal);
  if (answer === null) return 1;
  if (!answer.ok) {
    showFailure(answer, terminal);
    return 1;
  }
  const seconds = (Number(answer['ms']) / 1000).toFixed(1);
  terminal.out(`Upgraded in ${seconds} s: process ${Number(answer['pid'])} serves\n`);
  return 0;
}
