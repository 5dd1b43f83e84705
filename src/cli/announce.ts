import type { AppSettings } from '../config/options.ts';
import type { Resolution } from '../config/resolve.ts';
import type { AppRecipe } from '../supervisor/app-recipe.ts';
import type { ServedSocket } from '../supervisor/listening-sockets.ts';
import type { Interpreter } from '../children/python.ts';
import type { Log } from '../telemetry/log.ts';
import type { ReadyMessage } from '../wire/control.ts';
import type { DevSetup } from './dev-mode.ts';
import { diagnosticText } from './report.ts';
import type { FoundStatic, StaticReport } from './found-static.ts';
import { version } from './version.ts';

/** An app that is served, as far as a person is told of it. */
interface AnnouncedApp {
  readonly name: string;
  readonly settings: AppSettings;
  readonly python: Interpreter;
}

/** Tells that the server serves, and where; returns the lines. A developer is told in other words. */
export function announce(
  lines: readonly string[],
  sockets: readonly ServedSocket[],
  dev: DevSetup | null,
): readonly string[] {
  if (dev !== null) {
    const urls = sockets.filter(({ admin }) => !admin).map(({ url }) => url);
    void dev.session.listening(urls, lines);
    return [];
  }
  const doors = sockets.map(({ admin, url }) =>
    admin ? `Health on ${url} (/-/live, /-/ready)` : `Listening on ${url}`,
  );
  const all = [...lines, ...doors];
  process.stdout.write(`${all.join('\n')}\n`);
  return all;
}

/** The same for a log that is kept apart from what a person sees, with what was said of the configuration. */
export function logStart(log: Log, lines: readonly string[], { settings, diagnostics }: Resolution): void {
  if (settings.error_log === '-' && settings.log_format !== 'json') return;
  for (const line of lines) log.info(line);
  for (const one of diagnostics) if (one.severity === 'warning') log.warning(diagnosticText(one).trimEnd());
}

/** A line for each app. */
export function announcement(
  apps: readonly AnnouncedApp[],
  recipes: readonly AppRecipe[],
  ready: readonly (ReadyMessage | null)[],
): readonly string[] {
  if (apps.length === 0) return [`Licorne ${version()} serves what its locations say, and no application`];
  return apps.map(({ settings, python }, index) => {
    const said = ready[index];
    const threads = settings.threads === 1 ? '' : ` × ${settings.threads} threads`;
    const speaks = said ? ` (${said.interface.toUpperCase()})` : '';
    const which = said ? `Python ${said.python}` : 'Python';
    return `Licorne ${version()} serves ${settings.target}${speaks} with ${howMany(recipes[index])}${threads}, ${which} (${python.origin}: ${python.path})`;
  });
}

/** It takes a look at some folders first, so it comes a moment later. @param log `quiet`: only what is wrong is told. */
export function tellOfFiles(
  found: FoundStatic,
  apps: readonly AnnouncedApp[],
  ready: readonly (ReadyMessage | null)[],
  { log, quiet }: { readonly log: Log; readonly quiet: boolean },
): void {
  if (apps.length === 0 && !quiet) tell({ lines: found.configured, warnings: [] }, log);
  for (const [index, { name }] of apps.entries())
    void found
      .report(name, ready[index]?.static ?? null)
      .then((report) => tell(quiet ? { ...report, lines: [] } : report, log));
}

/** Django's redirect to https never ends where nobody tells it that the client came by https. */
export function tellOfHttps(
  sockets: readonly ServedSocket[],
  ready: readonly (ReadyMessage | null)[],
  log: Log,
): void {
  if (sockets.some(({ tls, admin }) => tls && !admin)) return;
  if (!ready.some((said) => said?.static?.https_only === true)) return;
  log.info(
    'Django redirects http to https (SECURE_SSL_REDIRECT), and no address here speaks TLS: the server in front has to send X-Forwarded-Proto, from an address in forwarded_allow_ips, or the redirect never ends',
  );
}

function howMany(recipe: AppRecipe | undefined): string {
  const { workers = 1, workersMax = 1, cheap = false } = recipe ?? {};
  const most = Math.max(workers, workersMax);
  const count =
    most > workers ? `${workers} to ${most} workers` : workers === 1 ? '1 worker' : `${workers} workers`;
  return cheap ? `${count} from the first request on` : count;
}

function tell({ lines, warnings }: StaticReport, log: Log): void {
  if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
  for (const warning of warnings) log.warning(warning);
}
