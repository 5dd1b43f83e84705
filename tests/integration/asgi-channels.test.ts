import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { apps } from '../helpers/paths.ts';
import { startLicorne } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';

/** A client that keeps what it hears. */
class Client {
  readonly socket: WebSocket;
  readonly #heard: string[] = [];
  #wake: (() => void) | null = null;

  constructor(url: string, protocols: string[] = []) {
    this.socket = new WebSocket(url.replace('http', 'ws'), protocols);
    this.socket.on('message', (data: Buffer) => {
      this.#heard.push(data.toString('utf8'));
      this.#wake?.();
    });
  }

  async open(): Promise<this> {
    await once(this.socket, 'open');
    return this;
  }

  async next(): Promise<string> {
    while (this.#heard.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#heard.shift() ?? '';
  }
}

test('Channels works', async (t) => {
  const args = ['site_channels.asgi', '-b', '127.0.0.1:0', '--chdir', join(apps, 'channels')];
  const { url, ...server } = await startLicorne(t, [...args, '--python', venvPython()]);
  const client = (path: string, protocols: string[] = []) => new Client(url + path, protocols).open();

  await t.test('serves the pages of Django beside it', async () => {
    assert.match(await (await fetch(url)).text(), /Hello from Channels/);
  });

  await t.test('sends back text and bytes, from methods that run in threads', async () => {
    const echo = await client('/ws/echo');
    for (const text of ['hello', 'Zoë ✨', 'x'.repeat(500_000)]) {
      echo.socket.send(text);
      assert.equal(await echo.next(), text);
    }
    const bytes = Buffer.from([0, 1, 2, 254, 255]);
    echo.socket.send(bytes);
    const [data, binary] = (await once(echo.socket, 'message')) as [Buffer, boolean];
    assert.ok(binary && bytes.equals(data));
    echo.socket.close();
  });

  await t.test('chooses a subprotocol, or none', async () => {
    assert.equal((await client('/ws/echo', ['other', 'echo.v1'])).socket.protocol, 'echo.v1');
  });

  await t.test('closes with a code of its own', async () => {
    const echo = await client('/ws/echo');
    echo.socket.send('close');
    assert.equal(((await once(echo.socket, 'close')) as [number])[0], 4001);
  });

  await t.test('refuses a handshake with 403', async () => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/echo`, ['wrong']);
    const [error] = (await once(socket, 'error')) as [Error];
    assert.match(error.message, /Unexpected server response: 403/);
  });

  await t.test('closes with 1011 when a consumer raises, and logs it once', async () => {
    const echo = await client('/ws/echo');
    echo.socket.send('raise');
    assert.equal(((await once(echo.socket, 'close')) as [number])[0], 1011);
    await server.waitForLog(/GET \/ws\/echo[\s\S]*RuntimeError: raised on purpose/);
    assert.equal(server.output.stderr.split('RuntimeError: raised on purpose').length, 2);
  });

  await t.test('lets the clients of a room hear each other, and not those of another', async () => {
    const ann = await client('/ws/room/tea/ann');
    assert.equal(await ann.next(), '["ann", "came"]');
    const ben = await client('/ws/room/tea/ben');
    const cyd = await client('/ws/room/coffee/cyd');
    for (const one of [ann, ben]) assert.equal(await one.next(), '["ben", "came"]');
    ann.socket.send('{"text": "hello"}');
    for (const one of [ann, ben]) assert.equal(await one.next(), '["ann", "hello"]');
    ben.socket.close(4200);
    assert.equal(await ann.next(), '["ben", "left 4200"]');
    cyd.socket.send('{"text": "black"}');
    assert.equal(await cyd.next(), '["cyd", "came"]');
    assert.equal(await cyd.next(), '["cyd", "black"]');
    const gone = ann.socket;
    gone.terminate();
    await once(gone, 'close');
  });

  await t.test('lets everybody go when the server stops', async () => {
    const ann = await client('/ws/room/tea/ann');
    const closed = once(ann.socket, 'close');
    assert.deepEqual(await server.stop(), { code: 0, signal: null });
    assert.equal(((await closed) as [number])[0], 1012);
  });
});
