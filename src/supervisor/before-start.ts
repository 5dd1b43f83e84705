import { explainBindError } from '../net/bind-failure.ts';
import { EXIT } from './exit-codes.ts';
import type { Addresses, ListeningSockets } from './listening-sockets.ts';
import type { MasterHooks } from '../children/master-hooks.ts';
import { startFailure, type StartFailure } from './start-failure.ts';

/** What has to be done before any process is started: hooks that come first, then the sockets. Resolves with what went wrong, or null. */
export async function beforeStart(
  hooks: MasterHooks,
  sockets: ListeningSockets,
  addresses: Addresses,
): Promise<StartFailure | null> {
  const failure = await hooks.starting();
  if (failure !== null) return startFailure(failure, EXIT.failed);
  const error = await sockets.bind(addresses);
  return error === null ? null : { exitCode: EXIT.failed, detail: '', ...explainBindError(error) };
}
