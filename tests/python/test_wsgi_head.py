"""Heads that are remembered mean what they meant the first time."""

import random
import unittest

from harness import frames  # noqa: F401  (puts the bridge on the path)

from licorne_worker import wsgi_head
from licorne_worker.errors import InterfaceError
from licorne_worker.wsgi_head import content_length, head_text, response_head


class Loud(str):
    """Equal to any text that differs in case alone."""

    __slots__ = ()

    def __eq__(self, other):
        return self.lower() == other.lower()

    __hash__ = str.__hash__


def outcome(make):
    """What comes of a call: its result, or its error in words."""
    try:
        return make()
    except (InterfaceError, ValueError, TypeError, AttributeError) as error:
        return type(error).__name__, str(error)


def plain(status, headers):
    """The head without a memory."""
    return head_text(status, headers), content_length(headers)


class ResponseHeadTest(unittest.TestCase):
    """`response_head` beside `head_text` and `content_length`."""

    def setUp(self):
        wsgi_head._known.clear()

    def same(self, status, headers):
        for _time in range(3):
            self.assertEqual(outcome(lambda: response_head(status, headers)), outcome(lambda: plain(status, headers)))

    def test_the_same_head_again_is_the_same_answer(self):
        for headers in ([], [('A', 'b')], [('Content-Length', '12'), ('content-length', '13')], [('Content-Length', 'x')], [('A', '')] * 50):
            for status in ('200 OK', '404 Not Found', '200 '):
                self.same(status, headers)

    def test_what_is_wrong_is_wrong_every_time(self):
        for status in (200, b'200 OK', None, '20 OK', '200 O\nK', ['200 OK']):
            self.same(status, [('A', 'b')])
        wrong = [('A', 'b\r\nC: d')], [('A\n', 'b')], [('A', 1)], [('A',)], [('A', 'b', 'c')], [['A', 'b']], ['Ab'], [('A', ['b'])], [('A', '\u20ac')], [None]
        self.same('200 OK', [('A', memoryview(bytearray(b'b')))])
        for headers in (*wrong, (('A', 'b'),), None, {'A': 'b'}, iter([])):
            self.same('200 OK', headers)

    def test_what_a_known_head_looks_like_is_not_taken_for_it(self):
        # Joined, these two are the same text.
        response_head('200 OK', [('A', 'b'), ('C', 'd')])
        self.same('200 OK', [('A', 'b\nC\nd')])
        self.same('200 OK', (('A', 'b'), ('C', 'd')))
        self.same('200 OK', [['A', 'b'], ['C', 'd']])

    def test_a_list_that_is_changed_afterwards_is_another_head(self):
        headers = [('A', 'b')]
        self.same('200 OK', headers)
        headers.append(('C', 'd'))
        self.same('200 OK', headers)

    def test_a_text_with_an_equality_of_its_own_is_not_remembered(self):
        self.same('200 OK', [('A', Loud('B'))])
        self.same(Loud('200 OK'), [('A', 'B')])
        self.assertEqual(len(wsgi_head._known), 0)

    def test_many_and_long_heads_are_not_kept(self):
        for number in range(3000):
            response_head('200 OK', [('Set-Cookie', 'id=%d' % number)])
            self.assertLessEqual(len(wsgi_head._known), 256)
        wsgi_head._known.clear()
        self.same('200 OK', [('A', 'b' * 4000)])
        self.assertEqual(len(wsgi_head._known), 0)

    def test_anything_at_all_is_answered_as_without_a_memory(self):
        dice = random.Random(7)
        pieces = ['Content-Length', 'content-length', 'A', '', '1', '12', '-1', '\u0661', 'b\n', '\xe9', '\u20ac', '\x7f', 5, None, b'x', ('A', 'b')]
        for _round in range(4000):
            headers = [tuple(dice.choice(pieces) for _item in range(dice.choice((2, 2, 2, 2, 1, 3)))) for _line in range(dice.randrange(4))]
            self.same(dice.choice(('200 OK', '200 OK', '204 No Content', '99 x', 200)), headers)


if __name__ == '__main__':
    unittest.main()
