/** JSON for a log line. JSON lets DEL and the C1 controls pass, of which some drive terminals; here they are escaped like the others. */
export function jsonLine(value: object): string {
  return JSON.stringify(value).replace(/[\x7f-\x9f]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
}
