import type { CommandAnswer } from '../control/command.ts';
import type { OnReloadProgress, Refusal } from '../supervisor/reload.ts';
import type { ChosenServer } from './choose-server.ts';
import type { RunningServers } from './running-servers.ts';
import type { Terminal } from './terminal.ts';

/** Says a command to a server and gives its answer; null: it could not be asked, which was said. */
export async function askServer(
  chosen: ChosenServer,
  command: object,
  servers: RunningServers,
  terminal: Terminal,
  onProgress: OnReloadProgress = () => undefined,
): Promise<CommandAnswer | null> {
  let answer: CommandAnswer | null = null;
  try {
    await servers.talk(chosen.socket, command, (line) => {
      if ('ok' in line) answer ??= line;
      else onProgress(line.progress);
    });
  } catch (error) {
    // Whoever stops takes the connection with it.
    if (answer !== null) return answer;
    terminal.err(
      `licorne: error: the server cannot be reached: ${reasonOf(error)}\n  from     ${chosen.socket}\n`,
    );
    return null;
  }
  if (answer === null) terminal.err('licorne: error: the server ended before it had answered\n');
  return answer;
}

/** Shows why something could not be done. What an app printed may not drive the terminal. */
export function showFailure({ title, traceback, hint }: Refusal, terminal: Terminal): void {
  const parts = [`licorne: error: ${clean(title)}`];
  if (traceback !== '') parts.push(clean(traceback).trimEnd());
  if (hint !== '') parts.push(`  hint     ${clean(hint)}`);
  terminal.err(`${parts.join('\n')}\n`);
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM') return 'it belongs to another user';
  if (code === 'ENOENT' || code === 'ECONNREFUSED') return 'it is not there any more';
  return message;
}

/** Lines stay lines, everything else that a terminal would obey is shown. */
export function clean(text: string): string {
  return text.replaceAll(
    /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
