import type { OptionRow, Section, ValueOf } from './option.ts';
import { ACME_OPTIONS } from './options/acme.ts';
import { APP_OPTIONS } from './options/app.ts';
import { DEV_OPTIONS } from './options/dev.ts';
import { LIFE_OPTIONS } from './options/life.ts';
import { LIMITS_OPTIONS } from './options/limits.ts';
import { LOG_OPTIONS } from './options/log.ts';
import { PROXY_OPTIONS } from './options/proxy.ts';
import { RUN_OPTIONS } from './options/run.ts';
import { SERVER_OPTIONS } from './options/server.ts';
import { STATIC_OPTIONS } from './options/static.ts';
import { TLS_OPTIONS } from './options/tls.ts';
import { WEBSOCKET_OPTIONS } from './options/websocket.ts';

/** Everything one application may be told. */
const APP_TABLE = { ...APP_OPTIONS, ...LIFE_OPTIONS };

const TABLE = {
  ...APP_TABLE,
  ...SERVER_OPTIONS,
  ...RUN_OPTIONS,
  ...TLS_OPTIONS,
  ...STATIC_OPTIONS,
  ...LIMITS_OPTIONS,
  ...WEBSOCKET_OPTIONS,
  ...PROXY_OPTIONS,
  ...ACME_OPTIONS,
  ...LOG_OPTIONS,
  ...DEV_OPTIONS,
};

/** Every value an operator may set, under its name; numbers are in the unit of their row (seconds, bytes). */
export type Settings = { readonly [K in keyof typeof TABLE]: ValueOf<(typeof TABLE)[K]> };

export type SettingName = keyof Settings;

export type AppSettingName = keyof typeof APP_TABLE;

/** What one application may be told: the settings of section `[app]`, which every `[apps.NAME]` takes too. */
export type AppSettings = Pick<Settings, AppSettingName>;

/** All options: one row each, from which flags, variables, file keys, schema, documentation and completion are made. */
export const OPTIONS: Readonly<Record<SettingName, OptionRow>> = TABLE;

/** The names in the order of the table. */
export const SETTING_NAMES = Object.keys(TABLE) as readonly SettingName[];

export const APP_SETTING_NAMES = Object.keys(APP_TABLE) as readonly AppSettingName[];

export const SECTIONS: readonly { readonly name: Section; readonly title: string; readonly help: string }[] =
  [
    { name: 'app', title: 'Application', help: 'The Python application and the processes that run it.' },
    { name: 'server', title: 'Server', help: 'Listeners, connections, the queue, stopping.' },
    {
      name: 'tls',
      title: 'TLS',
      help: 'Certificates, and how connections are encrypted. See [the guide](../tls.md).',
    },
    {
      name: 'static',
      title: 'Files',
      help: 'Files that are sent without asking Python, and compression.',
    },
    { name: 'limits', title: 'Limits', help: 'What a client may send and hold, and for how long.' },
    {
      name: 'websocket',
      title: 'WebSockets',
      help: 'What the gateway does for WebSocket connections (RFC 6455, RFC 7692).',
    },
    { name: 'proxy', title: 'Proxies', help: 'Servers in front of this one.' },
    {
      name: 'acme',
      title: 'Certificates by themselves',
      help: 'Certificates that the server orders and renews itself (ACME, RFC 8555).',
    },
    { name: 'log', title: 'Logging', help: 'What is written down, how, and where.' },
    { name: 'dev', title: 'Development', help: 'For whoever works on the application.' },
  ];

/** The settings when nobody says anything. */
export const DEFAULT_SETTINGS: Settings = Object.fromEntries(
  Object.entries(TABLE).map(([name, row]) => [name, row.default]),
) as unknown as Settings;

/** The names of a section's options, in the order of the table. */
export function settingsOf(section: Section): readonly SettingName[] {
  return SETTING_NAMES.filter((name) => OPTIONS[name].section === section);
}

export function isSettingName(text: string): text is SettingName {
  return Object.hasOwn(TABLE, text);
}

export function isAppSettingName(text: string): text is AppSettingName {
  return Object.hasOwn(APP_TABLE, text);
}

/** The part of the settings that is about the main application. */
export function appSettingsOf(settings: Settings): AppSettings {
  return Object.fromEntries(
    APP_SETTING_NAMES.map((name) => [name, settings[name]]),
  ) as unknown as AppSettings;
}

/** The environment variable of an option. */
export function variableOf(name: SettingName): string {
  return `LICORNE_${name.toUpperCase()}`;
}
