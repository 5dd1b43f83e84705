// Bodies far larger than what a process may hold, and how much it held.
import { readFileSync } from 'node:fs';
import { RawClient } from './http.ts';
import { descendants } from './processes.ts';
import type { Server } from './server.ts';

export const GIGABYTE = 1_000_000_000;

/** Resident memory of the largest process below the server at its highest, in MiB. */
export function peakMebibytes(pid: number): number {
  const peaks = descendants(pid).map((child) =>
    Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child}/status`, 'utf8'))?.[1] ?? 0),
  );
  return Math.max(...peaks) / 1024;
}

/** Gets a gigabyte that the app `download` makes, and forgets it; how many bytes came. */
export async function download(server: Server): Promise<number> {
  const response = await fetch(`${server.url}/?bytes=${GIGABYTE}`);
  let received = 0;
  for await (const chunk of response.body ?? []) received += (chunk as Uint8Array).length;
  return received;
}

/** Sends a gigabyte to the app `upload_hash`, as fast as it is taken; what was answered. */
export async function upload(server: Server): Promise<string> {
  const chunk = Buffer.alloc(1_000_000, 'x');
  const client = new RawClient(server);
  client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${GIGABYTE}\r\n\r\n`);
  for (let sent = 0; sent < GIGABYTE; sent += chunk.length) {
    if (!client.socket.write(chunk)) await new Promise((resolve) => client.socket.once('drain', resolve));
  }
  const { text } = await client.read({ withinMs: 60_000 });
  client.close();
  return text;
}
