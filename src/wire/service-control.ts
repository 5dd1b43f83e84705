/** Master to gateway: where a service of the operator's is asked from the next request on. */
export interface ServicePort {
  readonly type: 'service';
  readonly name: string;
  /** Counts up over all services: what `service_left` names. */
  readonly opening: number;
  /** Of 127.0.0.1; 0: nowhere now. */
  readonly port: number;
  /** With port 0: whether requests wait for it, within their queue; else they get 503. */
  readonly coming: boolean;
}

/** Gateway to master: it has no request any more where the service was with that opening. Said once for each that had a port, after another was told. */
export interface ServiceLeft {
  readonly type: 'service_left';
  readonly name: string;
  readonly opening: number;
}
