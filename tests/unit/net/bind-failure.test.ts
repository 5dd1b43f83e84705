import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { BindAddress } from '../../../src/config/bind.ts';
import { explainBind } from '../../../src/net/bind-failure.ts';
import { portHolder } from '../../../src/net/port-holder.ts';

const tcp = (port: number, host = '127.0.0.1', family: 4 | 6 = 4): BindAddress => ({
  kind: 'tcp',
  host,
  port,
  family,
  tls: null,
  source: `${host}:${port}`,
});
const unix = { kind: 'unix', path: '/x/y.sock', source: 'unix:/x/y.sock' } as BindAddress;

test('each failure names the address as it was given, and a way out', () => {
  for (const [bind, code, message, hint] of [
    [tcp(80), 'EACCES', /127\.0\.0\.1:80: only root/, /-b 127\.0\.0\.1:8000/],
    [tcp(80, '::1', 6), 'EACCES', /only root/, /-b \[::1\]:8000/],
    [unix, 'EACCES', /unix:\/x\/y\.sock: permission denied/, /folder/],
    [unix, 'EADDRINUSE', /another server answers/, /another path/],
    [unix, 'ENOTSOCK', /is no socket/, /Remove the file/],
    [unix, 'ENOENT', /folder does not exist/, /Create it/],
    [unix, 'EINVAL', /too long/, /shorter/],
    [tcp(1), 'EADDRNOTAVAIL', /no such address/, /0\.0\.0\.0/],
    [tcp(1, 'nowhere.test'), 'ENOTFOUND', /host name is not known/, /IP address/],
    [tcp(1), 'EWHATEVER', /EWHATEVER/, /-b/],
  ] as const) {
    const failure = explainBind(bind, code);
    assert.match(failure.message, message);
    assert.match(failure.hint, hint);
  }
});

test('who holds a port is found on Linux, and named', { skip: process.platform !== 'linux' }, async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  assert.equal(portHolder(port)?.pid, process.pid);
  assert.match(portHolder(port)?.command ?? '', /node/);
  const failure = explainBind(tcp(port), 'EADDRINUSE');
  assert.match(failure.message, new RegExp(`in use by process ${process.pid} \\(`));
  assert.match(failure.hint, new RegExp(`-b 127\\.0\\.0\\.1:${port + 1} `));
});

test('a port nobody holds has no holder', () => {
  // Port 0 is never listened on.
  assert.equal(portHolder(0), null);
});
