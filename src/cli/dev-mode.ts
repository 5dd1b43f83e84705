import { resolve } from 'node:path';
import type { Environment } from '../config/env.ts';
import type { Resolution } from '../config/resolve.ts';
import { DevSession } from '../dev/session.ts';
import { Voice } from '../dev/voice.ts';
import type { DevGateway, DevWorker } from '../wire/dev.ts';

/** How a developer's server was asked for. */
export interface DevMode {
  /** As runserver, it serves nothing without DEBUG and ALLOWED_HOSTS. */
  readonly hosts: boolean;
}

/** What of the server is different for a developer. */
export interface DevSetup {
  readonly session: DevSession;
  readonly worker: DevWorker;
  readonly gateway: DevGateway;
  readonly color: boolean;
  /** Somebody sits at the terminal, and may want to talk to a debugger. */
  readonly readsTerminal: boolean;
}

/** Null: in production. `reload` makes any server one for developers. */
export function devSetup(
  mode: DevMode | null,
  resolution: Resolution,
  projects: readonly string[],
  env: Environment,
): DevSetup | null {
  const { settings, origins } = resolution;
  if (mode === null && !settings.reload) return null;
  const color = colorsOn(process.stdout, env);
  const out = (text: string): void => void process.stdout.write(text);
  const err = (text: string): void => void process.stderr.write(text);
  const voice = new Voice({ out, err, color, cwd: process.cwd() });
  const ownFormat = (origins.get('access_log_format') ?? { kind: 'default' }).kind !== 'default';
  return {
    session: new DevSession({
      projects,
      extra: [...settings.reload_extra, ...settings.env_file, 'licorne.toml'].map((path) => resolve(path)),
      reload: settings.reload,
      poll: settings.reload_poll,
      liveReload: settings.live_reload,
      voice,
      warn: (message) => err(`${message}\n`),
    }),
    worker: {
      checks: settings.django_checks,
      insecure: settings.static_insecure,
      color,
      hosts: mode?.hosts ?? false,
    },
    gateway: {
      liveReload: settings.live_reload,
      runserverLines: ownFormat || mode === null ? null : { color },
      color,
    },
    color,
    readsTerminal: process.stdin.isTTY === true,
  };
}

function colorsOn(stream: NodeJS.WriteStream, env: Environment): boolean {
  return stream.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}
