// What connections cost that do nothing.
import { app, choose, type Context, start } from '../context.ts';
import { failure } from '../failure.ts';
import { hold } from '../holder.ts';
import type { Figure, Measure } from '../measure.ts';
import { pssBytes } from '../processes.ts';

export async function idleConnections(context: Context): Promise<Measure[]> {
  const count = context.quick ? 1_000 : 10_000;
  const figures: Figure[] = [];
  const measure = async (kind: 'wsgi' | 'asgi', names: Parameters<typeof choose>[1]): Promise<void> => {
    for (const entry of choose(context, names)) {
      const started = await start(context, entry, app(kind, context.dir), { path: '/', workers: 1 });
      if (started === null) continue;
      const name = entry[0];
      try {
        figures.push({ server: name, rounds: [await bytesEach(context, started.server, count)] });
      } catch (error) {
        figures.push({ server: name, rounds: [], failed: failure(error) });
      } finally {
        await started.server.stop();
      }
    }
  };
  await measure('wsgi', ['licorne', 'granian', 'nginx + gunicorn', 'gunicorn gthread', 'waitress']);
  await measure('asgi', ['uvicorn', 'gunicorn asgi', 'hypercorn', 'daphne']);
  return [
    {
      work: 'idle',
      title: `memory (PSS of the whole tree) for each of ${count.toLocaleString('en-US')} keep-alive connections that were answered once and wait`,
      headers: null,
      unit: 'KB',
      better: 'lower',
      figures,
      note: 'Memory of the processes; what the kernel keeps for a socket is the same for all.',
    },
  ];
}

/** Kilobytes of a connection. */
async function bytesEach(
  context: Context,
  server: { port: number; pids: number[] },
  count: number,
): Promise<number> {
  const request = { port: server.port, path: '/', bytesPerSecond: 0 };
  await (await hold(context.layout, { ...request, count: 100 })).release(); // what is made once
  const before = pssBytes(server.pids);
  const held = await hold(context.layout, { ...request, count });
  const grown = pssBytes(server.pids) - before;
  const { held: still } = await held.release();
  if (still < count * 0.99) throw new Error(`holds ${still.toLocaleString('en-US')} of them only`);
  return grown / still / 1024;
}
