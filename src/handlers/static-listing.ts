import type { Listing } from '../files/listing.ts';
import { listingOrder, listingPart } from '../files/listing-order.ts';
import { listingFields, listingHtml, listingJson } from '../files/listing-page.ts';
import { acceptedCodings, acceptEncoding } from '../http/accept-encoding.ts';
import { acceptHeader, prefersType } from '../http/accept.ts';
import type { Exchange, ResponseSink } from '../http/exchange.ts';
import { respondUnavailable } from './error-pages.ts';
import { ListingPages, PAGE_CODINGS } from './listing-pages.ts';
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
  const { target, block } = exchange.head;
  const order = listingOrder(target.query);
  const json = wantsJson(exchange);
  const { sort, descending } = order;
  // Beyond the last page there are as many numbers as somebody likes to make up.
  const { page: number } = listingPart(listing, order);
  const page = pages.of(listing, `${json} ${sort} ${descending} ${number} ${target.path}`, () =>
    json
      ? listingJson(listing, order)
      : listingHtml({ path: target.path, top: location.folder }, listing, order),
  );
  const type = json ? 'application/json' : 'text/html; charset=utf-8';
  const fields = ['Content-Type', type, 'Cache-Control', 'no-cache', 'Vary', 'Accept, Accept-Encoding'];
  fields.push(...listingFields(listing, order));
  const sendAs = (body: Buffer, coding: readonly string[]): void => {
    sink.start(responseHead(200, [...fields, ...coding, 'Content-Length', String(body.length)]), body.length);
    sink.writeShared(body, 0, body.length);
    sink.end(null);
  };
  const accepted = location.options.spec.compress ? acceptEncoding(block.lower, block.fields) : '';
  const [coding] = acceptedCodings(accepted, PAGE_CODINGS).codings;
  if (coding === undefined) return sendAs(page.bytes, []);
  let gone = false;
  exchange.onGone = () => {
    gone = true;
  };
  page.compressed(coding, (form) => {
    if (gone) return;
    exchange.onGone = null;
    if (form === null) sendAs(page.bytes, []);
    else sendAs(form, ['Content-Encoding', coding]);
  });
}

const pages = new ListingPages();

/** Browsers name text/html, and few programs do. */
export function wantsJson({ head }: Exchange): boolean {
  const { lower, fields } = head.block;
  return prefersType(acceptHeader(lower, fields), 'application/json', 'text/html');
}
