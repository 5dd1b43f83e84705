import { connect, type Socket } from 'node:net';
import { Deque } from '../base/deque.ts';
import type { Sweepable } from '../base/sweeper.ts';
import type { AppLoad } from '../wire/gateway-control.ts';
import { Link, type LinkOwner } from './link.ts';
import { type Waiter, WaitingRoom } from './waiting-room.ts';
import { type SocketEvents, type StreamEvents, type WorkerRequest, WorkerStream } from './worker-stream.ts';

export interface PoolLimits {
  /** Requests that may wait for a worker. */
  readonly queueMax: number;
  /** How long each may wait, milliseconds. */
  readonly queueTimeoutMs: number;
}

export type AppInterface = 'wsgi' | 'asgi';

/** What the gateway tells the master about its links. */
export interface PoolObserver {
  linked(worker: number, pid: number): void;
  /** Nothing of ours is with that worker any more. `reason` is for the log. */
  released(worker: number, pid: number, reason: string): void;
  /** A request has come and there is no worker at all. */
  starved?(): void;
}

/**
 * The workers of one app and the one queue before them. A request goes to the least busy ready worker; when none is free it
 * waits its turn, up to the limits; when there is none at all (they are being replaced) it waits too.
 */
export class AppPool implements LinkOwner, Sweepable {
  deadline = Infinity;
  #interface: AppInterface | null = null;
  #limits: PoolLimits;
  readonly #observer: PoolObserver;
  readonly #links: Link[] = [];
  #queue: Deque<WorkerStream>;
  readonly #dial: (socketPath: string) => Socket;
  /** Requests before anybody knew how to write them. */
  readonly #waitingRoom: WaitingRoom;
  /** Those that wait and are written for workers of an interface that the app had before. */
  #outdated: WorkerStream[] = [];
  /** Given to workers so far; also the number of the turn. */
  #turn = 0;
  #onIdle: (() => void) | null = null;

  /** @param dial how a worker's socket is reached. */
  constructor(
    limits: PoolLimits,
    observer: PoolObserver,
    dial: (socketPath: string) => Socket = (path) => connect(path),
  ) {
    this.#limits = limits;
    this.#observer = observer;
    this.#dial = dial;
    this.#queue = new Deque(limits.queueMax);
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
    if (limits.queueMax === queueMax) return;
    const waiting = this.#queue;
    this.#queue = new Deque(Math.max(limits.queueMax, waiting.size));
    for (let stream = waiting.shift(); stream !== undefined; stream = waiting.shift())
      this.#queue.push(stream);
  }

  /** How busy the app is. */
  load(now: number): Omit<AppLoad, 'app'> {
    const oldest = Math.min(this.#oldest(), this.#waitingRoom.oldest);
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
      for (let old = this.#nextQueued(); old !== null; old = this.#nextQueued()) this.#outdated.push(old);
    this.#interface = speaks;
    this.#links.push(new Link(worker, pid, this.#dial(socketPath), this, speaks));
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
    for (let stream = this.#nextQueued(); stream !== null; stream = this.#nextQueued())
      stream.fail({ kind: 'no_worker' });
    this.deadline = Infinity;
  }

  /** Takes a worker out; `released` is observed when its last request is over. */
  remove(worker: number, pid: number): void {
    const link = this.#links.find((candidate) => candidate.worker === worker && candidate.pid === pid);
    if (link === undefined) this.#observer.released(worker, pid, 'not linked');
    else {
      link.drain();
      this.#refuseOutdated();
    }
  }

  /** Hands the request to a worker now or later; the returned stream can be cancelled. */
  submit(request: WorkerRequest, events: StreamEvents, socket: SocketEvents | null = null): WorkerStream {
    const now = performance.now();
    const stream = new WorkerStream(request, events, now, socket);
    const link = this.#queue.size === 0 ? this.#leastBusy() : null;
    if (link !== null) this.#dispatch(link, stream);
    else if (!this.#enqueue(stream)) stream.fail({ kind: 'queue_full' });
    else this.#queuedOne(now);
    return stream;
  }

  linkReady(link: Link): void {
    this.#observer.linked(link.worker, link.pid);
    this.linkFreed(link);
  }

  linkFreed(link: Link): void {
    while (link.ready && link.inFlight < link.window) {
      const stream = link.speaks === this.#interface ? this.#nextQueued() : this.#nextOutdated();
      if (stream === null) break;
      this.#dispatch(link, stream);
    }
    this.#checkIdle();
  }

  linkClosed(link: Link, reason: string): void {
    const index = this.#links.indexOf(link);
    if (index !== -1) this.#links.splice(index, 1);
    this.#refuseOutdated();
    this.#observer.released(link.worker, link.pid, reason);
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

  /** Fails the requests that waited too long; the queue is in order of arrival, so only its head can be late. */
  expire(now: number): void {
    const oldest = now - this.#limits.queueTimeoutMs;
    this.#waitingRoom.refuse((waiter) => ({ kind: 'queue_timeout', waitedMs: now - waiter.since }), oldest);
    for (let head = this.#queue.peek(); head !== undefined; head = this.#queue.peek()) {
      if (head.state === 'queued' && head.queuedAt > oldest) {
        this.deadline = Math.min(head.queuedAt, this.#waitingRoom.oldest) + this.#limits.queueTimeoutMs;
        return;
      }
      this.#queue.shift();
      if (head.state === 'queued') head.fail({ kind: 'queue_timeout', waitedMs: now - head.queuedAt });
    }
    this.deadline = this.#waitingRoom.oldest + this.#limits.queueTimeoutMs;
  }

  /** Gives up every link. */
  destroy(reason: string): void {
    for (const link of [...this.#links]) link.destroy(reason);
  }

  #checkIdle(): void {
    if (this.#onIdle === null || this.inFlight > 0) return;
    const idle = this.#onIdle;
    this.#onIdle = null;
    idle();
  }

  #queuedOne(since: number): void {
    if (this.deadline === Infinity) this.deadline = since + this.#limits.queueTimeoutMs;
    if (this.#links.every((link) => link.draining)) this.#observer.starved?.();
  }

  /** When the oldest request was queued whose client is still there; Infinity when none waits. */
  #oldest(): number {
    for (let head = this.#queue.peek(); head !== undefined; head = this.#queue.peek()) {
      if (head.state === 'queued') return head.queuedAt;
      this.#queue.shift();
    }
    return Infinity;
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

  #dispatch(link: Link, stream: WorkerStream): void {
    link.lastUsed = ++this.#turn;
    link.dispatch(stream);
  }

  /** Requests whose client has left keep their place until somebody needs it: they may not keep others out. */
  #enqueue(stream: WorkerStream): boolean {
    if (this.#queue.push(stream)) return true;
    this.#queue.retain((waiting) => waiting.state === 'queued');
    return this.#queue.push(stream);
  }

  /** Fewest requests in flight; among equals the one whose last request is longest ago. */
  #leastBusy(): Link | null {
    let best: Link | null = null;
    for (const link of this.#links) {
      if (!link.ready || link.inFlight >= link.window || link.speaks !== this.#interface) continue;
      if (best === null || link.inFlight < best.inFlight) best = link;
      else if (link.inFlight === best.inFlight && link.lastUsed < best.lastUsed) best = link;
    }
    return best;
  }

  #nextQueued(): WorkerStream | null {
    for (let stream = this.#queue.shift(); stream !== undefined; stream = this.#queue.shift()) {
      if (stream.state === 'queued') return stream;
    }
    return null;
  }
}
