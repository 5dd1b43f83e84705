import type { Duplex } from 'node:stream';
import type { MessageCheck } from '../wire/check-message.ts';
import { ControlReader, encodeControl } from '../wire/control.ts';
import { WireError } from '../wire/wire-error.ts';

/** The control channel's end in this process: JSON lines over a socket pair. */
export class Channel<Incoming extends { type: string }, Outgoing extends { type: string }> {
  readonly #socket: Duplex;

  /**
   * @param onMessage may throw WireError: the message should not have been sent.
   * @param onEnd the other side is gone (or spoke nonsense, with the reason in words); called once.
   * @param check what the other side may say; null: whatever it says is believed. With a check nothing that it says can do more harm than end the
   * channel: an error of `onMessage` itself does that, too.
   */
  constructor(
    socket: Duplex,
    onMessage: (message: Incoming) => void,
    onEnd: (fault: string | null) => void,
    check: MessageCheck | null = null,
  ) {
    this.#socket = socket;
    let ended = false;
    const finish = (fault: string | null): void => {
      if (ended) return;
      ended = true;
      onEnd(fault);
    };
    const handle = check === null ? onMessage : guarded(onMessage, check);
    const reader = new ControlReader((message) => {
      // One that closed the channel was the last.
      if (!ended && !socket.destroyed) handle(message as { type: string } as Incoming);
    });
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

/** Every error is one of the other side: this process has others to look after. */
function guarded<M extends { type: string }>(
  onMessage: (message: M) => void,
  check: MessageCheck,
): (message: M) => void {
  return (message) => {
    const verdict = check(message);
    if (verdict === 'unknown') return;
    if (verdict !== null) throw new WireError(verdict.fault);
    try {
      onMessage(message);
    } catch (error) {
      if (error instanceof WireError) throw error;
      const stack = error instanceof Error ? error.stack : String(error);
      throw new WireError(
        `\`${message.type}\` could not be handled, which is a fault of the server: ${stack}`,
      );
    }
  };
}
