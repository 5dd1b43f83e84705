import type { BindAddress } from '../config/bind.ts';
import type { BindError } from './bind.ts';
import { portHolder } from './port-holder.ts';

/** Why an address could not be bound and what to do about it, in words for the operator. */
export interface BindFailure {
  readonly message: string;
  readonly hint: string;
}

export function explainBindError(error: BindError): BindFailure {
  return explainBind(error.bind, error.code);
}

export function explainBind(bind: BindAddress, code: string): BindFailure {
  const message = (why: string): string => `Cannot listen on ${bind.source}: ${why}`;
  if (code === 'EADDRINUSE') return inUse(bind, message);
  if (code === 'EACCES' && bind.kind === 'tcp') {
    return {
      message: message(`only root may use port ${bind.port}.`),
      hint: `Choose a port from 1024 on (${other(bind, 8000)}), or grant the right to Node: setcap cap_net_bind_service=+ep $(readlink -f $(which node))`,
    };
  }
  if (code === 'EACCES')
    return { message: message('permission denied.'), hint: 'Choose a folder that this user may write to.' };
  if (code === 'EADDRNOTAVAIL') {
    return {
      message: message('this machine has no such address.'),
      hint: 'Bind 0.0.0.0 for every address, 127.0.0.1 for this machine only.',
    };
  }
  if (code === 'ENOTFOUND')
    return { message: message('the host name is not known.'), hint: 'Use an IP address of this machine.' };
  if (code === 'ENOTSOCK') {
    return {
      message: message('the path exists and is no socket.'),
      hint: 'Remove the file, or choose another path.',
    };
  }
  if (code === 'ENOENT')
    return { message: message('the folder does not exist.'), hint: 'Create it, or choose another path.' };
  if (code === 'EINVAL' && bind.kind === 'unix') {
    return {
      message: message('the path is too long for a Unix socket (107 bytes at most).'),
      hint: 'Choose a shorter path.',
    };
  }
  return { message: message(`${code}.`), hint: 'Choose another address with -b.' };
}

function inUse(bind: BindAddress, message: (why: string) => string): BindFailure {
  if (bind.kind !== 'tcp') {
    return {
      message: message('another server answers there.'),
      hint: 'Stop that server, or choose another path.',
    };
  }
  const holder = portHolder(bind.port);
  const by = holder === null ? '' : ` by process ${holder.pid} (${holder.command})`;
  return {
    message: message(`the port is in use${by}.`),
    hint: `Stop that process, or choose another port: ${other(bind, bind.port + 1)} (port 0 lets the system choose)`,
  };
}

function other(bind: BindAddress & { kind: 'tcp' }, port: number): string {
  const host = bind.family === 6 ? `[${bind.host}]` : bind.host;
  return `-b ${host}:${port}`;
}
