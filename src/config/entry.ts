import type { SettingName } from './options.ts';
import type { Origin } from './origin.ts';

/** One thing one source said: the raw value (text of a flag or variable, value of a TOML key) and where it stands. */
export interface Entry {
  readonly name: SettingName;
  readonly raw: unknown;
  readonly origin: Origin;
}
