import type { ServerSessionOptions } from 'node:http2';
import type { ConnectionLimits } from '../context.ts';

/** Memory of one session for headers, queued frames and streams, megabytes. */
const SESSION_MEGABYTES_MAX = 16;
/** Bytes of a body that may be under way before somebody wants it; of one stream. A client may have that many for each of its streams. */
const STREAM_WINDOW_BYTES = 131_072;
/** Entries of one SETTINGS frame. */
const SETTINGS_MAX = 32;
/** Frames that make no sense, and streams beyond the limit, before the connection ends. */
const INVALID_FRAMES_MAX = 100;
const REJECTED_STREAMS_MAX = 100;
/** More than the limits of a head allow: what is a little too much gets an answer in words, the rest a reset. */
const HEAD_FACTOR = 2;

/** How sessions are set up; the limits that are not here are those of requests. */
export function sessionOptions(limits: ConnectionLimits): ServerSessionOptions {
  const { headerBytesMax, headerCountMax, requestLineBytesMax } = limits.head;
  return {
    maxSessionMemory: SESSION_MEGABYTES_MAX,
    maxHeaderListPairs: Math.max(128, headerCountMax * HEAD_FACTOR),
    maxSettings: SETTINGS_MAX,
    maxSessionInvalidFrames: INVALID_FRAMES_MAX,
    maxSessionRejectedStreams: REJECTED_STREAMS_MAX,
    settings: {
      enablePush: false,
      enableConnectProtocol: true,
      maxConcurrentStreams: limits.http2StreamsMax,
      initialWindowSize: STREAM_WINDOW_BYTES,
      maxHeaderListSize: (headerBytesMax + requestLineBytesMax) * HEAD_FACTOR,
    },
  };
}
