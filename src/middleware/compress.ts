import type { Coding } from '../http/accept-encoding.ts';
import { isCompressible } from '../http/compressible.ts';
import type { Exchange, Middleware } from '../http/exchange.ts';
import { CodedHeads } from './coded-heads.ts';
import { CompressingSink, type CompressSettings } from './compressing-sink.ts';
import { OFFERED_CODINGS } from './compressor.ts';

/**
 * Compressors that work at the same time, each with 1 to 1.5 MB of its own. Responses beyond that are sent as they are:
 * the machine has no time left for them anyway. A stream that never ends keeps its place for as long as it lasts.
 */
export const COMPRESSIONS_MAX = 128;

export interface CompressOptions {
  /**
   * Compression tells secrets: who can make a browser send requests with guesses in them, and see how long the
   * responses are, finds what else stands in a page next to the guess (BREACH, CVE-2013-3587). That needs a page made
   * for somebody, so:
   *
   * - `safe` compresses only responses to requests without Cookie and Authorization. What an application knows its
   *   users by otherwise (their address, a certificate, a header of a proxy) it can't see.
   * - `on` compresses all. Responses to requests with Cookie or Authorization get gzip only, with a random length (0 to
   *   100 bytes) added as the file name in its header, as Django does. That makes the attack slower by orders of
   *   magnitude, not impossible. Neither br nor zstd has a place for padding that every decoder is known to pass over.
   */
  readonly mode: 'safe' | 'on';
  /** Bodies known to be shorter are sent as they are. */
  readonly bytesMin: number;
  /** Which media types to compress; `isCompressible` of http/ when not given. */
  readonly types?: (contentType: string) => boolean;
  /** In order of preference; what the runtime has when not given. */
  readonly offered?: readonly Coding[];
  /** Of this chain alone; COMPRESSIONS_MAX of all chains together when not given. */
  readonly compressionsMax?: number;
  /** Told when a body is not as long as its Content-Length said. */
  readonly appFault?: (exchange: Exchange, message: string) => void;
}

/**
 * Compresses responses as they come (RFC 9110 8.4), for clients that accept it. Nothing is held back: what the
 * application has written leaves when it pauses. Left alone are responses without a body, with a coding or a
 * Content-Range, with `no-transform`, of types that do not become smaller, and streams of events. Every response that
 * might have been compressed says `Vary: Accept-Encoding`.
 */
export function compress(options: CompressOptions): Middleware {
  const settings: CompressSettings = {
    mode: options.mode,
    bytesMin: Math.max(1, options.bytesMin),
    offered: options.offered ?? OFFERED_CODINGS,
    heads: new CodedHeads(options.types ?? isCompressible),
    places: options.compressionsMax === undefined ? allPlaces : { free: options.compressionsMax },
    appFault: options.appFault ?? (() => undefined),
  };
  return (next) => (exchange, sink) => {
    if (exchange.websocket === null) next(exchange, new CompressingSink(sink, exchange, settings));
    else next(exchange, sink);
  };
}

const allPlaces = { free: COMPRESSIONS_MAX };
