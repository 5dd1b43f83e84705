// An app can write to descriptor 3, where its process talks to the master: whatever it says there, it is the end of that process at most.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { alive, descendants } from '../helpers/processes.ts';
import { type Server, startLicorne } from '../helpers/server.ts';
import { until } from '../helpers/until.ts';
import { venvPython } from '../helpers/venv.ts';

const APP = `
import os
def application(environ, start_response):
    data = environ['wsgi.input'].read()
    body = str(os.getpid()).encode()
    start_response('200 OK', [('Content-Length', str(len(body)))])
    try:
        while data:
            data = data[os.write(3, data):]
    except OSError:
        pass
    return [body]
`;

function serve(
  t: TestContext,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Server> {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'app.py'), APP);
  return startLicorne(t, ['app', '-b', '127.0.0.1:0', '--python', venvPython('main'), ...args], {
    cwd: folder,
    env,
  });
}

/** Has the app say this to the master; the id of its process, where it has lived long enough to tell. */
async function say(server: Server, data: string | Buffer = ''): Promise<number> {
  try {
    const answer = await fetch(server.url, {
      method: 'POST',
      headers: { connection: 'close' },
      body: typeof data === 'string' ? data : new Uint8Array(data),
    });
    return answer.ok ? Number(await answer.text()) : 0;
  } catch {
    return 0;
  }
}

function named(server: Server, name: string): number[] {
  return descendants(server.pid).filter((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === name);
}

for (const more of [[], ['--preload']]) {
  test(`what is no message costs the worker, and is told ${more.join(' ')}`, async (t) => {
    const server = await serve(t, more);
    for (const [data, told] of [
      ['{"type":"leaving"}\n', /`reason` of `leaving` is missing/],
      ['{"type":"leaving","reason":"\\u001b[2Jx"}\n', /`reason` of `leaving` is "\\u001b\[2Jx"/],
      ['{"type":"failed","stage":5,"title":null}\n', /`stage` of `failed` is 5, not "boot" or "load"/],
      ['{"type":"ready"}\n', /`interface` of `ready` is missing/],
      ['{nope\n', /a control line that is not JSON: "\{nope"/],
      [Buffer.from([0xff, 0xfe, 0x0a]), /a control line that is not UTF-8/],
      ['x'.repeat(2_000_000), /a control line of more than 1048576 bytes/],
    ] as const) {
      const before = await say(server);
      await say(server, data);
      await server.waitForLog(
        new RegExp(
          `\\[error\\].*\\(pid ${before}\\) was killed for what it had written to its control channel.*${told.source}.*; starting another`,
          'i',
        ),
      );
      await until(() => !alive(before), 'the end of the worker');
      assert.notEqual(await say(server), before);
    }
    assert.deepEqual(await server.stop(), { code: 0, signal: null });
  });
}

test('a message at the wrong time, or of an unknown type, changes nothing', async (t) => {
  const server = await serve(t);
  const pid = await say(server);
  await say(
    server,
    '{"type":"fun"}\n{"type":"__proto__"}\n{"type":"forked","pid":1}\n{"type":"child_exit","pid":1}\n',
  );
  const failed = '{"type":"failed","stage":"boot","title":"","message":"","traceback":"","hint":""}\n';
  await say(server, failed + failed);
  await server.waitForLog(/\[warning\].*says that it could not start, after it had: ignored/i);
  await say(server, '{"type":"ready","interface":"asgi","python":"","pid":1,"static":null}\n');
  assert.equal(await say(server), pid);
  assert.equal(server.output.stderr.match(/says that it could not start/g)?.length, 1);
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
});

test('a forked worker can only say once who it is', async (t) => {
  const server = await serve(t, ['--preload']);
  const victim = server.pid;
  const pid = await say(server);
  await say(server, `{"type":"forked","pid":${victim}}\n`);
  await server.waitForLog(new RegExp(`\\(pid ${pid}\\) was killed for .*\`forked\` a second time`));
  await until(() => !alive(pid), 'the end of the liar');
  assert.notEqual(await say(server), pid);
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
});

for (const more of [[], ['--preload']]) {
  test(`of a worker that has ended nothing is left in the run folder ${more.join(' ')}`, async (t) => {
    const run = join(temporaryFolder(t), 'run');
    const server = await serve(t, ['--run-dir', run, '-w', '2', ...more]);
    const sockets = (kind: RegExp): string[] =>
      readdirSync(join(run, readdirSync(run)[0] ?? '')).filter((name) => kind.test(name));
    const before = sockets(/^[wz]\d/);
    assert.equal(before.length, 2 + more.length);
    for (const name of before) assert.match(name, /-[\w-]{8}\.sock$/);
    const zygote = named(server, 'licorne: zygote');
    process.kill(server.pid, 'SIGHUP');
    await server.waitForLog(/Reloaded/);
    for (const pid of zygote) process.kill(pid, 'SIGKILL');
    await until(() => sockets(/^[wz]\d/).length === 2 + more.length, 'the removal of the sockets');
    assert.deepEqual(
      sockets(/^[wz]\d/).filter((name) => before.includes(name)),
      [],
    );
  });
}

test('the end of a zygote is told, and its workers are looked after as before', async (t) => {
  const server = await serve(t, ['--preload']);
  const pid = await say(server);
  const [zygote = 0] = named(server, 'licorne: zygote');
  process.kill(zygote, 'SIGKILL');
  await server.waitForLog(new RegExp(`The zygote of app \\(pid ${zygote}\\) was killed with SIGKILL`));
  assert.equal(await say(server), pid);
  // Nobody's child any more, it is still ended, and its end is seen.
  await say(server, '{}\n');
  await server.waitForLog(new RegExp(`\\(pid ${pid}\\) was killed for .*without a type.*starting another`));
  assert.notEqual(await say(server), pid);
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
});

test('the end of a process that hooks run in is told, and the next hook has another', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'app.py'), APP);
  writeFileSync(
    join(folder, 'gunicorn.conf.py'),
    "import os, sys\ndef on_starting(server):\n    print('hooks', os.getpid(), file=sys.stderr, flush=True)\ndef on_exit(server):\n    print('the end', file=sys.stderr, flush=True)\n",
  );
  const server = await startLicorne(
    t,
    ['app', '-b', '127.0.0.1:0', '--python', venvPython('main'), '--hooks', 'gunicorn.conf.py'],
    { cwd: folder },
  );
  const [, pid = ''] = await server.waitForLog(/^hooks (\d+)$/m);
  process.kill(Number(pid), 'SIGKILL');
  await server.waitForLog(
    new RegExp(
      `The process of the hooks \\(pid ${pid}\\) was killed with SIGKILL.*the next hook of .* starts another`,
    ),
  );
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
  assert.match(server.output.stderr, /^the end$/m);
  assert.equal(server.output.stderr.match(/The process of the hooks/g)?.length, 1);
});
