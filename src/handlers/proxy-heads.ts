import type { ResponseHead } from '../http/exchange.ts';
import { type PeerHead, peerField } from '../peers/peer-head.ts';
import type { ProxySpec } from '../wire/proxy-spec.ts';

/** A response head as the client gets it. */
export interface ProxyHead {
  readonly head: ResponseHead;
  /** Bytes that are held for a slower client, so that the peer is free sooner. */
  readonly heldBytes: number;
  /** Beyond that, bytes that are held on the disk; 0: the peer waits. */
  readonly diskBytes: number;
}

/** Of a response that must not lag behind: what the sockets hold anyway. */
const UNHELD_BYTES = 65_536;
// Orders of the peer for a server in front of it.
const ORDERS = ['x-accel-buffering', 'x-accel-charset', 'x-accel-expires', 'x-accel-limit-rate'];

interface Made extends ProxyHead {
  readonly by: ProxyHeads;
}

/** Response heads without what clients are not to get. A head that a peer sends again and again is looked at once. */
export class ProxyHeads {
  readonly #hidden: ReadonlySet<string>;
  readonly #buffering: ProxySpec['buffering'];
  readonly #bufferBytes: number;
  readonly #spoolBytes: number;

  constructor(spec: ProxySpec) {
    this.#hidden = new Set([...ORDERS, ...spec.hide]);
    this.#buffering = spec.buffering;
    this.#bufferBytes = spec.bufferBytes;
    this.#spoolBytes = spec.spoolBytes;
  }

  of(peerHead: PeerHead): ProxyHead {
    const before = peerHead.view as Made | null;
    if (before?.by === this) return before;
    const held = this.#isHeld(peerHead);
    const made: Made = {
      by: this,
      head: this.#shown(peerHead),
      heldBytes: held ? Math.max(UNHELD_BYTES, this.#bufferBytes) : UNHELD_BYTES,
      diskBytes: held ? this.#spoolBytes : 0,
    };
    peerHead.view = made;
    return made;
  }

  #shown({ head, lower }: PeerHead): ResponseHead {
    if (!lower.some((name) => this.#hidden.has(name))) return head;
    const fields: string[] = [];
    for (let i = 0; i < lower.length; i++)
      if (!this.#hidden.has(lower[i] ?? ''))
        fields.push(head.fields[2 * i] ?? '', head.fields[2 * i + 1] ?? '');
    return { status: head.status, reason: head.reason, fields, memo: null };
  }

  #isHeld(peerHead: PeerHead): boolean {
    if (this.#buffering === 'off') return false;
    if (peerField(peerHead, 'x-accel-buffering').toLowerCase() === 'no') return false;
    if (this.#buffering === 'on') return true;
    const type = peerField(peerHead, 'content-type').toLowerCase();
    return peerHead.contentLength !== -1 && !type.startsWith('text/event-stream');
  }
}
