import { AcmeError } from './acme-error.ts';
import type { AcmeClient } from './acme-client.ts';
import { nonsense } from './acme-client.ts';
import { externalBinding } from './jws.ts';

/** Who asks for certificates, as the operator says it. */
export interface AccountWishes {
  /** Where the authority may write to; empty: nowhere. */
  readonly email: string;
  /** External account binding; both or neither. The key is base64url. */
  readonly eabKid: string;
  readonly eabKey: string;
}

/** What is remembered of an account besides its key. */
export interface AccountRecord {
  readonly url: string;
  readonly email: string;
}

/**
 * Makes sure that the client has an account: the one that is remembered, or the one that the authority knows for the key, or a new one. Gives what
 * is to be remembered.
 */
export async function ensureAccount(
  client: AcmeClient,
  wishes: AccountWishes,
  known: AccountRecord | null,
  signal: AbortSignal,
): Promise<AccountRecord> {
  if (known !== null && known.email === wishes.email) {
    client.account = known.url;
    return known;
  }
  const contact = wishes.email === '' ? [] : [`mailto:${wishes.email}`];
  if (known !== null) {
    client.account = known.url;
    await client.post(known.url, { contact }, signal);
    return { url: known.url, email: wishes.email };
  }
  const { newAccount, eabRequired } = await client.directory(signal);
  if (eabRequired && wishes.eabKid === '')
    throw new AcmeError(
      'refused',
      `${new URL(newAccount).host} gives certificates to its own customers only`,
      {
        hint: 'give acme_eab_kid and acme_eab_key, which it shows to them',
      },
    );
  const binding =
    wishes.eabKid === ''
      ? {}
      : {
          externalAccountBinding: externalBinding(client.key, wishes.eabKid, wishes.eabKey, newAccount),
        };
  const answer = await client.post(
    newAccount,
    { termsOfServiceAgreed: true, ...(contact.length > 0 ? { contact } : {}), ...binding },
    signal,
    { byKey: true },
  );
  if (answer.location === '') throw nonsense(newAccount, 'it does not say where the account is');
  client.account = answer.location;
  return { url: answer.location, email: wishes.email };
}
