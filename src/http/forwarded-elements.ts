/** What one proxy said in a Forwarded header (RFC 7239 4), quotes removed; empty where it said nothing. */
export interface ForwardedElement {
  readonly for: string;
  readonly proto: string;
  readonly host: string;
}

// One `;`-part: nothing, or token "=" ( token / quoted-string ). No two runs of blanks touch, or many blanks would cost their square.
const PAIR =
  /[ \t]*(?:([!#$%&'*+\-.^_`|~0-9A-Za-z]+)=(?:([!#$%&'*+\-.^_`|~0-9A-Za-z:[\]]+)|"((?:[^"\\]|\\.)*)")[ \t]*)?(;|,|$)/y;

/**
 * Reads a Forwarded header and returns its elements from the last to the first, at most `elementsMax`. A malformed
 * list has no elements: where
 * quotes do not match, the end of an element is anyone's guess.
 */
export function parseForwarded(value: string, elementsMax: number): ForwardedElement[] {
  const elements: ForwardedElement[] = [];
  let element = { for: '', proto: '', host: '' };
  let seen = new Set<string>();
  PAIR.lastIndex = 0;
  for (;;) {
    const match = PAIR.exec(value);
    if (match === null) return [];
    const name = match[1]?.toLowerCase();
    if (name !== undefined) {
      // RFC 7239 4: each parameter at most once per element.
      if (seen.has(name)) return [];
      seen.add(name);
      const text = match[2] ?? (match[3] ?? '').replaceAll(/\\(.)/g, '$1');
      if (name === 'for' || name === 'proto' || name === 'host') element[name] = text;
    }
    if (match[4] === ';') continue;
    if (seen.size > 0) elements.push(element);
    if (match[4] === '') break;
    element = { for: '', proto: '', host: '' };
    seen = new Set();
  }
  return elements.toReversed().slice(0, elementsMax);
}
