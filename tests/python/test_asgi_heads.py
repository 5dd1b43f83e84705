"""Response heads that are remembered: they are those that would be made, and wrong ones stay wrong."""

import http
import random
import unittest

from harness import frames  # noqa: F401  (puts the bridge on the path)

from licorne_worker import asgi_head
from licorne_worker.asgi_head import response_head
from licorne_worker.errors import InterfaceError, InterfaceTypeError

ROUNDS = 5000
STATUSES = [200, 200, 200, 404, 599, http.HTTPStatus.OK, True, 200.0, '200', 199, None]
NAMES = [b'content-type', b'x', 'x', bytearray(b'x'), memoryview(b'x'), b'bad\nname', None]
VALUES = [b'text/plain', b'', b'13', '13', bytearray(b'13'), memoryview(b'13'), b'a\r\nb: c', 13]


def outcome(message):
    """The head, or what is wrong with the message."""
    try:
        return response_head(message)
    except InterfaceError as error:
        return type(error), str(error)


def anew(message):
    """The same, as if no head had ever been made."""
    known = dict(asgi_head._known_heads)
    asgi_head._known_heads.clear()
    try:
        return outcome(message)
    finally:
        asgi_head._known_heads.clear()
        asgi_head._known_heads.update(known)


def random_message(choose):
    """A response's start; half of them are right."""
    usual = choose.random() < 0.5
    pairs = []
    for _pair in range(choose.randrange(4)):
        pair = (NAMES[choose.randrange(2)], VALUES[choose.randrange(3)]) if usual else (choose.choice(NAMES), choose.choice(VALUES))
        pairs.append(pair if usual or choose.random() < 0.8 else list(pair) + [b'third'] * choose.randrange(2))
    headers = choose.choice([pairs, pairs, pairs, tuple(pairs), None])
    return {'type': 'http.response.start', 'status': 200 if usual else choose.choice(STATUSES), 'headers': headers}


class RememberedHeadsTest(unittest.TestCase):
    """What a head that is known is compared with: one that is made."""

    def setUp(self):
        asgi_head._known_heads.clear()

    def test_a_head_is_the_same_whether_it_is_remembered_or_not(self):
        choose = random.Random(8)
        right = 0
        for _round in range(ROUNDS):
            message = random_message(choose)
            expected = anew(message)
            self.assertEqual(outcome(message), expected, message)
            self.assertEqual(outcome(message), expected, message)
            right += type(expected) is bytes
        self.assertGreater(right, ROUNDS // 4)
        self.assertLess(right, ROUNDS)
        self.assertGreater(len(asgi_head._known_heads), 20)

    def test_headers_that_can_be_gone_through_only_once_are_not_lost(self):
        for _time in range(2):
            headers = ((name, b'1') for name in (b'a', b'b'))
            self.assertEqual(response_head({'status': 200, 'headers': headers}), b'200 OK\na\n1\nb\n1')

    def test_a_view_of_bytes_that_change_shows_them_as_they_are(self):
        content = bytearray(b'old')
        view = memoryview(content).toreadonly()
        message = {'status': 200, 'headers': [(b'a', view)]}
        self.assertEqual(response_head(message), b'200 OK\na\nold')
        content[:] = b'new'
        self.assertEqual(response_head(message), b'200 OK\na\nnew')

    def test_a_pair_that_changes_is_read_each_time(self):
        class Pair:
            value = b'old'

            def __iter__(self):
                return iter((b'a', self.value))

        pair = Pair()
        self.assertEqual(response_head({'status': 200, 'headers': [pair]}), b'200 OK\na\nold')
        pair.value = b'new'
        self.assertEqual(response_head({'status': 200, 'headers': [pair]}), b'200 OK\na\nnew')

    def test_a_number_that_equals_a_status_is_none(self):
        response_head({'status': 200, 'headers': [(b'a', b'1')]})
        with self.assertRaises(InterfaceTypeError):
            response_head({'status': 200.0, 'headers': [(b'a', b'1')]})

    def test_heads_that_are_always_new_or_long_fill_no_memory(self):
        for number in range(3 * asgi_head._KNOWN_HEADS_MAX):
            response_head({'status': 200, 'headers': [(b'number', b'%d' % number)]})
            self.assertLessEqual(len(asgi_head._known_heads), asgi_head._KNOWN_HEADS_MAX)
        asgi_head._known_heads.clear()
        response_head({'status': 200, 'headers': [(b'a', b'x' * asgi_head._KNOWN_HEAD_BYTES_MAX)]})
        self.assertEqual(asgi_head._known_heads, {})
