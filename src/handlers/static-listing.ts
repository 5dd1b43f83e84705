import type { Listing } from '../files/listing.ts';
import { listingOrder } from '../files/listing-order.ts';
import { listingHtml, listingJson } from '../files/listing-page.ts';
import type { Exchange, ResponseSink } from '../http/exchange.ts';
import { respondUnavailable } from './error-pages.ts';
import { responseHead } from './respond.ts';
import type { StaticLocation } from './static-location.ts';

/** The folder of one request. */
interface Folder {
  /** Below the location; ends with a slash, or is empty. */
  readonly name: string;
  readonly gone: () => boolean;
  /** It is no folder, in none of the roots. */
  readonly otherwise: () => void;
}

/** Answers with the list of a folder: of the first root that has it. A page for people, JSON for programs that ask for it. */
export function respondListing(
  location: StaticLocation,
  exchange: Exchange,
  sink: ResponseSink,
  folder: Folder,
  number = 0,
): void {
  const mounted = location.roots[number];
  if (mounted === undefined) return folder.otherwise();
  const { prefix, root } = mounted;
  const next = (): void => respondListing(location, exchange, sink, folder, number + 1);
  if (!folder.name.startsWith(prefix)) return next();
  location.listings.read(root, folder.name.slice(prefix.length), (listing) => {
    if (folder.gone()) return;
    const failed = 'miss' in listing && listing.miss === 'failed';
    if ('miss' in listing && !failed) return next();
    exchange.onGone = null;
    if ('miss' in listing) {
      location.complaints.refused(listing);
      respondUnavailable(location.options.errorPages, exchange, sink);
      return;
    }
    send(location, exchange, sink, listing);
  });
}

function send(location: StaticLocation, exchange: Exchange, sink: ResponseSink, listing: Listing): void {
  const { target } = exchange.head;
  const order = listingOrder(target.query);
  const json = wantsJson(exchange);
  const page = rendered(listing, `${json} ${order.sort} ${order.descending} ${target.path}`, () =>
    json
      ? listingJson(listing, order)
      : listingHtml({ path: target.path, top: location.folder }, listing, order),
  );
  const type = json ? 'application/json' : 'text/html; charset=utf-8';
  const fields = ['Content-Type', type, 'Content-Length', String(page.length)];
  sink.start(responseHead(200, [...fields, 'Cache-Control', 'no-cache', 'Vary', 'Accept']), page.length);
  sink.writeShared(page, 0, page.length);
  sink.end(null);
}

/** Pages of the listings that are kept: all who ask within a second share listing and page, or sorting would be work that anybody can cause. */
const pages = new WeakMap<Listing, Map<string, Buffer>>();

function rendered(listing: Listing, key: string, render: () => Buffer): Buffer {
  let known = pages.get(listing);
  if (known === undefined) pages.set(listing, (known = new Map<string, Buffer>()));
  let page = known.get(key);
  if (page === undefined) known.set(key, (page = render()));
  return page;
}

/** Browsers name text/html, and few programs do. */
function wantsJson({ head }: Exchange): boolean {
  const index = head.block.lower.indexOf('accept');
  const accept = index === -1 ? '' : (head.block.fields[2 * index + 1] ?? '').toLowerCase();
  return accept.includes('application/json') && !accept.includes('text/html');
}
