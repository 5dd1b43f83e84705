// What a licorne.toml amounts to, for tests that are about what follows from it.
import { resolveSettings, type Resolution } from '../../../src/config/resolve.ts';

/** With `app:app` named on the command line, and no variables. */
export function resolved(text: string): Resolution {
  return resolveSettings({
    flags: {
      entries: [{ name: 'target', raw: 'app:app', origin: { kind: 'flag', flag: 'TARGET' } }],
      diagnostics: [],
    },
    env: {},
    file: { path: 'licorne.toml', text },
  });
}
