import type { Duplex } from 'node:stream';
import { ControlReader, encodeControl } from '../wire/control.ts';
import { WireError } from '../wire/frame-reader.ts';

/** The control channel's end in this process: JSON lines over a socket pair. */
export class Channel<Incoming extends { type: string }, Outgoing extends { type: string }> {
  readonly #socket: Duplex;

  /**
   * @param onEnd the other side is gone (or spoke nonsense, with the reason); called once.
   */
  constructor(socket: Duplex, onMessage: (message: Incoming) => void, onEnd: (fault: string | null) => void) {
    this.#socket = socket;
    let ended = false;
    const finish = (fault: string | null): void => {
      if (ended) return;
      ended = true;
      onEnd(fault);
    };
    const reader = new ControlReader((message: unknown) => onMessage(message as Incoming));
    socket.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        socket.destroy();
        finish(error.message);
      }
    });
    socket.on('error', () => finish(null));
    socket.on('close', () => finish(null));
    socket.on('end', () => finish(null));
  }

  send(message: Outgoing): void {
    if (this.#socket.writable) this.#socket.write(encodeControl(message));
  }

  close(): void {
    this.#socket.destroy();
  }
}
