// All works, by name.
import type { Context } from './context.ts';
import { type HttpWork, measureHttp } from './http-work.ts';
import type { Measure } from './measure.ts';
import type { PeerName } from './peers.ts';
import { idleConnections } from './special/idle.ts';
import { memory } from './special/memory.ts';
import { slowReaders } from './special/slow-readers.ts';
import { slowViews } from './special/slow-views.ts';
import { startUp } from './special/start-up.ts';
import { webSocket } from './special/websocket.ts';

const WSGI: readonly PeerName[] = [
  'licorne',
  'granian',
  'uWSGI',
  'nginx + uWSGI',
  'gunicorn sync',
  'gunicorn gthread',
  'nginx + gunicorn',
  'waitress',
];
const ASGI: readonly PeerName[] = ['licorne', 'granian', 'uvicorn', 'gunicorn asgi', 'hypercorn', 'daphne'];
const STATIC: readonly PeerName[] = ['licorne', 'nginx', 'granian', 'uWSGI', 'WhiteNoise'];

const wsgi = { app: 'wsgi', servers: WSGI, alike: true } as const;
const asgi = { app: 'asgi', servers: ASGI, alike: true } as const;
const files = { app: 'static', servers: STATIC, alike: true } as const;

const HTTP: Readonly<Record<string, HttpWork>> = {
  'wsgi-hello': { ...wsgi, title: 'Hello, World! under WSGI', path: '/' },
  'wsgi-10k': { ...wsgi, title: '10 KB under WSGI', path: '/10k' },
  'wsgi-json': { ...wsgi, title: '1 KB of JSON under WSGI', path: '/json' },
  'wsgi-echo-10k': { ...wsgi, title: 'POST of 10 KB, echoed, under WSGI', path: '/echo', bodyBytes: 10_240 },
  'wsgi-echo-1m': { ...wsgi, title: 'POST of 1 MB, echoed, under WSGI', path: '/echo', bodyBytes: 1_000_000 },
  'asgi-hello': { ...asgi, title: 'Hello, World! under ASGI', path: '/' },
  'asgi-10k': { ...asgi, title: '10 KB under ASGI', path: '/10k' },
  'asgi-json': { ...asgi, title: '1 KB of JSON under ASGI', path: '/json' },
  'asgi-echo-10k': { ...asgi, title: 'POST of 10 KB, echoed, under ASGI', path: '/echo', bodyBytes: 10_240 },
  'asgi-echo-1m': { ...asgi, title: 'POST of 1 MB, echoed, under ASGI', path: '/echo', bodyBytes: 1_000_000 },
  'django-list': {
    title: 'a Django page: list, templates, SQLite',
    app: 'django',
    path: '/',
    servers: [...WSGI, 'runserver'],
    alike: false,
    bareLoop: true,
  },
  'django-asgi': {
    title: 'the same page under ASGI',
    app: 'django-asgi',
    path: '/',
    servers: ASGI,
    alike: false,
  },
  'static-1k': { ...files, title: 'a file of 1 KB', path: '/static/1k.bin' },
  'static-100k': { ...files, title: 'a file of 100 KB', path: '/static/100k.bin' },
  'static-10m': { ...files, title: 'a file of 10 MB', path: '/static/10m.bin' },
};

/** What is measured, by the name to ask for it. */
export const WORKS: ReadonlyMap<string, (context: Context) => Promise<Measure[]>> = new Map([
  ...Object.entries(HTTP).map(
    ([id, work]) => [id, (context: Context) => measureHttp(context, id, work)] as const,
  ),
  ['slow-readers', slowReaders],
  ['slow-views', slowViews],
  ['websocket-echo', (context) => webSocket(context, 'echo')],
  ['websocket-broadcast', (context) => webSocket(context, 'broadcast')],
  ['idle', idleConnections],
  ['start-up', startUp],
  ['memory', memory],
]);
