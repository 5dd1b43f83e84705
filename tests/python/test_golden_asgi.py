"""The golden vectors of ASGI requests, as this interpreter reads them."""

import json
import marshal
import os
import struct
import unittest

from harness import GOLDEN


def scope_of(shown):
    """The part of a scope that a vector describes: JSON has neither tuples nor bytes."""
    scope = dict(shown)
    scope['headers'] = [(name.encode('latin-1'), value.encode('latin-1')) for name, value in shown['headers']]
    scope['client'] = shown['client'] and tuple(shown['client'])
    scope['server'] = tuple(shown['server'])
    return scope


class AsgiGoldenTest(unittest.TestCase):
    """What the TypeScript side writes (tests/unit/wire/scope.test.ts)."""

    def test_requests(self):
        with open(os.path.join(GOLDEN, 'asgi-requests.json'), encoding='utf-8') as file:
            vectors = json.load(file)
        for vector in vectors:
            with self.subTest(vector['name']):
                data = bytes.fromhex(vector['hex'])
                self.assertEqual(struct.unpack_from('<H', data)[0], vector['slot'])
                value = marshal.loads(data[2:])
                body = None if vector['body'] is None else bytes.fromhex(vector['body'])
                query, raw_path = (vector[key].encode('latin-1') for key in ('query', 'raw_path'))
                head = (vector['method'], vector['path'], query, raw_path, vector['request_id'])
                self.assertEqual(value[:7], head + (body, None))
                if vector['scope'] is None:
                    self.assertEqual(len(value), 7)
                else:
                    self.assertEqual(value[7], scope_of(vector['scope']))
                    self.assertIs(type(value[7]['headers']), list)
                    self.assertTrue(all(type(pair) is tuple for pair in value[7]['headers']))


if __name__ == '__main__':
    unittest.main()
