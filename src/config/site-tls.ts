import type { Settings } from './options.ts';
import type { SiteValues } from './site-keys.ts';

type ClientSettings = Pick<Settings, 'client_ca' | 'client_verify'>;
type ClientValues = Pick<SiteValues, 'client_ca' | 'client_verify'>;

/** Which certificates the clients of a site show. */
export interface SiteClientRule {
  /** The same for sites that ask for the same; empty: what the server asks. */
  readonly name: string;
  readonly verify: Settings['client_verify'];
  /** Path as it was written; empty: none. */
  readonly ca: string;
}

export function clientRuleOf(said: ClientValues, settings: ClientSettings): SiteClientRule {
  const verify = said.client_verify ?? settings.client_verify;
  const ca = said.client_ca ?? settings.client_ca;
  const same = verify === settings.client_verify && (ca === settings.client_ca || verify === 'off');
  return { name: same ? '' : verify === 'off' ? verify : `${verify} ${ca}`, verify, ca };
}

/** What is wrong with it, in words; null: nothing. */
export function clientRuleFault(
  said: ClientValues,
  settings: ClientSettings,
): { readonly key: 'client_ca' | 'client_verify'; readonly message: string; readonly hint: string } | null {
  const { verify, ca } = clientRuleOf(said, settings);
  if (said.client_verify !== undefined && verify !== 'off' && ca === '') {
    const message = `\`site.client_verify\`: \`${verify}\` needs the authorities that are trusted`;
    return { key: 'client_verify', message, hint: 'name them with `client_ca`' };
  }
  if (said.client_ca === undefined || verify !== 'off') return null;
  const message = '`site.client_ca`: nobody is asked for a certificate';
  return { key: 'client_ca', message, hint: 'add client_verify = "required" (or "optional")' };
}
