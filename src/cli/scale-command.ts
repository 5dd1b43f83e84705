import { MAIN_APP } from '../config/apps.ts';
import { askServer, showFailure } from './ask-server.ts';
import { chooseServer } from './choose-server.ts';
import { type RunningServers, runningServers } from './running-servers.ts';
import { readServerLine } from './server-line.ts';
import type { Terminal } from './terminal.ts';

/** `licorne scale [APP=]N`, or `+N` and `-N` for so many more or less. */
export async function runScale(
  argv: readonly string[],
  terminal: Terminal,
  servers: RunningServers = runningServers(terminal.env),
): Promise<number> {
  const line = await readServerLine('scale', argv.map(asWord), [], 1, terminal);
  if (typeof line === 'number') return line;
  const [said = ''] = line.positionals;
  const wanted = /^(?:([A-Za-z][A-Za-z0-9_-]*)=)?([+-]?)([0-9]{1,4})$/.exec(said);
  if (wanted === null) {
    terminal.err(
      `licorne: error: ${said === '' ? 'scale needs a number of workers' : `\`${said}\` is no number of workers`}\n  allowed  N, +N or -N, or APP=N for an application of [apps.APP]\n`,
    );
    return 2;
  }
  const chosen = chooseServer(line, servers, terminal);
  if (chosen === null) return 1;
  const app = wanted[1] ?? MAIN_APP;
  const [, , sign, digits] = wanted;
  const number = sign === '' ? { workers: Number(digits) } : { by: Number(`${sign}${digits}`) };
  const answer = await askServer(chosen, { command: 'scale', app, ...number }, servers, terminal);
  if (answer === null) return 1;
  if (!answer.ok) {
    showFailure(answer, terminal);
    return 1;
  }
  const workers = Number(answer['workers']);
  terminal.out(`${app}: ${workers} ${workers === 1 ? 'worker' : 'workers'} wanted\n`);
  return 0;
}

/** `-1` is no flag here. */
function asWord(word: string, at: number, argv: readonly string[]): string {
  const isValue = ['--pid', '--run-dir'].includes(argv[at - 1] ?? '');
  return !isValue && /^-[0-9]+$/.test(word) ? `${MAIN_APP}=${word}` : word;
}
