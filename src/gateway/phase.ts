/** Where an HTTP/1 connection is. */
export type Phase =
  /** Before the first byte of a request. */
  | 'idle'
  /** Within a request head. */
  | 'head'
  /** A request is being answered. */
  | 'busy'
  /** It was answered, but the client has to read more of the answers before the next is begun. */
  | 'unread'
  /** The last response was written; what still arrives is thrown away until the client closes. */
  | 'closing'
  /** The socket is a WebSocket's now; we only count it. */
  | 'upgraded'
  | 'closed';
