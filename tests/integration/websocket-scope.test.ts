// The scope of a WebSocket: ASGI, "WebSocket Connection Scope", version 2.5.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { apps } from '../helpers/paths.ts';
import { startLicorne } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';
import { openClient, RawSocket, serveAsgi } from './websocket-client.ts';

test('the scope of a WebSocket has every key with type and value', async (t) => {
  const server = await serveAsgi(t, 'websockets', ['--root-path', '/shows']);
  const client = await openClient(server, '/shows?q=%C3%A9', ['one', 'two'], {
    headers: { 'X-A': '1' },
    origin: 'http://other.test',
  });
  const {
    client: peer,
    headers,
    'licorne.request_id': id,
    ...scope
  } = JSON.parse(String(await client.next())) as Record<string, string>;
  assert.deepEqual(scope, {
    type: "'websocket'",
    asgi: "{'version': '3.0', 'spec_version': '2.5'}",
    http_version: "'1.1'",
    scheme: "'ws'",
    path: "'/shows'",
    raw_path: "b'/shows'",
    query_string: "b'q=%C3%A9'",
    root_path: "'/shows'",
    server: `('127.0.0.1', ${server.port})`,
    subprotocols: "['one', 'two']",
    state: '{}',
    extensions: "{'websocket.http.response': {}}",
  });
  assert.match(String(peer), /^\('127\.0\.0\.1', [0-9]+\)$/);
  assert.match(String(id), /^'[0-9a-f]+-[0-9a-z]+'$/);
  assert.match(String(headers), /\(b'x-a', b'1'\)/);
  assert.match(String(headers), /\(b'origin', b'http:\/\/other\.test'\)/);
  await client.end();
});

test('over a Unix socket there is no client address, and a trusted proxy says wss', async (t) => {
  const path = join(temporaryFolder(t), 'http.sock');
  const server = await startLicorne(t, [
    ...['app:application', '-b', '127.0.0.1:0', '-b', `unix:${path}`, '--python', venvPython()],
    ...['--chdir', join(apps, 'asgi', 'websockets'), '--pythonpath', join(apps, 'asgi')],
  ]);
  await server.waitForLog(/Listening on unix:/);
  const plain = await RawSocket.open({ path }, '/shows');
  const scope = JSON.parse(String((await plain.read())?.payload)) as Record<string, string>;
  assert.equal(scope['client'], 'None');
  assert.equal(scope['server'], `('${path}', None)`);
  assert.equal(scope['subprotocols'], '[]');
  plain.client.close();
  const proxied = await RawSocket.open({ path }, '/shows', {
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-For': '192.0.2.9',
  });
  const secure = JSON.parse(String((await proxied.read())?.payload)) as Record<string, string>;
  assert.equal(secure['scheme'], "'wss'");
  assert.match(String(secure['client']), /^\('192\.0\.2\.9', 0\)$/);
  proxied.client.close();
});
