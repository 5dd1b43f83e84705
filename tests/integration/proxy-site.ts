// Servers behind the one under test: real ones, and one that says exactly what a test has it say.
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener, type Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { apps } from '../helpers/paths.ts';
import { type Server, startLicorne } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';

export interface Proxy extends Server {
  folder: string;
  /** What is written in the access log so far, parsed. */
  accessLog: () => Record<string, unknown>[];
}

/** Serves with these tables below `[app]`; `FOLDER` stands for the folder of the settings. */
export async function serveProxy(
  t: TestContext,
  tables: string,
  { args = [], folder = temporaryFolder(t) }: { args?: readonly string[]; folder?: string } = {},
): Promise<Proxy> {
  mkdirSync(folder, { recursive: true });
  const toml = `
[app]
target = "app:application"
chdir = ${JSON.stringify(join(apps, 'plain/hello'))}
${tables}`;
  writeFileSync(join(folder, 'licorne.toml'), toml.replaceAll('FOLDER', folder));
  const options = [
    '-b',
    '127.0.0.1:0',
    '--python',
    venvPython('main'),
    '--gateways',
    '1',
    '--threads',
    '1',
    '--workers',
    '1',
  ];
  const server = await startLicorne(
    t,
    [...options, '--access-log', '-', '--access-log-format', 'json', ...args],
    { cwd: folder },
  );
  const accessLog = (): Record<string, unknown>[] =>
    `${server.output.stdout}\n${server.output.stderr}`
      .split('\n')
      .filter((line) => line.startsWith('{"time"') && line.includes('"uri"'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { ...server, folder, accessLog };
}

/** One location that passes everything below `/p` on to a port. */
export function locationTo(port: number, keys = '', path = '/p/'): string {
  return `\n[[site.location]]\npath = "${path}"\nproxy = "http://127.0.0.1:${port}"\n${keys}\n`;
}

/** A Node server. */
export async function startBack(
  t: TestContext,
  answer: RequestListener,
  place?: string,
): Promise<{ server: HttpServer; port: number }> {
  const server = createHttpServer(answer);
  if (place === undefined) server.listen(0, '127.0.0.1');
  else server.listen(place);
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return {
    server,
    port: typeof address === 'string' || address === null ? 0 : address.port,
  };
}

/** What a scripted server has of one connection. */
export interface Scripted {
  socket: Socket;
  /** Number of the connection, from 1. */
  number: number;
  /** Everything it has received. */
  received: string;
  /** Waits until `received` matches. */
  until: (pattern: RegExp) => Promise<void>;
}

/** A server that does with each connection what the test says; `connections` has them all. */
export async function startScript(
  t: TestContext,
  script: (connection: Scripted) => Promise<void> | void,
  port = 0,
): Promise<{ port: number; connections: Scripted[] }> {
  const connections: Scripted[] = [];
  const server = createServer((socket) => {
    let wake: () => void = () => undefined;
    const connection: Scripted = {
      socket,
      number: connections.length + 1,
      received: '',
      until: async (pattern) => {
        while (!pattern.test(connection.received)) {
          if (socket.destroyed) throw new Error(`closed before ${String(pattern)}: ${connection.received}`);
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      },
    };
    connections.push(connection);
    socket.on('error', () => undefined);
    socket.on('close', () => wake());
    socket.on('data', (chunk: Buffer) => {
      connection.received += chunk.toString('latin1');
      wake();
    });
    void Promise.resolve(script(connection)).catch(() => socket.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const { socket } of connections) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, connections };
}
