import { resolve } from 'node:path';
import type { AppSettings, Settings } from '../config/options.ts';
import type { HooksStart } from '../wire/hooks-control.ts';

/** What the hooks of an app are told, in gunicorn's words; null: it has none. */
export function hooksStart(app: AppSettings, server: Settings, projectDir: string): HooksStart | null {
  if (app.hooks === '') return null;
  return {
    file: resolve(app.hooks),
    master_pid: process.pid,
    settings: {
      bind: server.bind,
      backlog: server.backlog,
      workers: app.workers,
      threads: app.threads,
      timeout: app.request_timeout,
      graceful_timeout: server.graceful_timeout,
      keepalive: server.keepalive_timeout,
      max_requests: app.max_requests,
      max_requests_jitter: app.max_requests_jitter,
      preload_app: app.preload,
      chdir: projectDir,
      pidfile: server.pid_file === '' ? null : server.pid_file,
      accesslog: server.access_log === '' ? null : server.access_log,
      errorlog: server.error_log,
      loglevel: server.log_level,
      default_proc_name: app.target,
      raw_env: Object.entries(app.env).map(([name, value]) => `${name}=${value}`),
    },
  };
}
