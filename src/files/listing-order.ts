import { displayName } from './listing-names.ts';
import type { ListedEntry } from './listing.ts';

export interface ListingOrder {
  readonly sort: 'name' | 'size' | 'time';
  readonly descending: boolean;
}

/** Out of a query without its question mark: `sort=size&order=desc`. What is not understood is by name. */
export function listingOrder(query: string): ListingOrder {
  const words = new URLSearchParams(query);
  const sort = words.get('sort');
  const descending = words.get('order') === 'desc';
  return { sort: sort === 'size' || sort === 'time' ? sort : 'name', descending };
}

/** Folders first; among equals by name. */
export function sortListing(entries: readonly ListedEntry[], order: ListingOrder): readonly ListedEntry[] {
  const byName = entries.length <= COLLATED_MAX ? collator.compare : plain;
  const keyed = entries.map((entry) => ({ entry, text: displayName(entry.name) }));
  const sign = order.descending ? -1 : 1;
  keyed.sort((a, b) => {
    if (a.entry.directory !== b.entry.directory) return a.entry.directory ? -1 : 1;
    let difference = 0;
    if (order.sort === 'size') difference = a.entry.size - b.entry.size;
    if (order.sort === 'time') difference = a.entry.mtimeMs - b.entry.mtimeMs;
    return difference === 0 ? byName(a.text, b.text) * (order.sort === 'name' ? sign : 1) : difference * sign;
  });
  return keyed.map(({ entry }) => entry);
}

/** Sorting for people (file2 before file10) takes long; beyond this, code points decide. */
const COLLATED_MAX = 2000;
const collator = new Intl.Collator('en', { numeric: true });

function plain(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
