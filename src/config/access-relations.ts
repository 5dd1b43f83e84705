import type { AccessKeyName, AccessValues } from './access-keys.ts';

type Tell = (severity: 'error' | 'warning', key: AccessKeyName, message: string, hint: string | null) => void;

/** What the keys about access have to do with each other. */
export function checkAccess(said: AccessValues, tell: Tell): void {
  checkAddresses(said, tell);
  if (said.cors_credentials === true && said.cors_origins?.includes('*') === true) {
    const message = 'every page of the web could act as the user who is signed in here';
    tell('error', 'cors_credentials', message, 'name the origins in `cors_origins`, or remove it');
  }
  needs(said, tell, 'cors_origins', [
    'cors_methods',
    'cors_headers',
    'cors_expose',
    'cors_credentials',
    'cors_max_age',
  ]);
  needs(said, tell, 'rate_limit', ['rate_limit_burst', 'rate_limit_key', 'rate_limit_headers']);
  needs(said, tell, 'concurrency_max', ['concurrency_key']);
  needs(said, tell, 'auth_request', ['auth_request_headers']);
}

function checkAddresses(said: AccessValues, tell: Tell): void {
  const named = (['access', 'allow', 'deny'] as const).filter((key) => (said[key] ?? []).length > 0);
  const last = named.at(-1);
  if (named.length < 2 || last === undefined) return;
  const message = `\`${named[0]}\` and \`${last}\` do not say which of them counts first`;
  tell('error', last, message, 'write one list: access = ["deny 10.0.0.9", "allow 10.0.0.0/8", "deny all"]');
}

/** Keys that mean nothing where another is not given. */
function needs(said: AccessValues, tell: Tell, key: AccessKeyName, others: readonly AccessKeyName[]): void {
  if (said[key] !== undefined) return;
  for (const other of others)
    if (said[other] !== undefined)
      tell('warning', other, `it means nothing without \`${key}\``, `add \`${key}\``);
}
