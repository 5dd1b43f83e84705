// How each server is started, each as its own documentation advises for speed.
import { writeFileSync } from 'node:fs';
import { availableParallelism, userInfo } from 'node:os';
import { join } from 'node:path';
import { bin, root } from './places.ts';

/** What a server is to do. */
export interface Plan {
  /** A folder of its own for sockets and configuration. */
  readonly dir: string;
  readonly port: number;
  /** `module:application`. */
  readonly target: string;
  readonly interface: 'wsgi' | 'asgi';
  readonly workers: number;
  /** The application is imported once and the workers are forked, where the server can. */
  readonly preload: boolean;
  /** Folder that is served below /static/; its own name is `static`. */
  readonly files: string | null;
}

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

export interface Peer {
  /** Programs that have to be there; paths, or names on the search path. */
  readonly needs: readonly string[];
  /** All processes that make up the server. */
  readonly launch: (plan: Plan) => Command[];
}

const address = ({ port }: Plan) => `127.0.0.1:${port}`;

/** Licorne as its users start it, or on a Node of one's choice. */
export function licorne(node: string | null = null): Peer {
  const program = join(root, 'bin', 'licorne');
  return {
    needs: [node ?? program],
    launch: (plan) => [
      {
        command: node ?? program,
        args: [
          // What bin/licorne gives to the Node that it finds.
          ...(node === null ? [] : ['--max-semi-space-size=1', '--', program]),
          ...[plan.target, '-w', `${plan.workers}`, '-b', address(plan)],
          ...['--python', bin('python'), '--gateways', '1', '--connections-max', '20000'],
          ...(plan.files === null ? [] : ['--static', `/static=${plan.files}`]),
          ...(plan.preload ? ['--preload'] : []),
        ],
      },
    ],
  };
}

function gunicorn(more: readonly string[] = []): Peer {
  return { needs: [bin('gunicorn')], launch: (plan) => [gunicornAt(plan, address(plan), more)] };
}

function gunicornAt(plan: Plan, bind: string, more: readonly string[]): Command {
  const preload = plan.preload ? ['--preload'] : [];
  const args = [
    '-w',
    `${plan.workers}`,
    '-b',
    bind,
    '--log-level',
    'error',
    '--keep-alive',
    '75',
    ...preload,
  ];
  return { command: bin('gunicorn'), args: [...args, ...more, plan.target] };
}

function uwsgiAt(plan: Plan, socket: readonly string[]): Command {
  const files = plan.files === null ? [] : ['--static-map', `/static=${plan.files}`];
  const lazy = plan.preload || plan.workers === 1 ? [] : ['--lazy-apps'];
  const args = ['--master', '--die-on-term', '--need-app', '--disable-logging', '--listen', '1024', ...lazy];
  return {
    command: bin('uwsgi'),
    args: [...args, ...files, '-p', `${plan.workers}`, ...socket, '-w', plan.target],
  };
}

function granian(plan: Plan): Command[] {
  const files = plan.files === null ? [] : ['--static-path-mount', plan.files];
  const args = [
    '--interface',
    plan.interface,
    '--workers',
    `${plan.workers}`,
    '--port',
    `${plan.port}`,
    '--no-log',
    '--backpressure', // connections at once; the others wait unaccepted
    '20000',
  ];
  return [{ command: bin('granian'), args: [...args, ...files, plan.target] }];
}

function uvicorn(plan: Plan): Command[] {
  const args = ['--loop', 'uvloop', '--http', 'httptools', '--no-access-log', '--log-level', 'error'];
  const workers = plan.workers === 1 ? [] : ['--workers', `${plan.workers}`];
  return [{ command: bin('uvicorn'), args: [...args, ...workers, '--port', `${plan.port}`, plan.target] }];
}

/** nginx passes all on to what `back` starts on a socket. */
function behindNginx(
  pass: (socket: string) => string,
  back: (plan: Plan, socket: string) => Command,
): Peer['launch'] {
  return (plan) => {
    const socket = join(plan.dir, 'back.sock');
    const inside = `upstream back { server unix:${socket}; } server { listen ${address(plan)} backlog=2048; location / { ${pass('back')} } }`;
    return [back(plan, socket), nginx(plan, inside)];
  };
}

/** nginx as an administrator would write it for speed: sendfile, an open file cache, no more workers than processors. */
function nginx(plan: Plan, inside: string): Command {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(plan.dir, 'temporary')};`,
  );
  const file = join(plan.dir, 'nginx.conf');
  writeFileSync(
    file,
    `daemon off; worker_processes ${Math.min(plan.workers, availableParallelism())}; pid ${join(plan.dir, 'nginx.pid')}; user ${userInfo().username}; error_log stderr crit;
events { worker_connections 16384; }
http {
  ${temporary.join(' ')}
  default_type application/octet-stream; access_log off; client_max_body_size 16m; client_body_buffer_size 1m;
  sendfile on; tcp_nopush on; keepalive_requests 100000000; gzip off;
  open_file_cache max=1000 inactive=60s; open_file_cache_valid 1s;
  ${inside}
}
`,
  );
  return { command: 'nginx', args: ['-p', plan.dir, '-c', file, '-e', 'stderr'] };
}

const proxied = (back: string) =>
  `proxy_pass http://${back}; proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $remote_addr;`;
const uwsgied = (back: string) =>
  `uwsgi_pass ${back}; ${UWSGI_PARAMS.map(([name, value]) => `uwsgi_param ${name} ${value};`).join(' ')}`;

/** What distributions ship as uwsgi_params. */
const UWSGI_PARAMS = [
  ['QUERY_STRING', '$query_string'],
  ['REQUEST_METHOD', '$request_method'],
  ['CONTENT_TYPE', '$content_type'],
  ['CONTENT_LENGTH', '$content_length'],
  ['REQUEST_URI', '$request_uri'],
  ['PATH_INFO', '$document_uri'],
  ['DOCUMENT_ROOT', '$document_root'],
  ['SERVER_PROTOCOL', '$server_protocol'],
  ['REQUEST_SCHEME', '$scheme'],
  ['REMOTE_ADDR', '$remote_addr'],
  ['REMOTE_PORT', '$remote_port'],
  ['SERVER_PORT', '$server_port'],
  ['SERVER_NAME', '$server_name'],
] as const;

const THREADS = ['-k', 'gthread', '--threads', '4', '--worker-connections', '20000'];

/** By the names that results show. */
export const PEERS = {
  licorne: licorne(),
  granian: { needs: [bin('granian')], launch: granian },
  uvicorn: { needs: [bin('uvicorn')], launch: uvicorn },
  uWSGI: {
    needs: [bin('uwsgi')],
    // Its --http11-socket keeps connections, but a worker then serves the one it has until the client leaves: the others starve.
    launch: (plan) => [uwsgiAt(plan, ['--http-socket', address(plan)])],
  },
  'gunicorn sync': gunicorn(),
  'gunicorn gthread': gunicorn(THREADS),
  'gunicorn asgi': gunicorn(['-k', 'asgi']),
  hypercorn: {
    needs: [bin('hypercorn')],
    launch: (plan) => [
      {
        command: bin('hypercorn'),
        args: ['-k', 'uvloop', '-w', `${plan.workers}`, '-b', address(plan), plan.target],
      },
    ],
  },
  daphne: {
    needs: [bin('daphne')],
    launch: (plan) => [
      { command: bin('daphne'), args: ['-b', '127.0.0.1', '-p', `${plan.port}`, '-v', '0', plan.target] },
    ],
  },
  waitress: {
    needs: [bin('waitress-serve')],
    launch: (plan) => [
      {
        command: bin('waitress-serve'),
        args: [`--listen=${address(plan)}`, '--threads=4', '--connection-limit=12000', plan.target],
      },
    ],
  },
  runserver: {
    needs: [bin('python')],
    launch: (plan) => [
      {
        command: bin('python'),
        args: ['manage.py', 'runserver', '--noreload', '--skip-checks', address(plan)],
      },
    ],
  },
  'nginx + gunicorn': {
    needs: ['nginx', bin('gunicorn')],
    launch: behindNginx(proxied, (plan, socket) => gunicornAt(plan, `unix:${socket}`, [])),
  },
  'nginx + uWSGI': {
    needs: ['nginx', bin('uwsgi')],
    launch: behindNginx(uwsgied, (plan, socket) => uwsgiAt(plan, ['--socket', socket])),
  },
  nginx: {
    needs: ['nginx'],
    launch: (plan) => [
      nginx(plan, `server { listen ${address(plan)}; root ${join(plan.files ?? plan.dir, '..')}; }`),
    ],
  },
  WhiteNoise: gunicorn(THREADS),
} satisfies Record<string, Peer>;

export type PeerName = keyof typeof PEERS;
