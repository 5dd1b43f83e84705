/** The peer on a link or a control channel broke the protocol: whoever catches it closes the connection. */
export class WireError extends Error {
  override readonly name = 'WireError';
}
