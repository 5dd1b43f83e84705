// Real servers behind the one under test, which write down what they understood of each request.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { apps } from '../helpers/paths.ts';
import { launch } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';
import type { Meaning } from './smuggling-corpus.ts';

const folder = join(apps, 'recorder');

/** Servers that requests are passed on to: how each of them is started on a port that the system chooses. */
export const BACKS: Readonly<Record<string, readonly string[]>> = {
  gunicorn: [venvPython(), '-m', 'gunicorn', 'recorder:wsgi', '-b', '127.0.0.1:0', '--threads', '4'],
  uvicorn: [venvPython(), '-m', 'uvicorn', 'recorder:asgi', '--port', '0'],
  waitress: [venvPython(), '-m', 'waitress', '--listen=127.0.0.1:0', 'recorder:wsgi'],
  node: [process.execPath, 'recorder.cjs'],
};

export interface Arrived extends Meaning {
  readonly headers: Readonly<{ [name: string]: string }>;
}

/** Starts the recorder on one of them; `records` is what it understood so far. */
export async function startRecorder(
  t: TestContext,
  name: string,
): Promise<{ port: number; records: () => Arrived[] }> {
  const file = join(temporaryFolder(t), 'records');
  writeFileSync(file, '');
  const [command = '', ...args] = BACKS[name] ?? [];
  const back = launch(t, command, args, { cwd: folder, env: { RECORD: file, PORT: '0' } });
  const [, port] = await back.waitForLog(/https?:\/\/127\.0\.0\.1:(\d+)/);
  return {
    port: Number(port),
    records: () =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Arrived),
  };
}
