import type { Location } from '../config/location.ts';
import { describeOrigin } from '../config/origin.ts';
import type { Resolution } from '../config/resolve.ts';
import type { Site } from '../config/site.ts';
import { formatBytes, formatDuration } from '../config/value.ts';
import { parseTarget } from '../http/target.ts';
import { leavesPrefix, writtenTarget } from '../http/written-target.ts';
import {
  type ChoosableLocation,
  choosable,
  fits,
  LocationChoice,
  pathFor,
} from '../routing/location-choice.ts';
import { SiteChoice, type SiteReason } from '../routing/site-choice.ts';
import { RedirectTarget, RewriteTarget, type TemplateInput } from '../routing/template.ts';
import type { AskedRequest } from './asked-request.ts';
import { accessWords } from './explain-access.ts';
import { proxyTargetWords, upstreamWords } from './explain-proxy.ts';
import { tlsWords } from './explain-tls.ts';
import { type WordsRow, wordsText } from './words-row.ts';

/** A location, and what it is chosen by. */
type Candidate = ChoosableLocation & { readonly location: Location };

/**
 * Which site, location and handler answer a URL, why, what stands between, and which others would have.
 * @param read the text of a file, or null
 */
export function explanationOf(
  asked: AskedRequest,
  resolution: Resolution,
  read: (path: string) => string | null,
): string {
  return wordsText([...tlsWords(asked, resolution, read), ...answerWords(asked, resolution)]);
}

function answerWords(asked: AskedRequest, resolution: Resolution): readonly WordsRow[] {
  if (resolution.settings.health_paths && HEALTH_PATHS.includes(asked.target.path))
    return [['answer', 'the health of the server (health_paths)']];
  const sites = new SiteChoice(resolution.sites.map((value) => ({ ...value, value })));
  const found = sites.explain(asked.host);
  if (found === null)
    return [
      ['site', `none has the host ${asked.host === '' ? '(none)' : asked.host}, and none is the default`],
      ['answer', '421'],
    ];
  const site = found.value;
  const candidates = site.locations
    .filter(({ internal }) => !internal)
    .map((location) => candidateOf(location));
  const chosen = new LocationChoice(candidates).choose(asked.target.path);
  const seen = chosen === null ? asked : seenBy(chosen, asked);
  const { path } = seen.target;
  const others = candidates.filter((one) => one !== chosen && fits(one, path));
  return [
    ['site', siteName(site, resolution)],
    ['', SITE_REASONS[found.reason]],
    ['location', chosen === null ? 'none fits' : nameOf(chosen.location)],
    ...(chosen === null ? [] : [['', reasonOf(chosen, others)] as const]),
    ...maintenanceWords(site, chosen),
    ...accessWords(asked, chosen?.location.said ?? {}, site.said),
    ...limitWords(chosen?.location ?? null),
    ['answer', chosen === null ? appWords(site.app, resolution) : answerOf(seen, chosen, resolution)],
    ...(chosen?.location.proxy ? upstreamWords(chosen.location.proxy, resolution) : []),
    ...others.map((one) => ['passed over', `${nameOf(one.location)}: ${whyNot(one, chosen)}`] as const),
  ];
}

const HEALTH_PATHS = ['/-/live', '/-/ready'];

const SITE_REASONS: Readonly<Record<SiteReason, string>> = {
  exact: 'it has this host',
  wildcard: 'the longest *. that fits the host is its',
  default: 'it is the default: no site has the host',
};

function candidateOf(location: Location): Candidate {
  const path = location.match === 'regex' ? location.path : Buffer.from(location.path).toString('latin1');
  return { ...choosable(location.match, path, location.files !== null || location.mount), location };
}

function seenBy(chosen: Candidate, asked: AskedRequest): AskedRequest {
  const path = pathFor(chosen, asked.target.path);
  if (path === asked.target.path) return asked;
  const target = { ...asked.target, path };
  return { ...asked, target: { ...target, raw: writtenTarget(target) } };
}

function siteName({ hosts, origin }: Site, { sites }: Resolution): string {
  const name =
    hosts.length > 0 ? hosts.join(', ') : sites.length === 1 ? 'the only one' : 'of all other hosts';
  return origin === null ? name : `${name}  (${describeOrigin(origin)})`;
}

function nameOf({ match, path, origin }: Location): string {
  return `${match} ${path}  (${describeOrigin(origin)})`;
}

function reasonOf({ match }: Candidate, others: readonly Candidate[]): string {
  if (match === 'exact') return 'it is exactly this path';
  const patterns = others.some((one) => one.match === 'regex');
  if (match === 'regex')
    return patterns ? 'the first regular expression that fits' : 'its regular expression fits';
  const longest = others.length > 0 ? 'the longest prefix that fits' : 'the only one that fits';
  return match === 'prefix-only' && patterns
    ? `${longest}, and no regular expression is tried then`
    : longest;
}

function whyNot(one: Candidate, chosen: Candidate | null): string {
  if (chosen?.match === 'exact') return 'an exact path counts more';
  if (one.match === 'regex')
    return chosen?.match === 'regex'
      ? 'it comes later'
      : 'it is not tried where the longest prefix is prefix-only';
  return chosen?.match === 'regex' ? 'a regular expression that fits counts more' : 'it is shorter';
}

function answerOf(asked: AskedRequest, { location, pattern }: Candidate, resolution: Resolution): string {
  const { redirect, respond, files, proxy, app, rewrite } = location;
  const { raw, path, query } = asked.target;
  const input: TemplateInput = {
    scheme: asked.scheme,
    host: asked.host === '' ? 'HOST' : asked.host,
    path,
    query,
    requestUri: raw,
    captures: pattern?.captures(path) ?? null,
  };
  const groups = pattern === null ? null : { count: pattern.groups, names: pattern.names };
  if (redirect !== null)
    return `redirect, ${redirect.status}, to ${new RedirectTarget(redirect.to, groups).fill(input)}`;
  if (respond !== null)
    return `fixed, ${respond.status}, ${respond.file === '' ? JSON.stringify(respond.text) : `the file ${respond.file}`}`;
  const target = rewrite === '' ? raw : new RewriteTarget(rewrite, groups).fill(input);
  const as = rewrite === '' ? '' : `, asked for ${target}`;
  if (proxy !== null && proxy.prefix !== null && leavesPrefix(asked.target, location.path, proxy.prefix))
    return '400: dots in it would lead elsewhere, where the path of the URL stands for that of the location';
  if (proxy !== null) return proxyTargetWords(proxy, target, location.path);
  if (files === null) return `${appWords(app, resolution)}${as}`;
  const { method } = asked;
  const asksApp = files.tryFiles.at(-1) === '@app';
  if (asksApp && method !== 'GET' && method !== 'HEAD')
    return `${method} is for no file: ${appWords(app, resolution)}${as}`;
  const end = asksApp
    ? `; what is no file: ${appWords(app, resolution)}`
    : method === 'GET' || method === 'HEAD'
      ? ''
      : `; ${method === 'OPTIONS' ? 204 : 405} for ${method}`;
  return `files: ${nameInFolders(target, location)} in ${files.dirs.join(', ')} (${files.tryFiles.join(', ')})${end}`;
}

/** What is looked for; the folder itself is one, too. */
function nameInFolders(target: string, { match, path, rewrite }: Location): string {
  const asked = parseTarget(target, 'GET');
  const whole = 'path' in asked ? Buffer.from(asked.path, 'latin1').toString('utf8') : target;
  const isFolder = rewrite === '' && match !== 'exact' && match !== 'regex';
  const name = whole.slice(isFolder ? path.replace(/\/$/, '').length + 1 : 1);
  return name === '' ? 'the folder itself' : name;
}

function appWords(name: string | null, { apps }: Resolution): string {
  const app = apps.find((one) => one.name === name);
  if (app === undefined) return '404: there is no application for it';
  return `the application ${app.name}${app.settings.target === '' ? '' : `, ${app.settings.target}`}`;
}

function maintenanceWords({ maintenance }: Site, chosen: Candidate | null): readonly WordsRow[] {
  const said = chosen?.location.maintenance ?? null;
  if (said === true || (said === null && maintenance.on)) return [['but', 'it is under maintenance: 503']];
  if (said === null && maintenance.file !== '')
    return [['unless', `${maintenance.file} exists: 503 (maintenance)`]];
  return [];
}

function limitWords(location: Location | null): readonly WordsRow[] {
  if (location === null) return [];
  const { bodyBytesMax: bytes, requestTimeout: seconds } = location;
  return [
    ...(bytes === null ? [] : [['body', bytes === 0 ? 'any size' : `up to ${formatBytes(bytes)}`] as const]),
    ...(seconds === null ? [] : [['time', seconds === 0 ? 'any' : formatDuration(seconds)] as const]),
  ];
}
