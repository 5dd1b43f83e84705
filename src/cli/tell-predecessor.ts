import type { Environment } from '../config/env.ts';
import type { Refusal } from '../supervisor/reload.ts';

/** A master that waits for this one to follow it hears why it won't. */
export async function tellPredecessor(env: Environment, why: Refusal): Promise<void> {
  const { inheritance } = await import('../net/upgrade-sockets.ts');
  const legacy = inheritance(env);
  if (legacy === null) return;
  const { refuse } = await import('../supervisor/takeover.ts');
  await refuse(legacy.control, why);
}
