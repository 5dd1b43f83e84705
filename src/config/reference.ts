import { APPS_HELP, MAIN_APP } from './apps.ts';
import { flagsOf } from './flags.ts';
import type { KeyRow } from './key-row.ts';
import { LOCATION_KEY_NAMES, LOCATIONS_HELP, locationKeyRow } from './location-keys.ts';
import { APP_SETTING_NAMES, OPTIONS, SECTIONS, type SettingName, settingsOf, variableOf } from './options.ts';
import { SERVICE_KEYS, SERVICES_HELP } from './service-keys.ts';
import { SITE_KEY_NAMES, SITES_HELP, siteKeyRow } from './site-keys.ts';
import { tomlValue } from './print-toml.ts';
import { UPSTREAM_KEYS, UPSTREAMS_HELP } from './upstream-keys.ts';
import { allowedOf } from './value.ts';

const RELOAD = {
  live: 'takes effect at a reload, `licorne reload --config` included',
  workers: 'takes effect at a reload, with new workers',
  gateways: 'takes effect at a reload, with new gateways: open WebSockets are closed',
  restart: 'takes effect when the server is started anew',
} as const;

/** docs/reference/settings.md, whole. */
export function settingsReference(): string {
  const sections = SECTIONS.map((section) => sectionText(section.name, section.title, section.help));
  return [
    HEADER,
    ...sections,
    appsText(),
    upstreamsText(),
    servicesText(),
    sitesText(),
    locationsText(),
  ].join('\n');
}

const HEADER = `# Settings

Made from the option table by \`npm run derive\`; change the table in \`src/config/options/\`, not this page.

Every setting can be given in four ways. The stronger one wins, and \`licorne config explain KEY\` tells which one did:

1. a flag of the command line: \`--workers 4\`
2. a variable of the environment: \`LICORNE_WORKERS=4\`
3. a key of the configuration file (\`-c FILE\`, \`LICORNE_CONFIG\`, else \`licorne.toml\` in the current folder): \`workers = 4\` under \`[app]\`
4. nothing: the default

Sizes are bytes or \`64k\`, \`10m\`, \`1g\` (1k = 1024). Times are seconds or \`500ms\`, \`30s\`, \`2m\`, \`1h\`. A list is given by
repeating its flag, as an array in the file, and separated by commas in the environment; \`LICORNE_ENV\` has one \`KEY=VALUE\`
per line. Relative paths in a file are relative to the folder of the file, all others to the folder the server was started
in. An unknown key, flag or value is an error that names the nearest known one; nothing wrong is ever replaced by a default in silence.
`;

function appsText(): string {
  const shared = APP_SETTING_NAMES.filter((name) => OPTIONS[name].shared === true);
  return `## More applications: \`[apps.NAME]\`

${APPS_HELP.replace('NAME', '`NAME`')} NAME is a letter, then
at most 31 letters, digits, \`-\` or \`_\`; \`${MAIN_APP}\` is the application of \`[app]\`. \`target\` is required.
${shared.map((name) => `\`${name}\``).join(', ')} are those of \`[app]\` unless the table says its own
(the entries of \`env\` are merged); everything else has the defaults above. Flags and variables are about \`[app]\`.

    [app]
    target = "mysite.wsgi"
    workers = 4

    [apps.chat]
    target = "mysite.asgi"

    [[site]]

    [[site.location]]
    path = "/ws/"
    app = "chat"
`;
}

function upstreamsText(): string {
  return `## Servers behind this one: \`[upstreams.NAME]\`

${UPSTREAMS_HELP.replace('NAME is', '`NAME` is')} [Passing requests on](../proxy.md) tells how.

${Object.entries<KeyRow>(UPSTREAM_KEYS)
  .map(([key, row]) => keyText(key, row))
  .join('\n')}

    [upstreams.api]
    peers = ["http://10.0.0.1:8000", "http://10.0.0.2:8000"]

    [[site]]

    [[site.location]]
    path = "/api/"
    proxy = "api"
`;
}

function servicesText(): string {
  return `## Processes behind this one: \`[services.NAME]\`

${SERVICES_HELP.replace('NAME is', '`NAME` is')} [Services](../services.md) tells how.

${Object.entries<KeyRow>(SERVICE_KEYS)
  .map(([key, row]) => keyText(key, row))
  .join('\n')}

    [services.web]
    command = "node server.js"
    directory = "frontend"

    [[site]]

    [[site.location]]
    path = "/app/"
    proxy = "web"
`;
}

function sitesText(): string {
  return `## Sites: \`[[site]]\`

${SITES_HELP} [Sites and locations](../sites.md) tells how one is chosen.

${SITE_KEY_NAMES.map((key) => keyText(key, siteKeyRow(key))).join('\n')}

    [[site]]
    hosts = ["example.com", "*.example.com"]
    headers = { X-Frame-Options = "DENY" }
    error_pages = { 404 = "pages/404.html", 5xx = "pages/sorry.html" }
`;
}

function locationsText(): string {
  return `## Where requests go: \`[[site.location]]\`

${LOCATIONS_HELP}

${LOCATION_KEY_NAMES.map((key) => keyText(key, locationKeyRow(key))).join('\n')}

    [[site]]

    [[site.location]]
    path = "/static/"
    static = ["build/static", "previous/static"]
    headers = { Access-Control-Allow-Origin = "*" }

    [[site.location]]
    path = "/"
    static = "frontend/dist"
    try_files = ["$uri", "$uri/", "@app"]

Prefixes are compared with the path that has been percent-decoded. Those of applications are compared as nginx compares
them, character by character: \`/ws/\` fits \`/ws/\` and \`/ws/x\`, not \`/ws\`; \`/ws\` fits \`/ws\`, \`/ws/x\` and \`/wsx\` too.
Those of files end at a slash: \`/static\` and \`/static/\` are the same, fit \`/static/a.css\`, never \`/staticx\`, and
\`/static\` itself is redirected to \`/static/\`. The order of the locations does not matter, but for regular
expressions. The application gets the whole path; to mount one below a prefix say \`mount\`. [Sites and locations](../sites.md)
tells the rest.
`;
}

function keyText(key: string, row: KeyRow): string {
  const standard = row.standard ?? `\`${tomlValue(row, row.default)}\``;
  return `- \`${key}\` (${allowedOf(row)}; default: ${standard}): ${row.help}`;
}

function sectionText(name: Parameters<typeof settingsOf>[0], title: string, help: string): string {
  return [`## ${title}: \`[${name}]\``, '', help, '', ...settingsOf(name).map(settingText)].join('\n');
}

function settingText(name: SettingName): string {
  const row = OPTIONS[name];
  const flags = flagsOf(row);
  const spoken =
    flags.length === 0 ? 'the word without a flag' : flags.map((flag) => `\`${flag}\``).join(', ');
  const variables = [variableOf(name), ...(row.foreignEnv ?? []).map((one) => one.name)].map(
    (one) => `\`${one}\``,
  );
  return [
    `### \`${name}\``,
    '',
    `${row.help}.${row.doc === undefined ? '' : ` ${row.doc}`}`,
    '',
    `- Default: \`${tomlValue(row, row.default)}\``,
    `- Allowed: ${allowedOf(row)}`,
    `- Flags: ${spoken}`,
    `- Environment: ${variables.join(', ')}`,
    `- A change ${RELOAD[row.reload]}`,
    '',
  ].join('\n');
}
