import type { Exchange } from '../http/exchange.ts';
import type { TunnelEnd, TunnelEvents, TunnelOffer } from '../http/tunnel.ts';
import type { PeerConnection, PeerEvents } from '../peers/peer-connection.ts';
import type { PeerFailure } from '../peers/peer-failure.ts';
import { type PeerHead, peerField } from '../peers/peer-head.ts';
import type { Log } from '../telemetry/log.ts';

/** With more than this unsent to one side, the other is not read. */
const UNSENT_BYTES_MAX = 262_144;

/** A connection whose protocol was changed: what one side sends, the other gets, as fast as it takes it. */
export class ProxyTunnel implements PeerEvents, TunnelEvents {
  readonly #peer: PeerConnection;
  readonly #idleMs: number;
  readonly #log: Log;
  readonly #exchange: Exchange;
  readonly #ended: () => void;
  #client: TunnelEnd | null = null;
  #over = false;

  /** @param options.ended called once, when neither side has anything to say any more */
  constructor(
    peer: PeerConnection,
    options: {
      readonly idleMs: number;
      readonly log: Log;
      readonly exchange: Exchange;
      readonly ended: () => void;
    },
  ) {
    this.#peer = peer;
    this.#idleMs = options.idleMs;
    this.#log = options.log;
    this.#exchange = options.exchange;
    this.#ended = options.ended;
  }

  /** Tells the client. False when it has gone. */
  open(offer: TunnelOffer, { head, ...rest }: PeerHead): boolean {
    this.#peer.handOver(this, this.#idleMs === 0 ? Infinity : this.#idleMs);
    const protocol = peerField({ head, ...rest }, 'upgrade');
    this.#client = offer.open(head, protocol === '' ? offer.protocol : protocol, this);
    if (this.#client === null) this.#end();
    return this.#client !== null;
  }

  // From the client.

  received(chunk: Buffer, start: number, end: number): void {
    this.#peer.touch();
    this.#peer.write(Buffer.from(chunk.subarray(start, end)));
    if (this.#peer.pending > UNSENT_BYTES_MAX) this.#client?.pause();
  }

  leave(): void {
    this.#close();
  }

  closed(): void {
    this.#end();
    this.#peer.finish();
  }

  // From the peer, and of both.

  drained(): void {
    if ((this.#client?.pending ?? 0) <= UNSENT_BYTES_MAX) this.#peer.resume();
    if (this.#peer.pending <= UNSENT_BYTES_MAX) this.#client?.resume();
  }

  data(chunk: Buffer, start: number, end: number): void {
    const client = this.#client;
    if (client === null) return;
    client.write(chunk, start, end);
    if (client.pending > UNSENT_BYTES_MAX) this.#peer.pause();
  }

  failed(failure: PeerFailure): void {
    if (this.#over) return;
    const { head, id, upstream } = this.#exchange;
    if (failure.kind !== 'closed')
      this.#log.info(
        `${upstream?.address ?? 'The peer'} ${failure.message}: the tunnel of ${head.method} ${head.target.raw} was ended`,
        {
          request_id: id,
        },
      );
    this.#end();
    this.#client?.end();
  }

  // Of HTTP nothing comes any more.

  interim(): void {
    this.#close();
  }

  response(): void {
    this.#close();
  }

  complete(): void {
    this.#close();
  }

  switched(): void {
    this.#close();
  }

  #close(): void {
    this.#end();
    this.#peer.finish();
    this.#client?.end();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#ended();
  }
}
