/** A write that the system has not taken whole: Node calls `oncomplete` on it later. */
export interface WriteRequest {
  oncomplete: (this: WriteRequest, status: number) => void;
  /** Ours: who is told then. */
  callback: ((error: Error | null) => void) | null;
  /** Ours: what the system still reads from; nothing else of Node keeps the collector from it. */
  held: unknown;
}

/** The handle of a socket, as far as it writes. */
export interface WriteHandle {
  /** 0, or the negative number of an error. */
  writeLatin1String(request: WriteRequest, text: string): number;
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number;
}

/** What `net.Socket` itself writes with, below its streams. */
export interface RawWrites {
  /** The handle has to be given one for each write; it is free again unless the write is `pending`. */
  readonly Request: new () => WriteRequest;
  /** Whether the system had no room for all of the last write, of whatever handle: then its request is in use until it is complete. */
  readonly pending: () => boolean;
}

/**
 * The only place that knows how Node speaks to its handles. What it is found by is deprecated and may be gone one day, or forbidden: null then,
 * and all writes go through streams.
 */
export function rawWrites(lookUp: unknown = Reflect.get(process, 'binding')): RawWrites | null {
  const binding = bindingOf(lookUp);
  if (binding === null) return null;
  const { WriteWrap, streamBaseState: state, kLastWriteWasAsync: index } = binding;
  if (typeof WriteWrap !== 'function' || !(state instanceof Int32Array)) return null;
  if (typeof index !== 'number' || state[index] === undefined) return null;
  return { Request: WriteWrap as RawWrites['Request'], pending: () => state[index] !== 0 };
}

interface StreamBinding {
  readonly WriteWrap?: unknown;
  readonly streamBaseState?: unknown;
  readonly kLastWriteWasAsync?: unknown;
}

function bindingOf(lookUp: unknown): StreamBinding | null {
  if (typeof lookUp !== 'function') return null;
  try {
    return (lookUp as (name: string) => StreamBinding)('stream_wrap');
  } catch {
    return null;
  }
}

/** The handle below a socket; null when it is none that we know how to write to. */
export function writeHandle(handle: unknown): WriteHandle | null {
  const { writeLatin1String, writeBuffer } = (handle ?? {}) as Partial<WriteHandle>;
  const known = typeof writeLatin1String === 'function' && typeof writeBuffer === 'function';
  return known ? (handle as WriteHandle) : null;
}
