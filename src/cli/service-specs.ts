import { resolve } from 'node:path';
import type { Service } from '../config/service.ts';
import { SERVICE_KEYS, type ServiceKey } from '../config/service-keys.ts';
import { withoutManager } from '../control/notify.ts';
import { homeOf, type Identity, idsOf } from '../children/privileges.ts';
import type { ServiceSpec } from '../supervisor/service-spec.ts';

/** The operator's services, as they are started: each with the environment that it will see, but for its port. */
export function serviceSpecs(
  services: readonly Service[],
  env: Readonly<Record<string, string | undefined>>,
  identity: Identity | null,
): readonly ServiceSpec[] {
  return services.map(({ name, command, said }) => {
    const of = <K extends ServiceKey>(key: K): NonNullable<Service['said'][K]> =>
      (said[key] ?? SERVICE_KEYS[key].default) as NonNullable<Service['said'][K]>;
    const directory = of('directory');
    return {
      name,
      command,
      cwd: resolve(directory === '' ? '.' : directory),
      env: { ...withoutManager(env), ...homeOf(identity), ...of('env') },
      portVariable: of('port_variable'),
      port: of('port'),
      health: of('health'),
      startMs: of('start_timeout') * 1000,
      stopMs: of('stop_timeout') * 1000,
      stopSignal: of('stop_signal'),
      identity: identity === null ? null : idsOf(identity),
    };
  });
}
