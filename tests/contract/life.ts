// close(): PEP 3333, "Specification Details". Whatever happens, once, by the thread that ran the app.
import assert from 'node:assert/strict';
import { ask, type Behaviour, connected, get, type Subject } from './subject.ts';

const endless = 'endless';
const TASK = { asgi: 'a coroutine has no close(); it hears of http.disconnect (asgi-life.ts)' };

export const lifeBehaviours: readonly Behaviour[] = [
  {
    sentence: 'closes an iterable once, in its thread',
    app: 'close_tracking',
    without: TASK,
    assertion: closed,
  },
  {
    sentence: 'closes an iterable that was not asked for to its end',
    app: 'close_tracking',
    without: TASK,
    assertion: headClosed,
  },
  {
    sentence: 'closes an iterable that raises',
    app: 'close_tracking',
    bare: true,
    without: TASK,
    assertion: raised,
  },
  {
    sentence: 'closes an iterable when the client leaves in the middle',
    app: 'close_tracking',
    without: TASK,
    assertion: left,
  },
  {
    sentence: 'ends a generator that never ends soon after the client left',
    app: endless,
    assertion: endlessLeft(''),
  },
  { sentence: 'ends one that yields little as well', app: endless, assertion: endlessLeft('?pause') },
  { sentence: 'ends one whose head could not be sent', app: endless, bare: true, assertion: endlessRefused },
  {
    sentence: 'runs four requests at once on four threads',
    app: 'barrier',
    args: ['--threads', '4'],
    assertion: four,
  },
];

interface Seen {
  label: string;
  taken: number;
  thread: boolean;
}

/** One worker thread answers /seen only when it is done with what came before. */
async function seen(subject: Subject): Promise<Seen[]> {
  const all = JSON.parse((await ask(subject, get('/seen'))).text) as Seen[];
  return all.filter(({ label }) => label === subject.mark);
}

async function closed(subject: Subject): Promise<void> {
  assert.equal((await ask(subject, get(`/${subject.mark}?5`))).body.length, 5000);
  assert.deepEqual(await seen(subject), [{ label: subject.mark, taken: 5, thread: true }]);
}

async function headClosed(subject: Subject): Promise<void> {
  await ask(subject, `HEAD /${subject.mark}?5 HTTP/1.1\r\nHost: a\r\n\r\n`, 'HEAD');
  const [only, ...more] = await seen(subject);
  assert.equal(only?.thread, true);
  assert.equal(more.length, 0);
}

async function raised(subject: Subject): Promise<void> {
  await connected(subject, async (client) => {
    client.send(get(`/${subject.mark}?5&broken`));
    const received = (await client.readToEnd()).toString();
    assert.doesNotMatch(received, /0\r\n\r\n$/, 'it must not look complete');
  });
  assert.deepEqual(await seen(subject), [{ label: subject.mark, taken: 2, thread: true }]);
  await subject.server.waitForLog(/RuntimeError: broken in the middle/);
}

async function left(subject: Subject): Promise<void> {
  const items = 1_000_000;
  await connected(subject, async (client) => {
    client.send(get(`/${subject.mark}?${items}`));
    assert.ok((await client.readSome()).length > 0);
  });
  const [only, ...more] = await seen(subject);
  assert.equal(only?.thread, true);
  assert.ok(only.taken < items);
  assert.equal(more.length, 0);
}

function endlessLeft(query: string): Behaviour['assertion'] {
  return async (subject) => {
    await connected(subject, async (client) => {
      client.send(get(`/${subject.mark}${query}`));
      assert.ok((await client.readSome()).length > 0);
    });
    await subject.server.waitForLog(new RegExp(`closed ${subject.mark} times=1 same_thread=True`), 5000);
  };
}

async function endlessRefused(subject: Subject): Promise<void> {
  assert.equal((await ask(subject, get(`/${subject.mark}?bad`))).status, 500);
  await subject.server.waitForLog(new RegExp(`closed ${subject.mark} times=1 same_thread=True`), 5000);
}

async function four(subject: Subject): Promise<void> {
  const answers = await Promise.all(Array.from({ length: 4 }, () => ask(subject, get('/'))));
  assert.deepEqual(
    answers.map(({ text }) => text),
    ['met', 'met', 'met', 'met'],
  );
}
