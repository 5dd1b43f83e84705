import { resolve } from 'node:path';
import type { Resolution } from '../config/resolve.ts';

/**
 * The same with its log files by their whole names: they are meant from the folder in which the configuration was read. The processes of a server may be in
 * different ones after a reload that went to another release, and any of them opens its files anew when it is told to.
 */
export function withLogPaths(resolution: Resolution): Resolution {
  const { settings } = resolution;
  const { error_log, access_log } = settings;
  return {
    ...resolution,
    settings: { ...settings, error_log: whole(error_log), access_log: whole(access_log) },
  };
}

function whole(path: string): string {
  return path === '' || path === '-' ? path : resolve(path);
}
