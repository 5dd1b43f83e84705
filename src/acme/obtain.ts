import { type AccountWishes, ensureAccount } from './account.ts';
import { AcmeClient } from './acme-client.ts';
import { AcmeError } from './acme-error.ts';
import { CaTransport } from './ca-transport.ts';
import type { ChallengeBoard, ChallengeType } from './challenges.ts';
import type { Clock } from './clock.ts';
import type { HeldCertificate } from './held-certificate.ts';
import { runOrder } from './order.ts';
import { askRenewal, type RenewalWindow } from './renewal-info.ts';
import { renewalName } from './signing.ts';
import type { StateFolder } from './state-folder.ts';

/** One authority, and how it is asked. */
export interface Authority {
  /** URL. */
  readonly directory: string;
  /** PEM of what else its TLS is trusted by; empty: nothing. */
  readonly ca: string;
  readonly account: AccountWishes;
  readonly types: readonly ChallengeType[];
  /** For User-Agent. */
  readonly agentName: string;
}

/** What an order needs besides the names. */
export interface OrderMeans {
  readonly authority: Authority;
  readonly folder: StateFolder;
  readonly board: ChallengeBoard;
  readonly clock: Clock;
  /** Told once when an account is made. */
  readonly onAccount: (terms: string) => void;
}

/**
 * Gets one certificate: with the account of the folder, by the first kind of challenge that convinces the authority.
 * @param current the one whose place it takes; null: there is none. Rejects with AcmeError.
 */
export async function obtain(
  means: OrderMeans,
  names: readonly string[],
  current: HeldCertificate | null,
  signal: AbortSignal,
): Promise<HeldCertificate> {
  const { authority, board, clock } = means;
  return withClient(means, async (client) => {
    const replaces = current === null ? null : await replacedName(client, current, signal);
    await signIn(client, means, signal);
    const { types } = authority;
    for (let first = 0; ; first += 1) {
      // The other kinds are there for names for which the first is not offered.
      const order = [...types.slice(first), ...types.slice(0, first)];
      const asked = {
        client,
        names,
        board,
        types: order,
        replaces,
        signal,
        now: clock.now,
        sleep: clock.sleep,
      };
      try {
        return await runOrder(asked);
      } catch (error) {
        const other = error instanceof AcmeError && error.fault === 'challenge' && first + 1 < types.length;
        if (!other || signal.aborted) throw error;
      }
    }
  });
}

/** When the authority would like it renewed; null: it has no wishes. */
export async function renewalOf(
  means: OrderMeans,
  held: HeldCertificate,
  signal: AbortSignal,
): Promise<RenewalWindow | null> {
  return withClient(means, async (client) => {
    const name = await renewalName(held.chain);
    return name === null ? null : askRenewal(client, name, signal);
  });
}

async function withClient<T>(
  { authority, folder, clock }: OrderMeans,
  work: (client: AcmeClient) => Promise<T>,
): Promise<T> {
  const transport = new CaTransport(authority);
  try {
    return await work(new AcmeClient(authority.directory, folder.account().key, transport, clock.now));
  } finally {
    transport.close();
  }
}

async function signIn(client: AcmeClient, means: OrderMeans, signal: AbortSignal): Promise<void> {
  const { authority, folder, onAccount } = means;
  const { key, record } = folder.account();
  try {
    const kept = await ensureAccount(client, authority.account, record, signal);
    if (kept === record) {
      // Only the authority knows whether it still knows us.
      await client.post(kept.url, null, signal);
      return;
    }
    folder.keepAccount(key, kept);
    if (record === null) onAccount((await client.directory(signal)).terms);
  } catch (error) {
    const gone = error instanceof AcmeError && error.problem?.type === 'accountDoesNotExist';
    if (!gone || record === null) throw error;
    folder.keepAccount(key, await ensureAccount(client, authority.account, null, signal));
    onAccount((await client.directory(signal)).terms);
  }
}

/** Null where the authority would not understand it. */
async function replacedName(
  client: AcmeClient,
  current: HeldCertificate,
  signal: AbortSignal,
): Promise<string | null> {
  const { renewalInfo } = await client.directory(signal);
  return renewalInfo === '' ? null : renewalName(current.chain);
}
