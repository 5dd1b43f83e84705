import { connect, type Socket } from 'node:net';

/** All links are read into this one: what is read is used, or copied, before the next read. */
const READ_BYTES = 262_144;
const buffer = Buffer.allocUnsafeSlow(READ_BYTES);

/** Connects to a worker's socket. What `receive` gets is valid only during the call; Node would allocate 64 KiB for each read else. */
export function dial(path: string, receive: (chunk: Buffer) => void): Socket {
  const callback = (bytes: number): boolean => {
    receive(buffer.subarray(0, bytes));
    return true;
  };
  return connect({ path, onread: { buffer, callback } });
}
