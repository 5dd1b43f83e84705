// What becomes of requests that take too long, and of work whose client has left.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { WebSocket } from 'ws';
import { temporaryFolder } from '../helpers/examples.ts';
import { RawClient } from '../helpers/http.ts';
import { descendants } from '../helpers/processes.ts';
import { type Server, startLicorne } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';

const WSGI = `import os, time
from urllib.parse import parse_qs

def innermost(seconds):
    time.sleep(seconds)

def application(environ, start_response):
    path, log = environ["PATH_INFO"], environ["wsgi.errors"]
    seconds = float(parse_qs(environ.get("QUERY_STRING", "")).get("seconds", ["0"])[0])
    if path.endswith("/hang"):
        log.write("hangs\\n")
        innermost(seconds)
    start_response("200 OK", [("Content-Type", "text/plain")])
    if path.endswith("/stream"):
        return stream(log, seconds)
    return [b"%d" % os.getpid()]

def stream(log, seconds):
    end = time.monotonic() + seconds
    try:
        while time.monotonic() < end:
            yield b"data\\n"
            time.sleep(0.02)
        yield b"the end\\n"
    except GeneratorExit:
        pass
    finally:
        log.write("the stream has ended\\n")
`;

const ASGI = `import asyncio, os, sys, time

async def innermost(seconds):
    await asyncio.sleep(seconds)

async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        raise RuntimeError
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message["text"]})
        return
    path = scope["path"]
    if path == "/wait":
        await innermost(3600)
    if path == "/stubborn":
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                await innermost(end - time.monotonic())
            except asyncio.CancelledError:
                print("does not obey", file=sys.stderr, flush=True)
    if path == "/block":
        time.sleep(30)
    size, more = 0, scope["method"] == "POST"
    while more:
        message = await receive()
        size, more = size + len(message["body"]), message["more_body"]
    body = b"%d" % (size if scope["method"] == "POST" else os.getpid())
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})
`;

/** Serves the text of an app, with what stands in its licorne.toml. */
function serve(t: TestContext, app: string, args: readonly string[], toml = ''): Promise<Server> {
  const cwd = temporaryFolder(t);
  writeFileSync(join(cwd, 'app.py'), app);
  writeFileSync(join(cwd, 'licorne.toml'), `[app]\ntarget = "app:application"\n${toml}`);
  const common = ['-b', '127.0.0.1:0', '--python', venvPython(), '--access-log', '-'];
  return startLicorne(t, [...common, ...args], { cwd });
}

const UNLIMITED = '[[site]]\n[[site.location]]\npath = "/unlimited/"\napp = "app"\nrequest_timeout = 0\n';

const pidOf = async (server: Server): Promise<number> => Number(await (await fetch(server.url)).text());

test('a request past request_timeout gets 504, the log shows where it hangs, and its worker is replaced while the others in it finish', async (t) => {
  const args = ['--request-timeout', '1', '--threads', '3'];
  const server = await serve(t, WSGI, args, UNLIMITED);
  const pid = await pidOf(server);
  const other = fetch(`${server.url}/unlimited/hang?seconds=4`);
  await server.waitForLog(/hangs/);
  const late = await fetch(`${server.url}/hang?seconds=30&x=%1B`);
  assert.equal(late.status, 504);
  assert.match(await late.text(), /took too long/);
  const [, id] = await server.waitForLog(
    /\[ERROR\] GET \/hang\?seconds=30&x=%1B took longer than 1 s \(request_timeout\) in worker 0 of app: it waited \d+ ms and ran 1\d\d\d ms, the client got 504 request_id=(\S+)\n/,
  );
  await server.waitForLog(/"GET \/hang\?seconds=30&x=%1B HTTP\/1\.1" 504 /);
  const [, stack = ''] = await server.waitForLog(
    new RegExp(
      `\\[ERROR\\] This is where GET /hang\\S+ is \\(request_timeout\\)[^\\n]* request_id=${id}\\n([^[]*)`,
    ),
  );
  assert.match(
    stack,
    /^ {2}File "[^"]*app.py", line \d+, in application\n[^]*in innermost\n {4}time\.sleep\(seconds\)\n$/,
  );
  await server.waitForLog(
    /Worker 0 \(pid \d+\) has a request that does not end after 1 s \(request_timeout\), GET \/hang/,
  );
  const answer = await other;
  assert.deepEqual([answer.status, Number(await answer.text())], [200, pid]);
  assert.notEqual(await pidOf(server), pid);
});

test('a stream that is cut at request_timeout ends by itself, and a location may go on for ever', async (t) => {
  const server = await serve(t, WSGI, ['--request-timeout', '1', '--threads', '2'], UNLIMITED);
  const pid = await pidOf(server);
  const cut = fetch(`${server.url}/stream?seconds=60`).then((response) => response.text());
  const whole = fetch(`${server.url}/unlimited/stream?seconds=2.5`).then((response) => response.text());
  await assert.rejects(cut);
  await server.waitForLog(/GET \/stream\S* took longer than 1 s [^\n]*the response was cut off/);
  await server.waitForLog(/the stream has ended/);
  assert.match(await whole, /the end\n$/);
  // Longer than a thread may take to notice: nobody was replaced.
  assert.equal(await pidOf(server), pid);
});

test('a thread that hangs is found when its client has left long ago, too', async (t) => {
  const server = await serve(t, WSGI, ['--request-timeout', '1']);
  const pid = await pidOf(server);
  const leaver = new RawClient(server);
  leaver.send('GET /hang?seconds=30 HTTP/1.1\r\nHost: a\r\n\r\n');
  await server.waitForLog(/hangs/);
  leaver.close();
  await server.waitForLog(
    /\[ERROR\] GET \/hang\?seconds=30 still runs after 1 s \(request_timeout\) in worker 0 of app, though nobody waits for it/,
  );
  await server.waitForLog(/This is where GET \/hang/);
  assert.notEqual(await pidOf(server), pid);
});

test('without request_timeout a request takes as long as it takes', async (t) => {
  const server = await serve(t, WSGI, []);
  assert.equal((await fetch(`${server.url}/hang?seconds=2`)).status, 200);
});

test('the task of an async app is cancelled at request_timeout, and everything else in its worker goes on', async (t) => {
  const server = await serve(t, ASGI, ['--request-timeout', '1']);
  const pid = await pidOf(server);
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/`);
  await new Promise((resolve) => socket.once('open', resolve));
  assert.equal((await fetch(`${server.url}/wait`)).status, 504);
  const [, stack = ''] = await server.waitForLog(
    /\[ERROR\] Cancelled \(request_timeout\): GET \/wait HTTP\/1\.1, here: request_id=\S+\n([^[]*)/,
  );
  assert.match(stack, /^ {2}File "[^"]*app.py", line \d+ in application\n[^]*in innermost\n/);
  assert.equal(await pidOf(server), pid);
  // WebSockets are not meant.
  const echoed = new Promise((resolve) => socket.once('message', (data) => resolve(String(data))));
  socket.send('still here');
  assert.equal(await echoed, 'still here');
  socket.close();
});

test('a task that goes on after it was cancelled, and an event loop that is held up, cost their workers', async (t) => {
  const server = await serve(t, ASGI, ['--request-timeout', '1', '-w', '2']);
  const answers = await Promise.all([fetch(`${server.url}/stubborn`), fetch(`${server.url}/block`)]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [504, 504],
  );
  await server.waitForLog(
    /This is where GET \/stubborn HTTP\/1\.1 is, which was cancelled[^]*in application\n/,
    15_000,
  );
  const [block = ''] = await server.waitForLog(
    /This is where GET \/block HTTP\/1\.1 is, which was cancelled[^\n]*\n([^[]*)/,
    15_000,
  );
  assert.match(
    block,
    /Thread MainThread:\n {2}File "[^"]*app.py", line \d+, in application\n {4}time\.sleep\(30\)\n/,
  );
  for (const path of ['/stubborn', '/block'])
    await server.waitForLog(
      new RegExp(`has a request that does not end after 1 s \\(request_timeout\\), GET ${path}`),
      15_000,
    );
  assert.equal((await fetch(server.url)).status, 200);
});

test('a slow upload to an async app is not the app’s time', async (t) => {
  const server = await serve(t, ASGI, ['--request-timeout', '1']);
  const client = new RawClient(server);
  client.send('POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\n');
  for (let sent = 0; sent < 12; sent += 1) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    client.send('x');
  }
  const { status, text } = await client.read();
  assert.deepEqual([status, text], [200, '12']);
  client.close();
});

test('requests that hang, however many, do not multiply the workers, and none of those that hang stays for graceful_timeout', async (t) => {
  const args = ['-w', '2', '--request-timeout', '1', '--threads', '2', '--graceful-timeout', '60'];
  const server = await serve(t, WSGI, args);
  const hanging = Array.from({ length: 12 }, (_, index) => fetch(`${server.url}/hang?seconds=60&n=${index}`));
  const ended = Promise.all(hanging.map(async (one) => (await one).status));
  let most = 0;
  const look = setInterval(() => {
    most = Math.max(most, descendants(server.pid).length);
  }, 200);
  t.after(() => clearInterval(look));
  assert.deepEqual([...new Set(await ended)], [504]);
  await server.waitForLog(/Worker \d \(pid \d+\) is ended: all that it still runs has had its time/);
  await server.waitForLog(/more requests? (?:is|are) left out \(one a second is written\)/);
  await pidOf(server);
  // Two that serve, two on their way out, one that starts, and the gateway.
  assert.ok(most <= 6, `${most} processes`);
});
