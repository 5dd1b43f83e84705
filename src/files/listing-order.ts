import { displayName } from './listing-names.ts';
import type { ListedEntry, Listing } from './listing.ts';

export interface ListingOrder {
  readonly sort: 'name' | 'size' | 'time';
  readonly descending: boolean;
  /** From 1; more than there are is the last one. */
  readonly page: number;
}

/** What of a listing is on one page. */
export interface ListingPart {
  readonly entries: readonly ListedEntry[];
  readonly page: number;
  readonly pages: number;
  /** Entries on the pages before. */
  readonly before: number;
}

/** Entries on a page. */
export const PAGE_ENTRIES = 2_000;

/** Out of a query without its question mark: `sort=size&order=desc&page=2`. What is not understood is by name, and the first page. */
export function listingOrder(query: string): ListingOrder {
  const words = new URLSearchParams(query);
  const sort = words.get('sort');
  const page = words.get('page') ?? '';
  return {
    sort: sort === 'size' || sort === 'time' ? sort : 'name',
    descending: words.get('order') === 'desc',
    page: /^[1-9][0-9]{0,3}$/.test(page) ? Number(page) : 1,
  };
}

/** The same as a query with its question mark, or `./`: what a link to it says. */
export function orderReference({ sort, descending }: ListingOrder, page = 1): string {
  const words =
    sort === 'name' && !descending ? [] : [`sort=${sort}`, `order=${descending ? 'desc' : 'asc'}`];
  if (page > 1) words.push(`page=${page}`);
  return words.length === 0 ? './' : `?${words.join('&')}`;
}

/** All of the listing is sorted first, so the pages belong together. */
export function listingPart(listing: Listing, order: ListingOrder): ListingPart {
  const sorted = sortedOnce(listing, order);
  const pages = Math.max(1, Math.ceil(sorted.length / PAGE_ENTRIES));
  const page = Math.min(order.page, pages);
  const before = (page - 1) * PAGE_ENTRIES;
  return { entries: sorted.slice(before, before + PAGE_ENTRIES), page, pages, before };
}

/** The orders of a listing live as long as it does: sorting 20,000 names for every page would be work that anybody can cause. */
const orders = new WeakMap<Listing, Map<string, readonly ListedEntry[]>>();

function sortedOnce(listing: Listing, order: ListingOrder): readonly ListedEntry[] {
  let known = orders.get(listing);
  if (known === undefined) orders.set(listing, (known = new Map<string, readonly ListedEntry[]>()));
  const key = `${order.sort} ${order.descending}`;
  let sorted = known.get(key);
  if (sorted === undefined) known.set(key, (sorted = sortListing(listing.entries, order)));
  return sorted;
}

/** Folders first; among equals by name. */
function sortListing(entries: readonly ListedEntry[], order: ListingOrder): readonly ListedEntry[] {
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
const COLLATED_MAX = 2_000;
const collator = new Intl.Collator('en', { numeric: true });

function plain(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
