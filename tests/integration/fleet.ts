// Real servers that stand behind the one under test, are killed, paused and brought back; and clients that note what they are told meanwhile.
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { freePort } from '../helpers/free-port.ts';
import { rawRequest, RawClient } from '../helpers/http.ts';
import { licorne } from '../helpers/paths.ts';
import { until } from '../helpers/until.ts';
import { venvPython } from '../helpers/venv.ts';

const WSGI = `import os
def application(environ, start_response):
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [os.environ["BACK_NAME"].encode()]
`;
const NODE = `require('node:http').createServer((request, response) => request.resume().on('end', () => response.end(process.env.BACK_NAME)))
  .listen(Number(process.argv[1]), '127.0.0.1')`;

/** A server with all its processes in a group of their own. */
export interface Back {
  readonly name: string;
  readonly port: number;
  /** Resolves when it answers. */
  start(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
}

/** gunicorn, Node and Licorne, started. */
export async function startFleet(t: TestContext): Promise<readonly Back[]> {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'back.py'), WSGI);
  const python = venvPython();
  const gunicorn = join(dirname(python), 'gunicorn');
  const backs = [
    await back(t, 'gunicorn', folder, (port) => [
      python,
      ...[
        gunicorn,
        '-w',
        '2',
        '-k',
        'gthread',
        '--threads',
        '4',
        '-b',
        `127.0.0.1:${port}`,
        'back:application',
      ],
    ]),
    await back(t, 'node', folder, (port) => [process.execPath, '-e', NODE, String(port)]),
    await back(t, 'licorne', folder, (port) => [
      process.execPath,
      ...[licorne, 'back:application', '-b', `127.0.0.1:${port}`, '--python', python],
      ...['--workers', '1', '--gateways', '1', '--run-dir', folder],
    ]),
  ];
  await Promise.all(backs.map((one) => one.start()));
  return backs;
}

async function back(
  t: TestContext,
  name: string,
  folder: string,
  command: (port: number) => readonly string[],
): Promise<Back> {
  const port = await freePort();
  const [program = '', ...args] = command(port);
  let child: ChildProcess | null = null;
  const signal = (one: NodeJS.Signals): void => {
    try {
      if (child?.pid !== undefined) process.kill(-child.pid, one);
    } catch {
      // It is gone already.
    }
  };
  t.after(() => signal('SIGKILL'));
  const answers = async (): Promise<boolean> => {
    const asked = rawRequest({ port }, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', { withinMs: 1000 });
    return asked.then(
      ({ text }) => text === name,
      () => false,
    );
  };
  return {
    name,
    port,
    signal,
    start: async () => {
      const env = { ...process.env, BACK_NAME: name };
      child = spawn(program, args, { cwd: folder, env, detached: true, stdio: 'ignore' });
      await until(answers, `the start of ${name}`, 30_000);
    },
  };
}

/** What clients were told. */
export interface Watch {
  /** Answers that were none, or another status than 200: the method, and what came. */
  readonly failures: string[];
  /** How many answers each server gave. */
  readonly by: Map<string, number>;
  readonly count: () => number;
  /** The longest that a client has waited since this was asked last, milliseconds. */
  readonly longest: () => number;
  stop(): Promise<void>;
}

/** Clients that ask without a break; `posts` of them with POST, the others with GET. */
export function watch(t: TestContext, place: { port: number }, { gets = 8, posts = 0 } = {}): Watch {
  const failures: string[] = [];
  const by = new Map<string, number>();
  const state = { stopped: false, count: 0, longest: 0 };
  const one = async (method: string): Promise<void> => {
    let client = new RawClient(place);
    const body = method === 'POST' ? 'Content-Length: 2\r\n\r\nhi' : '\r\n';
    while (!state.stopped) {
      const began = performance.now();
      try {
        client.send(`${method} / HTTP/1.1\r\nHost: a\r\n${body}`);
        const answer = await client.read({ withinMs: 30_000, method });
        const { status, text } = answer;
        if (status === 200) by.set(text, (by.get(text) ?? 0) + 1);
        else failures.push(`${method} ${status}`);
        if (answer.header('connection') === 'close') {
          client.close();
          client = new RawClient(place);
        }
      } catch (error) {
        failures.push(`${method} ${error instanceof Error ? error.message : String(error)}`);
        client.close();
        client = new RawClient(place);
      }
      state.count += 1;
      state.longest = Math.max(state.longest, performance.now() - began);
    }
    client.close();
  };
  const methods = [
    ...Array.from({ length: gets }, () => 'GET'),
    ...Array.from({ length: posts }, () => 'POST'),
  ];
  const all = Promise.all(methods.map(one));
  const stop = async (): Promise<void> => {
    state.stopped = true;
    await all;
  };
  t.after(stop);
  return {
    failures,
    by,
    count: () => state.count,
    longest: () => {
      const { longest } = state;
      state.longest = 0;
      return longest;
    },
    stop,
  };
}
