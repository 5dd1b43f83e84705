import { resolve } from 'node:path';
import { usableCpus } from '../base/cpus.ts';
import type { Resolution } from '../config/resolve.ts';
import { EXIT } from '../supervisor/exit-codes.ts';
import type { StartFailure } from '../supervisor/start-failure.ts';
import { findPython } from '../children/python.ts';
import type { ServerPlan } from '../supervisor/server-plan.ts';
import { tlsPlan } from '../supervisor/tls-plan.ts';
import { FoundStatic } from './found-static.ts';
import { gatewaySites } from './gateway-locations.ts';
import { unwritable } from './openable.ts';
import { serviceSpecs } from './service-specs.ts';
import { appRecipe, type Around, gatewayRecipe, type ServedApp } from './server-recipes.ts';

/** What is served, and with what. */
export interface FoundPlan extends ServerPlan {
  readonly files: FoundStatic;
}

/** What of a resolution has to be on this machine, or what is not. */
export function servedApps(resolution: Resolution, env: Around['env']): readonly ServedApp[] | StartFailure {
  const served: ServedApp[] = [];
  for (const { name, settings: app } of resolution.apps) {
    const projectDir = resolve(app.chdir === '' ? '.' : app.chdir);
    const python = findPython({ asked: app.python, projectDir, env });
    if (python === null) return noPython(app.python);
    served.push({ name, settings: app, projectDir, python });
  }
  const fault = unwritable(resolution.settings);
  return fault === null ? served : { exitCode: EXIT.failed, detail: '', ...fault };
}

/** What a resolution amounts to. Throws when a file with environment cannot be read. */
export function planOf(resolution: Resolution, served: readonly ServedApp[], around: Around): FoundPlan {
  const { settings } = resolution;
  const sites = gatewaySites(resolution.sites, settings);
  const files = new FoundStatic(served, settings, sites);
  return {
    settings,
    binds: around.service.bindsOf(resolution),
    adminBind: resolution.adminBind,
    tls: tlsPlan(settings, resolution.sites, resolution.certificatesWanted),
    adopted: around.certificates.prepare(resolution),
    apps: served.map((app) => appRecipe(app, settings, around)),
    gateway: gatewayRecipe(resolution, served, around, sites),
    gateways: settings.gateways === 'auto' ? usableCpus() : settings.gateways,
    services: serviceSpecs(resolution.services, around.env, around.identity),
    foundStatic: (app, said) => files.of(app, said),
    files,
  };
}

/** The same for a configuration that was read again. */
export function planAgain(resolution: Resolution, around: Around): FoundPlan | StartFailure {
  const served = servedApps(resolution, around.env);
  return 'exitCode' in served ? served : planOf(resolution, served, around);
}

function noPython(asked: string): StartFailure {
  return {
    exitCode: EXIT.failed,
    message: asked === '' ? 'No Python was found on this machine.' : `There is no Python at ${asked}.`,
    detail: '',
    hint:
      asked === ''
        ? 'Install Python 3.9 or later (Debian and Ubuntu: apt install python3 python3-venv), or name it with --python.'
        : 'Give --python the path of an interpreter or of a virtual environment.',
  };
}
