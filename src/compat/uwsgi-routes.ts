import type { Kept, Use } from './translate.ts';

/** What uWSGI calls what a redirect may be made of, and what it is called here. */
const VARIABLES: Readonly<Record<string, string>> = {
  REQUEST_URI: '$request_uri',
  PATH_INFO: '$uri',
  HTTP_HOST: '$http_host',
  QUERY_STRING: '$args',
};
const REDIRECTS: Readonly<Record<string, number>> = {
  redirect: 302,
  'redirect-302': 302,
  'redirect-permanent': 301,
  'redirect-301': 301,
};
const HINT = 'redirects and refusals are honoured; native: the locations of docs/sites.md';

/** `--route EXPRESSION ACTION` as locations, where the action is a redirect or a refusal. */
export function routeLocations(use: Use, headers: Readonly<Record<string, string>>): void {
  const added = Object.keys(headers).length > 0 ? { headers } : {};
  for (const kept of use.allKept('--route')) {
    const [, path = '', action = '', argument = ''] =
      /^(\S+)\s+([a-z0-9-]+):([^]*)$/.exec(kept.value.trim()) ?? [];
    const answer = answerOf(action, argument.trim());
    if (answer === null) refuse(use, kept);
    else use.location({ path, match: 'regex', ...answer, ...added }, kept.what);
  }
}

type Answer =
  | { readonly redirect: string; readonly status: number }
  | { readonly respond: string; readonly status: number };

function answerOf(action: string, argument: string): Answer | null {
  const redirect = REDIRECTS[action];
  if (redirect !== undefined) {
    const to = targetOf(argument);
    return to === null ? null : { redirect: to, status: redirect };
  }
  const status = /^([2-5][0-9]{2})\b/.exec(argument)?.[1];
  if ((action !== 'break' && action !== 'return') || status === undefined) return null;
  return { respond: '', status: Number(status) };
}

/** Null: it is made of what is not known here. uWSGI drops the query, unless the target names it. */
function targetOf(text: string): string | null {
  let known = text !== '';
  const target = text.replaceAll(/\$\{([^}]*)\}/g, (whole, name: string) => {
    const ours = VARIABLES[name];
    known = known && ours !== undefined;
    return ours ?? whole;
  });
  if (!known) return null;
  return target.includes('?') || target.includes('$request_uri') ? target : `${target}?`;
}

function refuse(use: Use, { value, what }: Kept): void {
  use.error(`\`${what} ${value}\` of uwsgi is known, but not honoured yet`, what, HINT);
}
