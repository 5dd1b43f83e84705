import { ACME_CHECKS } from './acme-names.ts';
import { type App, MAIN_APP, saysItself } from './apps.ts';
import { type BindAddress, bindText, parseBind } from './bind.ts';
import { ConfigError, diagnostic, type Diagnostic } from './diagnostic.ts';
import { checkErrorPages } from './error-page-names.ts';
import { checkAllowedHosts } from './allowed-hosts.ts';
import { checkNetwork } from './network.ts';
import {
  APP_SETTING_NAMES,
  type AppSettingName,
  type AppSettings,
  isAppSettingName,
  SETTING_NAMES,
  type SettingName,
  type Settings,
} from './options.ts';
import type { Origin } from './origin.ts';
import { parseTarget } from './target.ts';

/** Checks what the type of a value cannot say: grammars, and values that contradict each other. Pure. */
export function validate(
  settings: Settings,
  origins: ReadonlyMap<SettingName, Origin>,
  ordered = false,
): { diagnostics: readonly Diagnostic[]; binds: readonly BindAddress[]; adminBind: BindAddress | null } {
  const diagnostics: Diagnostic[] = [];
  const attempt = (name: SettingName, check: () => void): void => {
    tell(diagnostics, name, origins.get(name), check);
  };
  // Each entry of a list is a fault of its own.
  for (const item of settings.proxy_protocol) attempt('proxy_protocol', () => checkNetwork(item));
  for (const item of settings.forwarded_allow_ips) attempt('forwarded_allow_ips', () => checkNetwork(item));
  for (const name of SETTING_NAMES) {
    const check = isAppSettingName(name) ? undefined : CHECKS[name];
    if (check !== undefined) attempt(name, () => check(settings));
  }
  const binds: BindAddress[] = [];
  for (const text of settings.bind) attempt('bind', () => binds.push(parseBind(text)));
  attempt('bind', () => checkBinds(settings, binds, ordered || settings.https));
  let adminBind: BindAddress | null = null;
  attempt('admin_bind', () => {
    if (settings.admin_bind === '') return;
    const admin = parseBind(settings.admin_bind);
    if (!anyPort(admin) && binds.some((bind) => bindText(bind) === bindText(admin)))
      throw new ConfigError(
        `\`${bindText(admin)}\` is in \`bind\` already`,
        null,
        'health_paths answers /-/live and /-/ready there',
      );
    adminBind = admin;
  });
  return { diagnostics, binds, adminBind };
}

/** The same for what is about one application. What it shares with the main one is that one's fault alone. */
export function validateApp(app: App): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const label = (name: AppSettingName): string => (app.name === MAIN_APP ? name : `apps.${app.name}.${name}`);
  for (const name of APP_SETTING_NAMES) {
    const check = APP_CHECKS[name];
    if (check !== undefined && saysItself(app, name))
      tell(diagnostics, label(name), app.origins.get(name), () => check(app.settings));
  }
  const { threads, interface: named } = app.settings;
  if (named === 'asgi' && threads > 1) {
    const message = `\`${label('threads')}\`: an ASGI application does not use them; it runs in one event loop`;
    const where = app.origins.get('threads') ?? null;
    diagnostics.push(diagnostic('warning', message, { where, hint: 'for more processors use workers' }));
  }
  return diagnostics;
}

function tell(diagnostics: Diagnostic[], label: string, where: Origin | undefined, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const rest = { where: where ?? null, allowed: error.allowed, hint: error.hint };
    diagnostics.push(diagnostic('error', `\`${label}\`: ${error.message}`, rest));
  }
}

const APP_CHECKS: { readonly [K in AppSettingName]?: (settings: AppSettings) => void } = {
  allowed_hosts: ({ allowed_hosts: hosts }) => checkAllowedHosts(hosts),
  target: ({ target }) => {
    if (target !== '') parseTarget(target);
  },
  workers_max: ({ workers, workers_max: most }) => {
    // How many `auto` is depends on the machine: there it is not more than this.
    if (workers === 'auto' || most === 0 || most >= workers) return;
    throw new ConfigError(
      `${most} is less than \`workers\`, which is ${workers}, the fewest there are`,
      `from ${workers} on, or 0: there are always \`workers\` of them`,
    );
  },
  settings_module: ({ settings_module: module }) => {
    if (module === '' || /^[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}_][\p{L}\p{N}_]*)*$/u.test(module)) return;
    const hint = module.endsWith('.py') ? `write ${module.slice(0, -3).replaceAll('/', '.')}` : null;
    throw new ConfigError(
      `\`${module}\` is not the name of a module`,
      'a dotted name such as mysite.settings',
      hint,
    );
  },
  root_path: ({ root_path: path }) => {
    if (path === '') return;
    const allowed = 'a path such as /shop: begins with / and does not end with it';
    if (/^(\/[^/?#\s]+)+$/.test(path) && !/\/\.\.?(\/|$)/.test(path)) return;
    const hint = path === '/' ? 'leave it out: the application has the whole site then' : null;
    throw new ConfigError(`\`${path}\` is not a path prefix`, allowed, hint);
  },
};

const CHECKS: { readonly [K in Exclude<SettingName, AppSettingName>]?: (settings: Settings) => void } = {
  ...ACME_CHECKS,
  server_header: ({ server_header: text }) => {
    if (text !== text.trim() || !/^[\x20-\x7e]*$/.test(text)) {
      throw new ConfigError(
        'the text cannot stand in a header',
        'printable ASCII without spaces at its ends',
      );
    }
  },
  umask: ({ umask }) => {
    if (umask === '' || /^(0o)?[0-7]{1,4}$/.test(umask)) return;
    throw new ConfigError(`\`${umask}\` is not an octal mode`, 'octal digits such as 027 or 0o027');
  },
  access_log: ({ access_log: file }) => {
    if (!/^[\w.]+:[\w.]+(\(.*\))?$/.test(file)) return;
    throw new ConfigError(
      `\`${file}\` looks like an application, not like a file`,
      'a path, or - for stdout',
      `write --access-log=- ${file}`,
    );
  },
  error_pages: ({ error_pages: pages }) => checkErrorPages(pages),
  static_roots: ({ static_roots: dirs }) => checkNamed(dirs),
  sendfile_roots: ({ sendfile_roots: dirs }) => checkNamed(dirs),
  certificate_key: ({ certificate, certificate_key: keys }) => {
    if (keys.length > certificate.length)
      throw new ConfigError(
        `${countOf(keys, 'key')} for ${countOf(certificate, 'certificate')}`,
        'one for each `certificate`, in the same order',
      );
  },
  client_verify: ({ client_verify: verify, client_ca: ca }) => {
    if (verify !== 'off' && ca === '')
      throw new ConfigError(
        `\`${verify}\` needs the authorities that are trusted`,
        null,
        'name them with `client_ca`',
      );
  },
  hsts_preload: ({ hsts_preload: preload, hsts: seconds, hsts_subdomains: subdomains }) => {
    if (preload && (seconds < YEAR_SECONDS || !subdomains))
      throw new ConfigError(
        'browsers take in only sites that mean it',
        '`hsts` of 365d or more, and `hsts_subdomains`',
      );
  },
  body_memory_bytes: ({ body_memory_bytes: memory, body_bytes_max: max }) => {
    if (max > 0 && max < memory && memory > 65_536) {
      throw new ConfigError(`${memory} is more than \`body_bytes_max\` (${max}) lets in`, `at most ${max}`);
    }
  },
};

function checkNamed(dirs: readonly string[]): void {
  if (dirs.includes('')) throw new ConfigError('a folder without a name', 'a list of folders');
}

/** @param elsewhere certificates come from elsewhere, too. */
function checkBinds(settings: Settings, binds: readonly BindAddress[], elsewhere: boolean): void {
  if (settings.bind.length === 0)
    throw new ConfigError('there is no address to listen on', 'at least one address');
  const seen = new Set<string>();
  for (const bind of binds) {
    const text = bindText(bind);
    if (seen.has(text) && !anyPort(bind))
      throw new ConfigError(`\`${text}\` is given twice`, 'each address once');
    seen.add(text);
    if (bind.kind === 'tcp' && bind.tls === true && settings.certificate.length === 0 && !elsewhere)
      throw new ConfigError(
        `\`${bind.source}\` speaks TLS, and there is no certificate`,
        null,
        NO_CERTIFICATE,
      );
  }
}

const NO_CERTIFICATE =
  'order one with --domain NAME, or name one with `certificate` (--certificate FILE --certificate-key FILE); for development: licorne dev --https';

/** What hstspreload.org asks for. */
const YEAR_SECONDS = 31_536_000;

/** The system chooses a port: two such addresses are not the same. */
function anyPort(bind: BindAddress): boolean {
  return bind.kind === 'tcp' && bind.port === 0;
}

function countOf({ length }: readonly unknown[], noun: string): string {
  return `${length} ${noun}${length === 1 ? '' : 's'}`;
}
