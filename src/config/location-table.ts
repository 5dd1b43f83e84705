import type { KeyTable, KeyValue } from './key-row.ts';
import type { LocationKey } from './location-keys.ts';

/** A location as somebody wrote it: a table `[[site.location]]`, or what stands for one. */
export interface LocationTable extends KeyTable<LocationKey> {
  readonly fromSetting?: boolean;
}

export type LocationValue = KeyValue;
