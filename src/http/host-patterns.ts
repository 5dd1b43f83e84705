// As Django reads Host (django.http.request.split_domain_port).
const HOST = /^([a-z0-9.-]+|\[[a-f0-9]*:[a-f0-9.:]+\])(?::[0-9]+)?$/;

/**
 * Whether a Host header names one of the hosts, by the rules of Django's ALLOWED_HOSTS: letter case, the port and a dot at the end do not
 * count, `.example.com` means the name and all below it, `*` everything.
 */
export function compileHostPatterns(patterns: readonly string[]): (host: string) => boolean {
  if (patterns.includes('*')) return () => true;
  const exact = new Set<string>();
  const below: string[] = [];
  for (const pattern of patterns) {
    const lower = pattern.toLowerCase();
    if (lower.startsWith('.')) {
      below.push(lower);
      exact.add(lower.slice(1));
    } else exact.add(lower);
  }
  let last = '';
  let lastAllowed = false;
  const allows = (host: string): boolean => {
    const name = HOST.exec(host.toLowerCase())?.[1]?.replace(/\.$/, '') ?? '';
    if (name === '') return false;
    return exact.has(name) || below.some((end) => name.endsWith(end));
  };
  // Most requests are for the same host as the one before.
  return (host) => {
    if (host !== last) {
      lastAllowed = allows(host);
      last = host;
    }
    return lastAllowed;
  };
}
