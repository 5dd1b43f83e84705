import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface PortHolder {
  readonly pid: number;
  /** Its command line, shortened. */
  readonly command: string;
}

const COMMAND_CHARS_MAX = 100;
const TCP_LISTEN = '0A';

/** Which process listens on a TCP port, as far as this user may see (Linux only); null when it can't be told. */
export function portHolder(port: number): PortHolder | null {
  const inodes = new Set([
    ...listeningInodes('/proc/net/tcp', port),
    ...listeningInodes('/proc/net/tcp6', port),
  ]);
  if (inodes.size === 0) return null;
  for (const entry of list('/proc')) {
    if (/^[0-9]+$/.test(entry) && holdsSocket(entry, inodes))
      return { pid: Number(entry), command: commandOf(entry) };
  }
  return null;
}

/** The table's columns: sl, local address:port in hexadecimal, remote, state, …, inode as the tenth. */
function listeningInodes(path: string, port: number): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return read(path)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[3] === TCP_LISTEN && columns[1]?.endsWith(wanted) === true)
    .map((columns) => columns[9] ?? '');
}

function holdsSocket(pid: string, inodes: ReadonlySet<string>): boolean {
  return list(`/proc/${pid}/fd`).some((fd) => {
    const inode = /^socket:\[([0-9]+)\]$/.exec(link(`/proc/${pid}/fd/${fd}`))?.[1];
    return inode !== undefined && inodes.has(inode);
  });
}

function commandOf(pid: string): string {
  const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
  return command.length > COMMAND_CHARS_MAX ? `${command.slice(0, COMMAND_CHARS_MAX)}…` : command;
}

// Processes come and go while we look, and others' are not ours to read: whatever fails is not there.

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
