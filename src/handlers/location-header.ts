const PLAIN = /^[A-Za-z0-9\-._~!$&'()*+,;=:@/]$/;

/**
 * A path as the value of a Location header, from latin-1 code points: percent-encoded, and with one slash at its beginning: two would
 * begin with a host (RFC 3986, section 4.2), and a request could choose it.
 */
export function pathReference(path: string, query: string): string {
  let encoded = '/';
  for (const character of path.replace(/^[/\\]+/, '')) {
    encoded += PLAIN.test(character)
      ? character
      : `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return query === '' ? encoded : `${encoded}?${query}`;
}
