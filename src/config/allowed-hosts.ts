import { ConfigError } from './diagnostic.ts';

const NAME = /^(?:\*|\.?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[a-f0-9:.]+\])$/i;

/** Checks `auto`, `off`, or names as in Django's ALLOWED_HOSTS. Throws ConfigError. */
export function checkAllowedHosts(hosts: readonly string[]): void {
  const allowed = 'auto, off, or names such as example.com, .example.com, [::1] or *';
  if (hosts.length === 0) throw new ConfigError('no host is named', allowed, 'write off for no limit');
  for (const word of ['auto', 'off'])
    if (hosts.includes(word) && hosts.length > 1)
      throw new ConfigError(`\`${word}\` beside names`, allowed, `remove \`${word}\`, or the names`);
  const wrong = hosts.find((host) => !NAME.test(host));
  if (wrong === undefined) return;
  const hint = wrong.startsWith('*.')
    ? `write ${wrong.slice(1)}`
    : /^(.*):[0-9]+$/.test(wrong) && !wrong.startsWith('[')
      ? 'the port does not count: leave it out'
      : null;
  throw new ConfigError(`\`${wrong}\` is not a host`, allowed, hint);
}

/** What the gateways are told. */
export function allowedHostsOf(hosts: readonly string[]): readonly string[] | 'auto' | 'off' {
  const [first] = hosts;
  return first === 'auto' || first === 'off' ? first : hosts;
}
