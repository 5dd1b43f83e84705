import type { Use } from './translate.ts';

/** The headers that `flag` adds to every response, `NAME: VALUE` each; of one name the last counts, because a table holds it once. */
export function addedHeaders(use: Use, flag: string): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const { value, what } of use.allKept(flag)) {
    const colon = value.indexOf(':');
    const name = value.slice(0, Math.max(colon, 0)).trim();
    if (name === '') {
      use.error(`\`${value}\` is no header`, what, null, 'NAME:VALUE');
      continue;
    }
    if (Object.hasOwn(headers, name)) use.warn(`the header ${name} is given twice; the last counts`, what);
    const text = value.slice(colon + 1).trim();
    if (name.toLowerCase() === 'server') use.set('server_header', text, what);
    else headers[name] = text;
  }
  return headers;
}

/** All paths that no other location has get these; `what` is who says so. */
export function headersEverywhere(use: Use, headers: Readonly<Record<string, string>>, what: string): void {
  if (Object.keys(headers).length > 0) use.location({ path: '/', headers }, what);
}
