import type { RegisteredServer } from '../control/registry.ts';
import { CONTROL_SOCKET } from '../control/command.ts';
import type { RunningServers } from './running-servers.ts';
import type { ServerLine } from './server-line.ts';
import type { Terminal } from './terminal.ts';

/** The server that a command is for. */
export interface ChosenServer {
  readonly socket: string;
  /** Null: it was found by its run directory only. */
  readonly server: RegisteredServer | null;
}

/** The server that is meant: by --run-dir, by --pid, else the one of this folder. Null: it was said what is wrong. */
export function chooseServer(
  line: ServerLine,
  servers: RunningServers,
  terminal: Terminal,
): ChosenServer | null {
  if (line.runDir !== null) return byRunDir(line.runDir, line.pid, servers, terminal);
  const all = servers.list();
  const here = all.filter((one) => isHere(one, terminal.cwd, servers));
  const meant = line.pid === null ? here : all.filter((one) => one.pid === line.pid);
  const [server, ...others] = meant;
  if (server !== undefined && others.length === 0) return { socket: socketOf(server), server };
  if (line.pid !== null) {
    refuse(
      terminal,
      `no server of this user has the process id ${line.pid}`,
      all,
      'name its run directory with --run-dir',
    );
  } else if (server !== undefined)
    refuse(terminal, 'several servers run in this folder', meant, 'choose one with --pid');
  else if (all.length === 0)
    refuse(
      terminal,
      'no server of this user runs on this machine',
      [],
      'a server of another user is named with --run-dir',
    );
  else refuse(terminal, 'no server runs in this folder', all, 'go to its folder, or choose one with --pid');
  return null;
}

/** One line for a list of servers. */
export function serverText({ pid, cwd, projectDirs, binds }: RegisteredServer): string {
  return `${String(pid).padStart(7)}  ${projectDirs[0] ?? cwd}  ${binds.join(' ')}`;
}

function byRunDir(
  runDir: string,
  pid: number | null,
  servers: RunningServers,
  terminal: Terminal,
): ChosenServer | null {
  const known = servers.list();
  const found = servers
    .sockets(runDir)
    .map((socket) => ({ socket, server: known.find((one) => servers.same(socketOf(one), socket)) ?? null }))
    .filter(({ server }) => pid === null || server?.pid === pid);
  const [first, ...others] = found;
  if (first !== undefined && others.length === 0) return first;
  if (first === undefined) {
    refuse(
      terminal,
      `there is no control socket of a running server in ${runDir}`,
      [],
      'a server has it in the folder licorne-… of its --run-dir',
    );
    return null;
  }
  const sockets = found.map(({ socket }) => `  ${socket}\n`).join('');
  terminal.err(
    `licorne: error: several servers share the run directory ${runDir}\n${sockets}  hint     name the folder of one of them\n`,
  );
  return null;
}

function isHere(server: RegisteredServer, cwd: string, servers: RunningServers): boolean {
  return [server.cwd, server.cwdName, ...server.projectDirs].some((folder) => servers.same(folder, cwd));
}

function socketOf({ runDir }: RegisteredServer): string {
  return `${runDir}/${CONTROL_SOCKET}`;
}

function refuse(terminal: Terminal, message: string, list: readonly RegisteredServer[], hint: string): void {
  const lines = list.map((one) => `${serverText(one)}\n`).join('');
  terminal.err(`licorne: error: ${message}\n${lines}  hint     ${hint}\n`);
}
