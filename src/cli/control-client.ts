import { connect } from 'node:net';
import type { CommandReply } from '../control/command.ts';

/** A list of a thousand workers is a tenth of this. */
const LINE_BYTES_MAX = 4 * 1024 * 1024;
const LINE_FEED = 10;

/** Says a command to a server; resolves when the connection ends, rejects when there is none or what comes makes no sense. */
export function talk(
  socketPath: string,
  command: object,
  onLine: (line: CommandReply) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    let kept: Buffer = Buffer.alloc(0);
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    socket.on('connect', () => socket.write(`${JSON.stringify(command)}\n`));
    socket.on('data', (chunk: Buffer) => {
      kept = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
      for (let end = kept.indexOf(LINE_FEED); end !== -1; end = kept.indexOf(LINE_FEED)) {
        const line = readReply(kept.subarray(0, end));
        kept = kept.subarray(end + 1);
        if (line === null) return fail(new Error('the server answered nonsense'));
        onLine(line);
      }
      if (kept.length > LINE_BYTES_MAX) fail(new Error('the server answered without end'));
    });
    socket.on('error', fail);
    socket.on('close', () => resolve());
  });
}

function readReply(line: Buffer): CommandReply | null {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'));
    return typeof value === 'object' && value !== null && ('progress' in value || 'ok' in value)
      ? (value as CommandReply)
      : null;
  } catch {
    return null;
  }
}
