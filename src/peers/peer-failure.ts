/** Why a peer gave no response, or not all of it. */
export interface PeerFailure {
  readonly kind:
    | 'unresolved'
    | 'unreachable'
    | 'connect_timeout'
    | 'untrusted'
    | 'closed'
    | 'send_timeout'
    | 'read_timeout'
    | 'protocol'
    /** It answered, and its answer is not wanted. */
    | 'status'
    | 'too_large';
  /** What happened, for the log: a predicate whose subject is the peer. */
  readonly message: string;
  /** A connection that had been kept ended as it was used again, before a byte of the response: nobody's fault, and the request may be sent anew. */
  readonly stale: boolean;
}

export function peerFailure(kind: PeerFailure['kind'], message: string, stale = false): PeerFailure {
  return { kind, message, stale };
}
