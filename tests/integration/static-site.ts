// A folder with files and a server that serves it, for one test.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { type Answer, rawRequest } from '../helpers/http.ts';
import { apps } from '../helpers/paths.ts';
import { descendants } from '../helpers/processes.ts';
import { type Server, startLicorne } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';

export interface Site extends Server {
  /** Parent of everything the site serves and of what it must not serve. */
  folder: string;
  /** What `/static/` stands for. */
  files: string;
  get: (path: string, headers?: Record<string, string>, method?: string) => Promise<Answer>;
}

export interface SiteOptions {
  /** By name below the served folder. */
  files?: Record<string, string | Buffer>;
  /** Further lines of the location `/static/`. */
  keys?: string;
  /** Further tables, after it. `FOLDER` stands for the folder. */
  more?: string;
  /** Keys of `[[site]]`. */
  site?: string;
  /** Folder of the application below tests/apps. */
  app?: string;
  args?: readonly string[];
  /** Called before the server starts, with the folder that holds `public`. */
  prepare?: (folder: string) => void;
}

/** Serves `FOLDER/public` as `/static/` by a licorne.toml; everything else is the application's. */
export async function serveSite(t: TestContext, options: SiteOptions = {}): Promise<Site> {
  const folder = temporaryFolder(t);
  const files = join(folder, 'public');
  mkdirSync(files);
  for (const [name, content] of Object.entries(options.files ?? {})) put(files, name, content);
  options.prepare?.(folder);
  const toml = `
[app]
target = "app:application"
chdir = ${JSON.stringify(join(apps, options.app ?? 'plain/hello'))}

[[site]]
${options.site ?? ''}
[[site.location]]
path = "/static/"
static = "public"
${options.keys ?? ''}
${options.more ?? ''}`;
  writeFileSync(join(folder, 'licorne.toml'), toml.replaceAll('FOLDER', folder));
  const server = await startLicorne(
    t,
    ['-b', '127.0.0.1:0', '--python', venvPython('main'), ...(options.args ?? [])],
    { cwd: folder },
  );
  return { ...server, folder, files, get: (...args) => request(server, ...args) };
}

/** One request on a connection of its own; the path goes out as it is. */
export function request(
  server: Server,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Answer> {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${method} ${path} HTTP/1.1\r\nHost: site.test\r\n${lines.join('')}\r\n`;
  return rawRequest(server, head, { method, withinMs: 20_000 });
}

export function put(folder: string, name: string, content: string | Buffer): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** Asks again until the assertion holds; what it said at last is what the test fails with. */
export async function eventually<T>(withinMs: number, attempt: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** The process that speaks HTTP. */
export function gatewayOf(server: Server): number {
  const found = descendants(server.pid).find((pid) =>
    readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('licorne: gatewa'),
  );
  if (found === undefined) throw new Error('the gateway was not found');
  return found;
}

/** Memory of the gateway, MiB. */
export function gatewayMebibytes(server: Server): number {
  const status = readFileSync(`/proc/${gatewayOf(server)}/status`, 'latin1');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

/** What can be read from /proc is read on Linux only. */
export const procSkip = process.platform === 'linux' ? false : 'reads /proc';

/** Bytes of which no two neighbouring stretches are alike. */
export function noise(count: number): Buffer {
  const bytes = Buffer.alloc(count);
  let state = 12_345;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}
