import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asyncFrameworks, serveFramework } from '../helpers/frameworks.ts';
import { launch } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';

/** Talks with the client of the Python package `websockets`, which compresses and checks whatever it can. */
const conversation = `
import os, sys
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

with connect(sys.argv[1]) as socket:
    assert socket.protocol.extensions, "no compression was agreed on"
    for message in ["hello", "Zo\\u00eb \\u2728", "", "a" * 1_000_000, b"", bytes(range(256)), os.urandom(1_000_000)]:
        socket.send(message)
        assert socket.recv(timeout=10) == message, message[:40]
    socket.send(["in ", "three ", "fragments"])
    assert socket.recv(timeout=10) == "in three fragments"
    assert socket.ping().wait(10), "no pong"
    socket.close(4001, "done")
assert socket.close_code == 4001, socket.close_code
with connect(sys.argv[1], compression=None) as socket:
    for number in range(2000):
        socket.send(str(number))
    for number in range(2000):
        assert socket.recv(timeout=10) == str(number)
print("all is well")
`;

test('the client of the Python package websockets and the server understand each other', async (t) => {
  const [framework] = asyncFrameworks;
  assert.ok(framework);
  const { url } = await serveFramework(t, framework);
  const client = launch(t, venvPython(), ['-c', conversation, `${url.replace('http', 'ws')}/ws`]);
  await client.waitForLog(/all is well/, 30_000);
  assert.deepEqual(await client.ended, { code: 0, signal: null });
});
