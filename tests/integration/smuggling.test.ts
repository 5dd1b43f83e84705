// Request smuggling: whatever bytes a client sends, a server behind this one gets the one meaning that they may have, or nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawClient } from '../helpers/http.ts';
import { locationTo, type Proxy, serveProxy } from './proxy-site.ts';
import { BACKS, startRecorder } from './recorder-back.ts';
import { CORPUS, type Case } from './smuggling-corpus.ts';

/** Sends the bytes of a case, then an ordinary request on a connection of its own, whose arrival tells that everything before it has arrived. */
async function play(server: Proxy, { bytes, means }: Case, mark: string): Promise<number[]> {
  const client = new RawClient(server);
  client.send(Buffer.from(bytes, 'latin1'));
  const statuses: number[] = [];
  for (let i = 0; i < Math.max(1, means.length); i += 1) statuses.push((await client.read()).status);
  const end = new RawClient(server);
  end.send(`GET /p/${mark} HTTP/1.1\r\nHost: site.test\r\nConnection: close\r\n\r\n`);
  assert.equal((await end.read()).status, 200);
  client.close();
  end.close();
  return statuses;
}

for (const name of Object.keys(BACKS)) {
  test(`no request means something else to ${name} behind the server`, async (t) => {
    const back = await startRecorder(t, name);
    const server = await serveProxy(t, `[[site]]${locationTo(back.port)}`);
    const differences: string[] = [];
    const ids = new Set<string>();
    let seen = 0;
    for (const [index, one] of CORPUS.entries()) {
      const mark = `mark-${index}`;
      const statuses = await play(server, one, mark);
      const records = back.records().slice(seen);
      seen += records.length;
      const last = records.pop();
      if (last?.target !== `/p/${mark}`) differences.push(`${one.what}: ${last?.target} came last`);
      const got = records.map(({ method, target, body }) => ({ method, target, body }));
      if (JSON.stringify(got) !== JSON.stringify(one.means))
        differences.push(`${one.what}: ${JSON.stringify(statuses)} ${JSON.stringify(got)}`);
      const refused = one.means.length === 0;
      if (refused !== (statuses[0] ?? 0) >= 400) differences.push(`${one.what}: answered ${statuses[0]}`);
      for (const { headers } of records) {
        const id = headers['x-request-id'] ?? '';
        if (id === '' || ids.has(id)) differences.push(`${one.what}: no request id of its own (${id})`);
        if (!/^site\.test$/i.test(headers['host'] ?? '')) differences.push(`${one.what}: ${headers['host']}`);
        ids.add(id);
      }
    }
    assert.deepEqual(differences, []);
    assert.ok(ids.size >= 18);
  });
}
