import { PROTOCOL_VERSION } from '../wire/protocol.ts';
import { WireError } from '../wire/frame-reader.ts';

/** What a worker says of itself first. */
export interface Hello {
  /** How many requests it runs at once, 1 or more. */
  readonly threads: number;
}

/** Reads the payload of a HELLO frame. Throws WireError when it is none, or of another protocol. */
export function parseHello(text: string): Hello {
  let hello: { protocol?: unknown; threads?: unknown } | null;
  try {
    hello = JSON.parse(text) as typeof hello;
  } catch {
    throw new WireError('a HELLO that is not JSON');
  }
  if (hello?.protocol !== PROTOCOL_VERSION)
    throw new WireError(`it speaks protocol ${String(hello?.protocol)}, we speak ${PROTOCOL_VERSION}`);
  const { threads } = hello;
  if (typeof threads !== 'number' || !Number.isInteger(threads) || threads < 1)
    throw new WireError('a HELLO without its number of threads');
  return { threads };
}
