import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certificatesText } from '../../../src/cli/certificate-text.ts';

/** In the time of this machine, whichever that is. */
const at = (month: number, day: number): number => new Date(2027, month - 1, day, 3, 12).getTime();

const held = (notAfter: number) => ({
  names: [],
  issuer: "Let's Encrypt R11",
  serial: '01',
  notBefore: at(1, 1),
  notAfter,
});

test('certificates are a table, with what went wrong below it', () => {
  const good = { ordering: false, error: null, tryAt: null };
  const lines = certificatesText(
    [
      { ...good, names: ['example.com', 'www.example.com'], certificate: held(at(4, 1)), renewAt: at(3, 1) },
      {
        ...good,
        names: ['a.example', 'b.example', 'c.example'],
        certificate: null,
        renewAt: null,
        ordering: true,
      },
      {
        names: ['old.example'],
        certificate: held(at(1, 20)),
        renewAt: at(1, 10),
        ordering: false,
        error: 'nobody answers there',
        tryAt: at(2, 1),
      },
    ],
    at(1, 25),
  );
  assert.deepEqual(lines, [
    'certificate                    from                until                     renewal',
    "example.com, www.example.com   Let's Encrypt R11   2027-04-01 03:12          2027-03-01 03:12",
    'a.example and 2 more                               none yet                  being ordered',
    "old.example                    Let's Encrypt R11   2027-01-20 03:12 (over)   tried again 2027-02-01 03:12",
    '  old.example: nobody answers there',
  ]);
});
