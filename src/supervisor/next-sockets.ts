import { type BindAddress, bindText } from '../config/bind.ts';
import { BindError, bindSocket } from '../net/bind.ts';
import { explainBindError } from '../net/bind-failure.ts';
import {
  type Addresses,
  type ListeningSocketsOptions,
  served,
  type ServedSocket,
} from './listening-sockets.ts';
import { refusal, type Refusal } from './reload.ts';

/** The sockets of a new configuration: those that stay, and new ones. */
export interface NextSockets {
  readonly ok: true;
  readonly sockets: readonly ServedSocket[];
  /** Whether they are others than before. */
  readonly changed: boolean;
  /** They are used now: closes those that are not wanted any more. */
  take(): void;
  /** They are not used: closes the new ones. */
  abandon(): void;
}

/** Binds the addresses that are new, and only those. @param current with the sockets of its addresses, in their order. */
export async function nextSockets(
  current: Addresses & { readonly sockets: readonly ServedSocket[] },
  wanted: Addresses,
  options: ListeningSocketsOptions,
): Promise<NextSockets | Refusal> {
  const spare = addressesOf(current).map(({ key }, index) => ({ key, socket: current.sockets[index] }));
  const tls = wanted.tls !== null;
  let spokenAnew = false;
  const opened: ServedSocket[] = [];
  const sockets: ServedSocket[] = [];
  const close = (unwanted: readonly (ServedSocket | undefined)[]): void => {
    for (const socket of unwanted) socket?.close();
  };
  for (const { key, bind, admin } of addressesOf(wanted)) {
    const at = spare.findIndex((one) => one.key === key);
    const [kept] = at === -1 ? [] : spare.splice(at, 1);
    if (kept?.socket !== undefined) {
      const socket = served(kept.socket, bind, { admin, tls });
      spokenAnew ||= socket.tls !== kept.socket.tls;
      sockets.push(socket);
      continue;
    }
    try {
      const socket = served(await bindSocket(bind, options), bind, { admin, tls });
      opened.push(socket);
      sockets.push(socket);
    } catch (error) {
      close(opened);
      if (!(error instanceof BindError)) throw error;
      return explained(error, current.binds);
    }
  }
  return {
    ok: true,
    sockets,
    changed: opened.length > 0 || spare.length > 0 || spokenAnew,
    take: () => close(spare.map(({ socket }) => socket)),
    abandon: () => close(opened),
  };
}

/** All of them, in the order of the sockets; `key` is the same for the same address and purpose. */
export function addressesOf({
  binds,
  adminBind,
}: Pick<Addresses, 'binds' | 'adminBind'>): readonly { key: string; bind: BindAddress; admin: boolean }[] {
  const all = binds.map((bind) => ({ key: bindText(bind), bind, admin: false }));
  return adminBind === null
    ? all
    : [...all, { key: `admin ${bindText(adminBind)}`, bind: adminBind, admin: true }];
}

/** The port may be held by this very server, on another address of the machine. */
function explained(error: BindError, binds: readonly BindAddress[]): Refusal {
  const { message, hint } = explainBindError(error);
  const { bind } = error;
  const own = bind.kind === 'tcp' && binds.some((one) => one.kind === 'tcp' && one.port === bind.port);
  if (error.code !== 'EADDRINUSE' || !own) return refusal(message, hint);
  return refusal(
    `Cannot listen on ${bind.source}: this server holds the port, on another address.`,
    'Stop the server and start it again: a port cannot move between addresses while it is open.',
  );
}
