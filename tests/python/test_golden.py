"""The golden vectors of the wire, as this interpreter reads and writes them."""

import json
import marshal
import os
import struct
import unittest

from harness import GOLDEN, frames

from licorne_worker.wsgi_head import head_text


def vectors(name):
    """One file of vectors."""
    with open(os.path.join(GOLDEN, name), encoding='utf-8') as file:
        return json.load(file)


def value_of(value):
    """The Python value that a vector describes."""
    if value is None or isinstance(value, str):
        return value
    (kind, content), = value.items()
    if kind == 'bytes':
        return bytes.fromhex(content)
    if kind == 'int':
        return content
    if kind == 'repeat':
        return content[0] * content[1]
    if kind == 'tuple':
        return tuple(value_of(item) for item in content)
    return {value_of(key): value_of(item) for key, item in content}


class GoldenTest(unittest.TestCase):
    """What the TypeScript side writes, and what it must be able to read."""

    def test_frames(self):
        for vector in vectors('frames.json'):
            payload = bytes.fromhex(vector['payload'])
            packed = frames.pack_frame(vector['type'], vector['flags'], vector['stream'], payload)
            self.assertEqual(packed.hex(), vector['hex'], vector['name'])
            read = [(k, f, s, bytes(p)) for k, f, s, p in frames.FrameReader().feed(packed)]
            self.assertEqual(read, [(vector['type'], vector['flags'], vector['stream'], payload)], vector['name'])

    def test_frames_one_after_the_other_byte_by_byte(self):
        reader = frames.FrameReader()
        small = [vector for vector in vectors('frames.json') if len(vector['hex']) < 1000]
        data = bytes.fromhex(''.join(vector['hex'] for vector in small))
        read = []
        for at in range(len(data)):
            read += [(k, f, s, bytes(p).hex()) for k, f, s, p in reader.feed(data[at : at + 1])]
        self.assertEqual(read, [(v['type'], v['flags'], v['stream'], v['payload']) for v in small])

    def test_marshal(self):
        for vector in vectors('marshal.json'):
            value = marshal.loads(bytes.fromhex(vector['hex']))
            self.assertEqual(value, value_of(vector['value']), vector['name'])
            self.assertIs(type(value), type(value_of(vector['value'])), vector['name'])

    def test_requests(self):
        for vector in vectors('requests.json'):
            data = bytes.fromhex(vector['hex'])
            self.assertEqual(struct.unpack_from('<H', data)[0], vector['slot'])
            value = marshal.loads(data[2:])
            body = None if vector['body'] is None else bytes.fromhex(vector['body'])
            extra = None if vector['extra'] is None else dict(vector['extra'])
            texts = tuple(vector[key] for key in ('method', 'path_info', 'query', 'raw_uri', 'request_id'))
            self.assertEqual(value[:7], texts + (body, extra), vector['name'])
            if vector['environ'] is None:
                self.assertEqual(len(value), 7, vector['name'])
            else:
                self.assertEqual(value[7], vector['environ'], vector['name'])

    def test_files(self):
        for vector in vectors('files.json'):
            status = os.stat_result((0, int(vector['ino']), vector['dev'], 0, 0, 0, vector['size'], 0, 0, 0), {'st_mtime_ns': int(vector['mtime_ns'])})
            place = (bytes.fromhex(vector['path']), vector['offset'], vector['length'])
            packed = frames.pack_file(7, vector['head'].encode('latin-1'), *place, status)
            self.assertEqual(packed.hex(), vector['hex'], vector['name'])

    def test_response_heads(self):
        for vector in vectors('response-heads.json'):
            headers = [tuple(pair) for pair in vector['headers']]
            self.assertEqual(head_text(vector['status'], headers).hex(), vector['hex'], vector['name'])


if __name__ == '__main__':
    unittest.main()
