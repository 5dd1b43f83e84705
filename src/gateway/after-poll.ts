/**
 * Calls back when the event loop has looked at all sockets once from now on: what the system had received before this call has been given
 * to whoever reads it.
 */
export function afterPoll(then: () => void): void {
  // The first may come before the loop looks, or after it has looked already; between the two it looks.
  setImmediate(() => setImmediate(then));
}
