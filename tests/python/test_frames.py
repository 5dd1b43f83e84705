"""The frame codec and the rules of a link, with random input."""

import marshal
import random
import socket
import struct
import unittest

from harness import BLOCK, frames

from licorne_worker.frame_buffer import FrameBuffer
from licorne_worker.link import Link

ROUNDS = 300


class FrameReaderTest(unittest.TestCase):
    """FrameReader alone."""

    def feed(self, rng, data):
        reader = frames.FrameReader()
        shared = bytearray(len(data))
        read = []
        at = 0
        while at < len(data):
            size = min(len(data) - at, 1 + rng.randrange(12 if rng.random() < 0.3 else len(data)))
            shared[:size] = data[at : at + size]
            read += [(k, f, s, bytes(p)) for k, f, s, p in reader.feed(memoryview(shared)[:size])]
            shared[:size] = b'\xee' * size
            at += size
        return read

    def test_random_frames_in_random_pieces_are_the_frames_that_were_made(self):
        rng = random.Random(1)
        for _round in range(ROUNDS):
            made = []
            for _frame in range(1 + rng.randrange(8)):
                payload = rng.randbytes(rng.randrange(90000 if rng.random() < 0.05 else 60))
                made.append((rng.randrange(frames.TYPE_LAST + 1), rng.randrange(256), rng.randrange(2**32), payload))
            data = b''.join(frames.pack_frame(*frame) for frame in made)
            self.assertEqual(self.feed(rng, data), made)

    def test_random_bytes_are_frames_or_a_protocol_error(self):
        rng = random.Random(2)
        errors = 0
        for _round in range(ROUNDS):
            data = bytearray(rng.randbytes(rng.randrange(200)))
            at = 0
            while at + 10 < len(data) and rng.random() < 0.8:
                data[at + 1 : at + 4] = b'\0\0\0'
                data[at + 8] = rng.randrange(15)
                at += 10 + data[at]
            try:
                self.feed(rng, bytes(data))
            except frames.ProtocolError:
                errors += 1
        self.assertGreater(errors, 0)
        self.assertLess(errors, ROUNDS)

    def test_a_frame_is_refused_before_its_payload_has_come(self):
        for header in (
            frames.pack_header(frames.BODY, 0, 1, frames.FRAME_BYTES_MAX + 1),
            frames.pack_header(14, 0, 1, 5),
        ):
            with self.assertRaises(frames.ProtocolError):
                self.feed(random.Random(3), header)

    def test_the_largest_frame_passes(self):
        data = frames.pack_frame(frames.BODY, 0, 1, b'x' * frames.FRAME_BYTES_MAX)
        self.assertEqual(self.feed(random.Random(4), data), [(frames.BODY, 0, 1, b'x' * frames.FRAME_BYTES_MAX)])


class FrameBufferTest(FrameReaderTest):
    """FrameBuffer, to which the same holds."""

    def feed(self, rng, data):
        buffer = FrameBuffer(rng.choice((16, 100, 5000, 262144)))
        read = []
        at = 0
        while at < len(data):
            room = buffer.room()
            self.assertGreater(len(room), 0)
            # It is long only for as long as a long frame needs it.
            self.assertLessEqual(len(room), 10 + max(262144, frames.FRAME_BYTES_MAX))
            size = min(len(data) - at, len(room), 1 + rng.randrange(12 if rng.random() < 0.3 else len(data)))
            room[:size] = data[at : at + size]
            read += [(k, f, s, bytes(p)) for k, f, s, p in buffer.received(size)]
            at += size
        return read

    def test_memory_that_a_long_frame_needed_is_given_up_when_it_is_over(self):
        buffer = FrameBuffer(100)
        sizes = set()
        for byte in frames.pack_frame(frames.BODY, 0, 1, b'x' * 500):
            room = buffer.room()
            room[0] = byte
            whole = [bytes(payload) for _kind, _flags, _stream, payload in buffer.received(1)]
            sizes.add(len(buffer.room()))
        self.assertEqual(whole, [b'x' * 500])
        self.assertGreater(max(sizes), 400)
        self.assertEqual(len(buffer.room()), 100)


class LinkTest(unittest.TestCase):
    """A link, without a server: frames of every kind in any order are streams or a ProtocolError."""

    def test_random_frames_never_fail_otherwise(self):
        rng = random.Random(3)
        errors = streams = 0
        for _round in range(ROUNDS):
            ours, theirs = socket.socketpair()
            link = Link(None, ours, lambda block: block)
            try:
                link.receive(frames.pack_frame(frames.HELLO, 0, 0, b'{"protocol":2}'))
                for _frame in range(30):
                    streams += len(link.receive(self.random_frame(rng)))
            except frames.ProtocolError:
                errors += 1
            finally:
                link.close()
                theirs.close()
        self.assertGreater(errors, 0)
        self.assertGreater(streams, 0)

    def random_frame(self, rng):
        kind = rng.choice((frames.REQUEST, frames.REQUEST, frames.BODY, frames.BODY, frames.CREDIT, frames.RESET, rng.randrange(frames.TYPE_LAST + 1)))
        number = rng.randrange(40) if rng.random() < 0.9 else rng.randrange(2**32)
        flags = rng.randrange(8)
        if kind == frames.REQUEST:
            value = ('GET', '/', '', '/', 'id', rng.choice((None, None, b'body')), None)
            if flags & frames.BLOCK or rng.random() < 0.05:
                value += (BLOCK,)
            payload = struct.pack('<H', rng.randrange(2) if rng.random() < 0.95 else 2000) + marshal.dumps(value, 2)
            if rng.random() < 0.05:
                payload = payload[: rng.randrange(len(payload))]
        else:
            payload = rng.randbytes(4 if kind == frames.CREDIT and rng.random() < 0.95 else rng.randrange(10))
        return frames.pack_frame(kind, flags, number, payload)


if __name__ == '__main__':
    unittest.main()
