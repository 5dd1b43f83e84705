import type { SettingValue } from './option.ts';

/** Stands for a secret wherever settings are shown; nothing can be set to it. */
export const NOT_SHOWN = '(set)';

/** Names of variables, headers and such whose values are most likely secrets. */
const SECRET_NAME =
  /(?:^|[_-])(?:secret|secrets|password|passwd|passphrase|pass|token|key|dsn|authorization|cookie)(?:$|[_-])/i;
/** The password of a URL. */
const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]*:\/\/[^/?#\s:@]*:)[^/?#\s@]+(?=@)/gi;

/** A value as people may see it: without secrets, passwords in URLs among them. @param secret all of it is one; of a map its values. */
export function withoutSecrets(value: SettingValue, secret: boolean): SettingValue {
  if (typeof value === 'string') return secret && value !== '' ? NOT_SHOWN : withoutPasswords(value);
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item: string) => withoutSecrets(item, secret) as string);
  return Object.fromEntries(
    Object.entries(value as Readonly<Record<string, string>>).map(([name, text]) => [
      name,
      withoutSecrets(text, secret || SECRET_NAME.test(name)) as string,
    ]),
  );
}

/** A text in which URLs have no passwords. */
export function withoutPasswords(text: string): string {
  return text.replaceAll(URL_PASSWORD, `$1${NOT_SHOWN}`);
}

/** Whether it was copied from where it was shown. */
export function isNotShown(text: string): boolean {
  return text === NOT_SHOWN || text.includes(`:${NOT_SHOWN}@`);
}
