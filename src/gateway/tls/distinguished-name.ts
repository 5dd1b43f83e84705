/**
 * A distinguished name as RFC 4514 writes it, the most particular part first: `CN=Ada,O=Example,C=DE`. From the lines that Node makes of one,
 * in which the characters that have a meaning are escaped already, line breaks among them.
 */
export function distinguishedName(lines: string): string {
  return lines.split('\n').reverse().join(',').replaceAll(' + ', '+');
}
