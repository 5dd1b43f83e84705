import type { LocationKeyRow } from '../location-key-row.ts';

/** What an application that answers is told, and given. */
export const APP_KEYS = {
  app: {
    type: 'string',
    default: '',
    about: 'any',
    help: 'Name of the application that answers: NAME of [apps.NAME], or app for that of [app]. Beside `static`: the one that `@app` in `try_files` asks.',
    standard: 'that of the site, where the location says something else of requests; beside `static`: app',
  },
  request_timeout: {
    type: 'duration',
    default: 0,
    min: 0,
    max: 86_400,
    unit: 'seconds',
    about: ['app'],
    help: 'Time the application has for a request here; then 504. 0: no limit, for streams that never end.',
    standard: 'as `request_timeout` of the application',
  },
  mount: {
    type: 'boolean',
    default: false,
    about: ['app'],
    help: 'Whether the application is mounted at `path`: it gets that as SCRIPT_NAME (`root_path` in ASGI), and what follows as its path.',
    standard: null,
  },
} as const satisfies Record<string, LocationKeyRow>;
