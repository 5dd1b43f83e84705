// Messages over WebSockets: one to each own, and one to all.
import { app, choose, type Context, startAll, WARM_ROUNDS } from '../context.ts';
import { client } from '../load.ts';
import type { Figure, Measure } from '../measure.ts';
import { failure } from '../failure.ts';

const SOCKETS = { echo: 20, broadcast: 100 };

export async function webSocket(context: Context, kind: keyof typeof SOCKETS): Promise<Measure[]> {
  const peers = choose(context, ['licorne', 'granian', 'uvicorn', 'gunicorn asgi', 'hypercorn', 'daphne']);
  // The application knows the sockets of its own process only.
  const running = await startAll(context, peers, app('asgi', context.dir), { path: '/', workers: 1 });
  const failed = new Map<string, string>();
  const rates = new Map(running.map(({ server }) => [server.name, [] as number[]]));
  try {
    for (let round = 0; round < WARM_ROUNDS + context.rounds; round++) {
      for (const { server } of running) {
        if (failed.has(server.name)) continue;
        const url = `ws://127.0.0.1:${server.port}/${kind}`;
        try {
          const rate = Number(
            await client(context.layout, 'websocket', [url, SOCKETS[kind], context.seconds]),
          );
          if (round >= WARM_ROUNDS) rates.get(server.name)?.push(rate);
        } catch (error) {
          failed.set(server.name, failure(error));
        }
      }
    }
  } finally {
    await Promise.all(running.map(({ server }) => server.stop()));
  }
  const figures: Figure[] = [...rates].map(([server, rounds]) => {
    const why = failed.get(server);
    return why === undefined ? { server, rounds } : { server, rounds: [], failed: why };
  });
  const title = `${SOCKETS[kind]} WebSockets, ${kind === 'echo' ? 'each message comes back' : 'each message goes to all'}; one worker`;
  return [{ work: `websocket-${kind}`, title, headers: null, unit: 'messages/s', better: 'higher', figures }];
}
