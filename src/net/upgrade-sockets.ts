import { type Environment, UPGRADE_VARIABLE } from '../config/env.ts';
import type { BoundSocket } from './bind.ts';
import type { InheritedSocket, SocketFile } from './inherited-sockets.ts';

/** What a master tells the one that shall follow it, in the environment. */
interface Legacy {
  /** The master that started it; a variable that has strayed to another process means nothing there. */
  readonly pid: number;
  /** Descriptor of the channel between the two. */
  readonly control: number;
  readonly sockets: readonly {
    readonly fd: number;
    readonly key: string;
    readonly file: SocketFile | null;
    readonly activated: boolean;
  }[];
}

export interface Inheritance {
  readonly control: number;
  readonly sockets: readonly InheritedSocket[];
}

/** The variable for a process that has the control channel as `control` and the sockets from `firstFd` on, in this order. */
export function describeInheritance(
  sockets: readonly BoundSocket[],
  { control, firstFd }: { readonly control: number; readonly firstFd: number },
): Record<string, string> {
  const legacy: Legacy = {
    pid: process.pid,
    control,
    sockets: sockets.map(({ key, file, activated }, index) => ({
      fd: firstFd + index,
      key,
      file,
      activated,
    })),
  };
  return { [UPGRADE_VARIABLE]: JSON.stringify(legacy) };
}

/** What the master before this one left to it; null: there is none. */
export function inheritance(env: Environment, parent: number = process.ppid): Inheritance | null {
  const text = env[UPGRADE_VARIABLE];
  if (text === undefined) return null;
  const legacy = JSON.parse(text) as Legacy;
  if (legacy.pid !== parent) return null;
  const sockets = legacy.sockets.map(({ fd, key, file, activated }) => ({
    fd,
    keys: [key],
    file,
    activated,
  }));
  return { control: legacy.control, sockets };
}
