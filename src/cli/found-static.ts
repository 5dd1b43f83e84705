import { opendir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { App } from '../config/apps.ts';
import type { Settings } from '../config/options.ts';
import { brokenManifest, manifestFault } from '../files/manifest-fault.ts';
import { whoDenies } from '../files/permission-walk.ts';
import {
  type FoundFiles,
  foundFiles,
  foundLocations,
  type FoundStaticContext,
  pathsOf,
} from '../supervisor/found-static.ts';
import type { DjangoStatic } from '../wire/control.ts';
import type { FoundOfApp } from '../wire/gateway-control.ts';
import type { GatewayLocation, GatewaySite, StaticSpec } from '../wire/site-spec.ts';

/** What the operator is told about the files of an app. */
export interface StaticReport {
  /** What is served, for the lines of the start. */
  readonly lines: readonly string[];
  /** What is wrong, and what to do about it. */
  readonly warnings: readonly string[];
}

/** What Django projects say about their files: what becomes of it, and what a person should know about it. */
export class FoundStatic {
  readonly #contexts: ReadonlyMap<string, FoundStaticContext>;
  readonly #sites: readonly GatewaySite[];
  readonly #first: string;

  /** @param apps the main one first. */
  constructor(
    apps: readonly Pick<App, 'name' | 'settings'>[],
    settings: Settings,
    sites: readonly GatewaySite[],
  ) {
    const staticRoots = settings.static_roots.map((dir) => resolve(dir));
    this.#sites = sites;
    this.#first = apps[0]?.name ?? '';
    this.#contexts = new Map(
      apps.map(({ name, settings: app }) => [
        name,
        { app: name, rootPath: app.root_path, settings, staticRoots, sites },
      ]),
    );
  }

  of(app: string, said: DjangoStatic | null): FoundOfApp {
    return { locations: this.locations(app, said), hosts: said?.hosts ?? null };
  }

  locations(app: string, said: DjangoStatic | null): readonly GatewayLocation[] {
    const context = this.#contexts.get(app);
    return context === undefined ? [] : foundLocations(said, context);
  }

  /** The lines of what the operator configured. */
  get configured(): readonly string[] {
    return [...new Set(this.#sites.flatMap(({ locations }) => locations).flatMap(configuredLine))];
  }

  /** Looks at the folders themselves and what leads to them, never further down. */
  async report(app: string, said: DjangoStatic | null): Promise<StaticReport> {
    const context = this.#contexts.get(app);
    if (context === undefined) return { lines: [], warnings: [] };
    const configured = this.#sites.flatMap(({ locations }) => locations);
    // What was configured is said once, with the first app.
    const lines = app === this.#first ? [...this.configured] : [];
    if (said === null || !context.settings.django_static) return { lines, warnings: [] };
    lines.push(...overruledLine(said, context, configured));
    const warnings: string[] = [...staticRootUnset(said, context)];
    const seen = new Set<string>();
    for (const files of foundFiles(said, context)) {
      // The same folders answer below a second path when there is a root path.
      if (seen.has(files.kind)) continue;
      seen.add(files.kind);
      lines.push(lineOf(files));
      warnings.push(...(await faultsOf(files, said)));
    }
    lines.push(...mediaHint(said, context));
    return { lines, warnings };
  }
}

function lineOf({ kind, path, spec }: FoundFiles): string {
  const how = spec.debug && kind === 'static' ? ' (DEBUG: where the finders look)' : '';
  return `${kind === 'static' ? 'Static' : 'Media'} files: ${path} from ${foldersOf(spec)}${how}`;
}

function foldersOf({ roots }: StaticSpec): string {
  const [first, ...more] = roots;
  const others =
    more.length === 0 ? '' : ` + ${more.length} more ${more.length === 1 ? 'folder' : 'folders'}`;
  return `${first?.dir}${others}`;
}

function configuredLine({ path, static: spec, internal }: GatewayLocation): readonly string[] {
  if (spec === null) return [];
  const kind = spec.media ? 'Media' : 'Static';
  const folder = path.endsWith('/') ? path : `${path}/`;
  return [`${kind} files: ${folder} from ${foldersOf(spec)}${internal ? ' (X-Accel-Redirect only)' : ''}`];
}

/** Somebody may wonder why what was collected is not what is served. */
function overruledLine(
  said: DjangoStatic,
  context: FoundStaticContext,
  configured: readonly GatewayLocation[],
): readonly string[] {
  if (!said.staticfiles || said.static_url === null || said.static_root === '') return [];
  const paths = pathsOf(said.static_url, { ...context, sites: [{ app: context.app, locations: [] }] });
  const one = configured.find(
    ({ path, static: spec, internal }) =>
      spec !== null && !internal && paths.includes(path.endsWith('/') ? path : `${path}/`),
  );
  if (one?.static === null || one === undefined) return [];
  return [
    `Static files: ${one.path} is configured, so it comes from ${foldersOf(one.static)}, not from the project's STATIC_ROOT, ${said.static_root}`,
  ];
}

function staticRootUnset(said: DjangoStatic, context: FoundStaticContext): readonly string[] {
  if (!said.staticfiles || said.debug || said.whitenoise || said.static_root !== '') return [];
  const [path] = pathsOf(said.static_url, context);
  if (path === undefined) return [];
  return [
    `STATIC_ROOT is not set, so there are no files for ${path}. Set it in the settings, such as to BASE_DIR / "static", and run: python manage.py collectstatic`,
  ];
}

async function faultsOf({ spec, path }: FoundFiles, said: DjangoStatic): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const { dir } of spec.roots) {
    const denied = await whoDenies(dir);
    if (denied !== null) faults.push(`Files of ${path} in ${dir} cannot be read: ${denied}`);
    else if (dir === said.static_root && !said.debug) {
      const state = await stateOf(dir);
      if (state !== null)
        faults.push(
          `STATIC_ROOT, ${dir}, ${state}: nothing below ${path} will be found. Run: python manage.py collectstatic`,
        );
    }
  }
  if (faults.length === 0 && spec.manifest !== '' && !said.debug) {
    const fault = await manifestFault(spec.manifest);
    if (fault !== null) faults.push(brokenManifest(spec.manifest, fault));
  }
  return faults;
}

async function stateOf(dir: string): Promise<string | null> {
  try {
    const folder = await opendir(dir);
    const first = await folder.read();
    await folder.close();
    return first === null ? 'is empty' : null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? 'does not exist' : code === 'ENOTDIR' ? 'is not a folder' : null;
  }
}

/** Uploads may be meant for some only, so they are not served unasked. */
function mediaHint(said: DjangoStatic, context: FoundStaticContext): readonly string[] {
  const [path] = pathsOf(said.media_url, context);
  if (context.settings.media || path === undefined || said.media_root === '') return [];
  return [
    `Media files: ${path} is the application's; if everybody may read ${said.media_root}, media = true (--media) serves it`,
  ];
}
