import type { Environment } from '../config/env.ts';
import type { Refusal } from '../supervisor/reload.ts';

/** A master that waits for this one to follow it hears why it won't. */
export async function tellPredecessor(env: Environment, why: Refusal): Promise<void> {
  // Commands that start nothing don't load it.
  await (await import('../control/takeover.ts')).refuse(env, why);
}
