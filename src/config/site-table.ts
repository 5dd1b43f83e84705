import type { KeyTable } from './key-row.ts';
import type { LocationTable } from './location-table.ts';
import type { SiteKey } from './site-keys.ts';

/** A site as somebody wrote it: a table `[[site]]`. */
export interface SiteTable extends KeyTable<SiteKey> {
  /** In the order of the file. */
  readonly locations: readonly LocationTable[];
}
