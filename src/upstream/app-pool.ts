import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Sweepable } from '../base/sweeper.ts';
import type { AppLoad } from '../wire/gateway-control.ts';
import { dial } from './dial.ts';
import { Link, type LinkOwner } from './link.ts';
import { StreamQueue } from './stream-queue.ts';
import { type Waiter, WaitingRoom } from './waiting-room.ts';
import {
  type SocketEvents,
  type StreamEvents,
  type UpstreamFailure,
  type WorkerRequest,
  WorkerStream,
} from './worker-stream.ts';

export interface PoolLimits {
  /** Requests that may wait for a worker. */
  readonly queueMax: number;
  /** How long each may wait, milliseconds. */
  readonly queueTimeoutMs: number;
}

export type AppInterface = 'wsgi' | 'asgi';

/** A request that has had its time. */
export interface LateRequest {
  readonly app: string;
  readonly interface: AppInterface;
  readonly worker: number;
  readonly pid: number;
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  readonly limitMs: number;
  /** Somebody still waited for the answer (and is told by the stream's events). */
  readonly waited: boolean;
}

/** A request that is not done when the server stops. */
export type CutRequest = { readonly queued: true } | (LateRequest & { readonly queued: false });

/** What the gateway tells the master about its links. */
export interface PoolObserver {
  linked(worker: number, pid: number): void;
  /**
   * Nothing of ours that anybody waits for is with that worker any more. `reason` is for the log; `hung`: what it has left are requests that
   * were given up.
   */
  released(worker: number, pid: number, reason: string, hung: boolean): void;
  /** A request has come and there is no worker at all. */
  starved?(): void;
  /** A request has had its time; its worker is told on the link, which it may not read. */
  late(request: LateRequest): void;
  /** It has not ended since: the worker is not sound any more. */
  stuck(request: LateRequest): void;
}

/**
 * How long an app may take to obey when the time of a request is over. A thread of a WSGI app can't be told: it ends only if it was about
 * to, or was sending; a task is cancelled.
 */
const OBEY_MS = { wsgi: 1_000, asgi: 5_000 } as const;

/**
 * The workers of one app and the one queue before them. A request goes to the least busy ready worker; when none is free it
 * waits its turn, up to the limits; when there is none at all (they are being replaced) it waits too.
 */
export class AppPool implements LinkOwner, Sweepable {
  /** The earliest of all deadlines of its requests, those that wait and those that run. */
  deadline = Infinity;
  readonly app: string;
  #interface: AppInterface | null = null;
  #limits: PoolLimits;
  readonly #observer: PoolObserver;
  readonly #links: Link[] = [];
  readonly #queue: StreamQueue;
  readonly #dial: typeof dial;
  /** Requests before anybody knew how to write them. */
  readonly #waitingRoom: WaitingRoom;
  /** Those that wait and are written for workers of an interface that the app had before. */
  #outdated: WorkerStream[] = [];
  /** Given to workers so far; also the number of the turn. */
  #turn = 0;
  #onIdle: (() => void) | null = null;

  /** @param reach how a worker's socket is connected to. */
  constructor(app: string, limits: PoolLimits, observer: PoolObserver, reach: typeof dial = dial) {
    this.app = app;
    this.#limits = limits;
    this.#observer = observer;
    this.#dial = reach;
    this.#queue = new StreamQueue(limits.queueMax);
    this.#waitingRoom = new WaitingRoom(limits.queueMax);
  }

  /** What the workers speak; known from the first of them on. */
  get interface(): AppInterface | null {
    return this.#interface;
  }

  /** Requests waiting (those whose client left meanwhile included, until their turn). */
  get queued(): number {
    return this.#queue.size + this.#outdated.length + this.#waitingRoom.size;
  }

  /** Whether a worker takes requests. */
  get ready(): boolean {
    return this.#links.some((link) => link.ready);
  }

  get inFlight(): number {
    let sum = 0;
    for (const link of this.#links) sum += link.inFlight;
    return sum;
  }

  /** Whether it has no worker and nobody waits for one. */
  get abandoned(): boolean {
    return this.#links.length === 0 && this.queued === 0;
  }

  /** Other limits from now on; who waits already is not turned away by them. */
  limit(limits: PoolLimits): void {
    const { queueMax } = this.#limits;
    this.#limits = limits;
    if (limits.queueMax !== queueMax) this.#queue.limit(limits.queueMax);
  }

  /** How busy the app is. */
  load(now: number): Omit<AppLoad, 'app'> {
    const oldest = Math.min(this.#queue.peek()?.queuedAt ?? Infinity, this.#waitingRoom.oldest);
    return {
      queued: this.queued,
      oldestMs: oldest === Infinity ? 0 : Math.max(0, Math.round(now - oldest)),
      inFlight: this.inFlight,
      requests: this.#turn,
      workers: this.#links.map((link) => [link.pid, link.served]),
    };
  }

  /** Connects to a worker that listens on `socketPath`. */
  add(worker: number, pid: number, socketPath: string, speaks: AppInterface = 'wsgi'): void {
    if (this.#interface !== speaks && this.#interface !== null)
      for (let old = this.#queue.next(); old !== null; old = this.#queue.next()) this.#outdated.push(old);
    this.#interface = speaks;
    const socket: Socket = this.#dial(socketPath, (chunk) => link.receive(chunk));
    const link = new Link(worker, pid, socket, this, speaks);
    this.#links.push(link);
    this.#waitingRoom.letAllIn();
  }

  /** Keeps a request until it is known what the app speaks. */
  wait(waiter: Waiter): void {
    if (!this.#waitingRoom.add(waiter)) waiter.failed({ kind: 'queue_full' });
    else this.#queuedOne(waiter.since);
  }

  /** No worker can be started: nobody has to wait for one. */
  refuseAll(): void {
    if (this.#links.some((link) => link.ready)) return;
    this.#waitingRoom.refuse(() => ({ kind: 'no_worker' }));
    for (let stream = this.#queue.next(); stream !== null; stream = this.#queue.next())
      stream.fail({ kind: 'no_worker' });
  }

  /** Takes a worker out; `released` is observed when its last request is over. */
  remove(worker: number, pid: number): void {
    const link = this.#links.find((candidate) => candidate.worker === worker && candidate.pid === pid);
    if (link === undefined) this.#observer.released(worker, pid, 'not linked', false);
    else {
      link.drain();
      this.#refuseOutdated();
    }
  }

  /**
   * Hands the request to a worker now or later; the returned stream can be cancelled.
   * @param limitMs what the app has for it once a worker has it; `Infinity`: no limit.
   * @param now on the clock of `performance.now()`.
   */
  submit(
    request: WorkerRequest,
    events: StreamEvents,
    socket: SocketEvents | null = null,
    limitMs = Infinity,
    now = performance.now(),
  ): WorkerStream {
    const stream = new WorkerStream(request, events, now, socket, limitMs);
    const link = this.#queue.size === 0 ? (this.#leastBusy() ?? this.#fastest(stream, now)) : null;
    if (link !== null) this.#dispatch(link, stream, now);
    else if (!this.#queue.push(stream)) stream.fail({ kind: 'queue_full' });
    else this.#queuedOne(now);
    return stream;
  }

  linkReady(link: Link): void {
    this.#observer.linked(link.worker, link.pid);
    this.linkFreed(link, performance.now());
  }

  linkFreed(link: Link, now: number): void {
    const own = link.speaks === this.#interface;
    while (link.ready && link.inFlight < link.threads) {
      const stream = own ? this.#queue.next() : this.#nextOutdated();
      if (stream === null) break;
      this.#dispatch(link, stream, now);
    }
    if (own) this.#sendAhead(link, now);
    this.#checkIdle();
  }

  /** The worker has just answered: it is fast if `ahead` says so. */
  #sendAhead(link: Link, now: number): void {
    while (link.ready && link.inFlight < link.threads + link.ahead.count) {
      const stream = this.#queue.peek();
      if (stream === null || !stream.mayBeSentAhead) return;
      this.#queue.next();
      this.#dispatch(link, stream, now);
    }
  }

  linkReturned(stream: WorkerStream): void {
    const link = this.#leastBusy();
    if (link !== null) this.#dispatch(link, stream, performance.now());
    else {
      this.#queue.putBack(stream);
      this.#queuedOne(stream.queuedAt);
    }
  }

  linkClosed(link: Link, reason: string): void {
    const index = this.#links.indexOf(link);
    if (index !== -1) this.#links.splice(index, 1);
    this.#refuseOutdated();
    const hung = link.inFlight > 0 && link.inFlight === link.givenUp;
    this.#observer.released(link.worker, link.pid, reason, hung);
    this.#checkIdle();
  }

  /**
   * Calls back once, now or as soon as no worker has a request any more. Of a client that is gone, too: its app is told so, and may have
   * something to put away.
   */
  whenIdle(idle: () => void): void {
    this.#onIdle = idle;
    this.#checkIdle();
  }

  linkLate(link: Link, stream: WorkerStream, waited: boolean): void {
    this.#observer.late(this.#lateRequest(link, stream, waited));
  }

  linkStuck(link: Link, stream: WorkerStream): void {
    this.#observer.stuck(this.#lateRequest(link, stream, false));
    this.#checkIdle();
  }

  /**
   * Fails the requests that waited or ran too long. All that run are looked at, but only when one of them may be late: about once in the
   * time that they have.
   */
  expire(now: number): void {
    this.deadline = Infinity;
    this.#expireQueue(now);
    for (const link of [...this.#links]) this.#lookAt(link.expire(now, OBEY_MS[link.speaks]));
  }

  /** Nobody waits any more: ends all requests with a failure. Those that wait for a worker are told the same. */
  cut(failureOf: (cut: CutRequest) => UpstreamFailure): void {
    for (const link of this.#links)
      for (const stream of link.streams) {
        const waited = stream.state === 'running';
        stream.fail(failureOf({ ...this.#lateRequest(link, stream, waited), queued: false }));
      }
    const failure = failureOf({ queued: true });
    this.#waitingRoom.refuse(() => failure);
    for (const next of [() => this.#queue.next(), () => this.#nextOutdated()])
      for (let stream = next(); stream !== null; stream = next()) stream.fail(failure);
  }

  /** Gives up every link. */
  destroy(reason: string): void {
    for (const link of [...this.#links]) link.destroy(reason);
  }

  #checkIdle(): void {
    if (this.#onIdle === null || this.#links.some((link) => link.inFlight > link.givenUp)) return;
    const idle = this.#onIdle;
    this.#onIdle = null;
    idle();
  }

  #queuedOne(since: number): void {
    this.#lookAt(since + this.#limits.queueTimeoutMs);
    if (this.#links.every((link) => link.draining)) this.#observer.starved?.();
  }

  #nextOutdated(): WorkerStream | null {
    for (let stream = this.#outdated.shift(); stream !== undefined; stream = this.#outdated.shift())
      if (stream.state === 'queued') return stream;
    return null;
  }

  /** The app speaks another interface now, and the last worker that could have understood them has left. */
  #refuseOutdated(): void {
    if (this.#outdated.length === 0) return;
    if (this.#links.some((link) => !link.draining && link.speaks !== this.#interface)) return;
    for (let stream = this.#nextOutdated(); stream !== null; stream = this.#nextOutdated())
      stream.fail({ kind: 'no_worker' });
  }

  #dispatch(link: Link, stream: WorkerStream, now: number): void {
    link.lastUsed = ++this.#turn;
    link.dispatch(stream, now);
    if (stream.deadline !== Infinity) this.#lookAt(stream.deadline);
  }

  #lookAt(deadline: number): void {
    if (deadline < this.deadline) this.deadline = deadline;
  }

  /** The queue is in order of arrival, so only its head can be late. */
  #expireQueue(now: number): void {
    const { queueTimeoutMs } = this.#limits;
    const before = now - queueTimeoutMs;
    this.#waitingRoom.refuse((waiter) => ({ kind: 'queue_timeout', waitedMs: now - waiter.since }), before);
    this.#lookAt(this.#waitingRoom.oldest + queueTimeoutMs);
    for (let late = this.#queue.nextBefore(before); late !== null; late = this.#queue.nextBefore(before))
      late.fail({ kind: 'queue_timeout', waitedMs: now - late.queuedAt });
    this.#lookAt((this.#queue.peek()?.queuedAt ?? Infinity) + queueTimeoutMs);
  }

  #lateRequest(
    { worker, pid, speaks }: Link,
    { request, limitMs }: WorkerStream,
    waited: boolean,
  ): LateRequest {
    const { method, target } = request.line;
    return {
      app: this.app,
      interface: speaks,
      worker,
      pid,
      requestId: request.id,
      method,
      path: target.raw,
      limitMs,
      waited,
    };
  }

  /** Fewest requests in flight; among equals the one whose last request is longest ago. */
  #leastBusy(): Link | null {
    let best: Link | null = null;
    for (const link of this.#links) {
      if (!link.ready || link.inFlight >= link.threads || link.speaks !== this.#interface) continue;
      if (best === null || link.inFlight < best.inFlight) best = link;
      else if (link.inFlight === best.inFlight && link.lastUsed < best.lastUsed) best = link;
    }
    return best;
  }

  /** All threads are busy: one whose requests take next to no time may be sent this one ahead. */
  #fastest(stream: WorkerStream, now: number): Link | null {
    if (!stream.mayBeSentAhead) return null;
    let best: Link | null = null;
    for (const link of this.#links) {
      const { ahead, inFlight, threads } = link;
      if (inFlight >= threads + ahead.count || !link.ready || !ahead.isLively(now)) continue;
      if (link.speaks === this.#interface && (best === null || inFlight < best.inFlight)) best = link;
    }
    return best;
  }
}
