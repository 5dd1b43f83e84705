import { displayName, encodeName, escapeHtml } from './listing-names.ts';
import { listingPart, orderReference } from './listing-order.ts';
import type { ListingOrder, ListingPart } from './listing-order.ts';
import type { ListedEntry, Listing } from './listing.ts';

/** Where a listing stands, as decoded paths (one latin-1 code point a byte) with a slash at both ends. */
export interface ListingPlace {
  /** `/media/2024/` */
  readonly path: string;
  /** The location: `/media/`. What is above is not linked to. */
  readonly top: string;
}

/** A page without script; all links are relative, so it works behind any prefix. */
export function listingHtml(place: ListingPlace, listing: Listing, order: ListingOrder): Buffer {
  const part = listingPart(listing, order);
  const rows = part.entries.map((entry) => row(entry, order));
  if (place.path !== place.top) rows.unshift(`<tr><td><a href="../">..</a><td><td>\n`);
  const title = escapeHtml(displayName(place.path));
  const empty = listing.entries.length === 0 ? '<p>This folder is empty.</p>\n' : '';
  const large = listing.truncated
    ? `<p>This folder is too large to be shown whole: these are ${count(listing.entries.length)} of its entries, and which ones is chance.</p>\n`
    : '';
  const turn = part.pages === 1 ? '' : pageLinks(part, listing.entries.length, order);
  return Buffer.from(
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">' +
      `<title>${title}</title><style>${STYLE}</style></head>\n<body><main><h1>${crumbs(place)}</h1>\n${large}${turn}` +
      `<table><thead><tr>${heading('Name', 'name', order)}${heading('Size', 'size', order)}${heading('Changed (UTC)', 'time', order)}</tr></thead>\n` +
      `<tbody>\n${rows.join('')}</tbody></table>\n${empty}${turn}</main></body></html>\n`,
  );
}

/** As nginx's `autoindex_format json` has it, with the address in addition. */
export function listingJson(listing: Listing, order: ListingOrder): Buffer {
  const entries = listingPart(listing, order).entries.map((entry) => ({
    name: displayName(entry.name),
    type: entry.directory ? 'directory' : 'file',
    mtime: new Date(entry.mtimeMs).toUTCString(),
    ...(entry.directory ? {} : { size: entry.size }),
    href: href(entry),
  }));
  return Buffer.from(`${JSON.stringify(entries)}\n`);
}

/** What a program has to know of the other pages (RFC 8288), flat: name, value. Without a count the folder is too large to be counted. */
export function listingFields(listing: Listing, order: ListingOrder): readonly string[] {
  const { page, pages } = listingPart(listing, order);
  const fields = listing.truncated ? [] : ['X-Total-Count', String(listing.entries.length)];
  const link = (number: number, rel: string): string => `<${orderReference(order, number)}>; rel="${rel}"`;
  const links = [
    ...(page > 1 ? [link(1, 'first'), link(page - 1, 'prev')] : []),
    ...(page < pages ? [link(page + 1, 'next'), link(pages, 'last')] : []),
  ];
  return links.length === 0 ? fields : [...fields, 'Link', links.join(', ')];
}

const STYLE =
  ':root{color-scheme:light dark}' +
  'body{font:15px/1.5 system-ui,sans-serif;margin:0;color:#1c1e21;background:#fff}' +
  'main{max-width:60rem;margin:0 auto;padding:2rem 1rem}' +
  'h1{font-size:1.2rem;font-weight:600;overflow-wrap:anywhere}h1 span{color:#8a9097;padding:0 .2em}' +
  'a{color:#0b57d0;text-decoration:none}a:hover{text-decoration:underline}' +
  'nav{display:flex;gap:1rem;margin:1rem .6rem;color:#5b6169}' +
  'table{border-collapse:collapse;table-layout:fixed;width:100%;font-variant-numeric:tabular-nums}' +
  'th,td{padding:.4rem .6rem;text-align:left;border-bottom:1px solid #e4e6ea}th{font-weight:500}th a{color:#5b6169}' +
  'td:first-child{overflow-wrap:anywhere}' +
  'th:nth-child(2){width:5.5rem}th:nth-child(3){width:9rem}' +
  'th:nth-child(2),td:nth-child(2){text-align:right}td:nth-child(2){white-space:nowrap}td:nth-child(n+2){color:#5b6169}' +
  'tbody tr:hover{background:#f4f6f9}' +
  '@media(prefers-color-scheme:dark){body{color:#e3e5e8;background:#17191c}a{color:#8ab4f8}th,td{border-color:#2c3036}' +
  'th a,td:nth-child(n+2),nav{color:#9aa1a9}tbody tr:hover{background:#1f2226}}' +
  // On a telephone day and time stand below each other.
  '@media(max-width:34rem){main{padding:1rem .5rem}th,td{padding:.4rem .3rem}th:nth-child(2){width:4.4rem}' +
  'th:nth-child(3){width:5.6rem}}';

/** `Previous · 2,001–4,000 of 12,345 · Next`, above and below. */
function pageLinks(
  { page, pages, before, entries }: ListingPart,
  total: number,
  order: ListingOrder,
): string {
  const link = (number: number, rel: string, text: string): string =>
    `<a rel="${rel}" href="${orderReference(order, number).replaceAll('&', '&amp;')}">${text}</a>`;
  const previous = page > 1 ? link(page - 1, 'prev', 'Previous') : '';
  const next = page < pages ? link(page + 1, 'next', 'Next') : '';
  const shown = `<span>${count(before + 1)}–${count(before + entries.length)} of ${count(total)}</span>`;
  return `<nav aria-label="Pages">${previous}${shown}${next}</nav>\n`;
}

function count(number: number): string {
  return number.toLocaleString('en');
}

/** `/media / 2024 / may /`: every part but the last leads there. */
function crumbs(place: ListingPlace): string {
  const below = place.path
    .slice(place.top.length)
    .split('/')
    .filter((part) => part !== '');
  const names = [place.top === '/' ? 'top' : place.top.slice(0, -1), ...below];
  return names
    .map((name, index) => {
      const shown = `<bdi>${escapeHtml(displayName(name))}</bdi>`;
      const levels = names.length - 1 - index;
      return levels === 0 ? shown : `<a href="${'../'.repeat(levels)}">${shown}</a>`;
    })
    .join('<span>/</span>');
}

/** The column that sorts now turns round when it is clicked. */
function heading(text: string, sort: ListingOrder['sort'], order: ListingOrder): string {
  const current = order.sort === sort;
  const next = current && !order.descending ? 'desc' : 'asc';
  const arrow = order.descending ? ' ↓' : ' ↑';
  const aria = current ? ` aria-sort="${order.descending ? 'descending' : 'ascending'}"` : '';
  return `<th scope="col"${aria}><a href="?sort=${sort}&amp;order=${next}">${text}${current ? arrow : ''}</a></th>`;
}

function row(entry: ListedEntry, order: ListingOrder): string {
  const name = escapeHtml(displayName(entry.name));
  // A folder that is opened is sorted the same way.
  const reference = orderReference(order);
  const kept = reference === './' ? '' : reference.replaceAll('&', '&amp;');
  const target = entry.directory ? `${href(entry)}${kept}` : href(entry);
  const size = entry.directory ? '<td>' : `<td title="${entry.size} bytes">${humanSize(entry.size)}`;
  const when = new Date(entry.mtimeMs).toISOString();
  const time = `<time datetime="${when}">${when.slice(0, 10)} ${when.slice(11, 16)}</time>`;
  return `<tr><td><a href="${target}"><bdi>${name}</bdi>${entry.directory ? '/' : ''}</a>${size}<td>${time}\n`;
}

/** With `./` in front no name can be taken for a scheme. */
function href(entry: ListedEntry): string {
  return `./${encodeName(entry.name)}${entry.directory ? '/' : ''}`;
}

function humanSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  let value = bytes;
  let unit = -1;
  while (value >= 1023.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
