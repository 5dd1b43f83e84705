import type { Socket } from 'node:net';
import type { WriteClock } from './write-clock.ts';

/** Of what still arrives on a connection that is being closed, this much is read and thrown away, for this long. */
const LINGER_BYTES_MAX = 1_048_576;
const LINGER_MS = 5_000;
/** While the server stops. Browsers leave the end of an idle connection unanswered until they want to use it again. */
const LINGER_STOPPING_MS = 1_000;

/** While the server stops: a client that got an answer this long ago is not about to send its next request. */
const IDLE_MS = 500;
/** The same when nobody waits for the end: time enough for a busy client to send another request, which is its last here. */
const IDLE_PATIENT_MS = 5_000;

/**
 * When a connection between two requests ends while the server stops; `deadline` is when it would end else. One that was never used is given
 * a while from its beginning: its client has come to send something.
 */
export function idleEnd(
  deadline: number,
  used: boolean,
  limits: { readonly keepAliveMs: number; readonly headerMs: number },
  patient: boolean,
): number {
  const idleMs = patient ? IDLE_PATIENT_MS : IDLE_MS;
  const sooner = used ? limits.keepAliveMs - idleMs : limits.headerMs - LINGER_MS;
  return deadline - Math.max(0, sooner);
}

/**
 * Closes in a way that the client gets to read the response (RFC 9112, section 9.6): sends what it is owed and the end, then reads and drops what
 * it is still sending, for a bounded time. A slow reader may take its time for what it is owed; only then the time to linger begins.
 */
export class Linger {
  #bytes = 0;

  /**
   * @param stopping whether the server waits for this.
   * @param setDeadline moves the connection's deadline.
   */
  begin(socket: Socket, clock: WriteClock, stopping: boolean, setDeadline: (at: number) => void): void {
    const now = performance.now();
    const lingerMs = stopping ? LINGER_STOPPING_MS : LINGER_MS;
    if (socket.writableLength > 0) {
      setDeadline(clock.start(now));
      socket.once('finish', () => setDeadline(performance.now() + lingerMs));
    } else setDeadline(now + lingerMs);
    socket.end();
    socket.resume();
  }

  /** Whether that was more than is put up with. */
  tooMuch(bytes: number): boolean {
    this.#bytes += bytes;
    return this.#bytes > LINGER_BYTES_MAX;
  }
}
