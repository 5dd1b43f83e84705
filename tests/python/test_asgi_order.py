"""The tables of message order, every state with every message, and heads of every wrong kind; no process is needed."""

import itertools
import unittest

from harness import frames  # noqa: F401  (puts the bridge on the path)

from licorne_worker import asgi_order as order
from licorne_worker.asgi_head import accept_head, early_hint_head, head_text, response_head, trailer_text
from licorne_worker.errors import InterfaceError, InterfaceOrderError, InterfaceTypeError, InterfaceValueError

KINDS = [
    'http.response.start', 'http.response.body', 'http.response.trailers', 'http.response.early_hint',
    'websocket.accept', 'websocket.send', 'websocket.close', 'websocket.http.response.start', 'websocket.http.response.body',
    'lifespan.startup.complete', 'lifespan.startup.failed', 'lifespan.shutdown.complete', 'lifespan.shutdown.failed',
    'http.response.pathsend', 'http.response.push', 'nonsense',
]  # fmt: skip
# Runs of messages that are right from the first to the last; `+` is the flag that more follows, or that trailers will.
RIGHT = {
    'HTTP': [
        'start body', 'start body+ body', 'start body+ body+ body', 'hint start body', 'hint hint start hint body+ hint body',
        'start+ body trailers', 'start+ body+ body trailers+ trailers', 'start+ hint body+ hint body trailers',
        'start file', 'hint start hint file', 'start+ file trailers+ trailers',
    ],
    'WEBSOCKET': ['accept close', 'accept send send close', 'close', 'deny denial', 'deny denial+ denial+ denial'],
}  # fmt: skip
SHORT = {
    'start': 'http.response.start', 'body': 'http.response.body', 'trailers': 'http.response.trailers',
    'hint': 'http.response.early_hint', 'file': 'http.response.pathsend', 'accept': 'websocket.accept', 'send': 'websocket.send', 'close': 'websocket.close',
    'deny': 'websocket.http.response.start', 'denial': 'websocket.http.response.body',
}  # fmt: skip
FIRST = {'HTTP': order.NEW, 'WEBSOCKET': order.HANDSHAKE}
LENGTH_MAX = 7


def message(word):
    """The message of a word."""
    kind = SHORT[word.rstrip('+')]
    flag = {'http.response.start': 'trailers', 'http.response.trailers': 'more_trailers'}.get(kind, 'more_body')
    return {'type': kind, flag: word.endswith('+')}


class OrderTest(unittest.TestCase):
    """The tables."""

    def test_every_message_in_every_state_is_in_the_table_or_an_error_that_names_both(self):
        for table in (order.HTTP, order.WEBSOCKET, order.LIFESPAN):
            for state, kind in itertools.product(table, KINDS):
                if kind in table[state]:
                    got, target = order.step(table, state, {'type': kind})
                    self.assertEqual(got, kind)
                    self.assertIs(target, table[state][kind][0])
                    self.assertIn(target, table)
                    self.assertIn(table[state][kind][1], table)
                    continue
                with self.assertRaises(InterfaceOrderError) as caught:
                    order.step(table, state, {'type': kind})
                text = str(caught.exception)
                self.assertIn(repr(kind), text)
                self.assertIn(state, text)
                for allowed in table[state] or ['no further message']:
                    self.assertIn(allowed, text)

    def test_the_flags_lead_to_the_second_state(self):
        for table in (order.HTTP, order.WEBSOCKET):
            for state, targets in table.items():
                for kind, (without, with_flag) in targets.items():
                    flag = order.FLAGS.get(kind, 'more_body')
                    self.assertIs(order.step(table, state, {'type': kind, flag: True})[1], with_flag if kind in order.FLAGS else without)
                    self.assertIs(order.step(table, state, {'type': kind, flag: False})[1], without)

    def test_exactly_the_right_runs_of_messages_pass(self):
        for name, right in RIGHT.items():
            table = getattr(order, name)
            words = {word for run in right for word in run.split()}
            complete = set()
            self.walk(table, FIRST[name], [], words, complete)
            for run in right:
                self.assertTrue(run in complete, run)
            # What the table calls complete is what the specification does.
            for run in complete:
                self.assertRegex(run, r'^(hint )*start (hint )*((body\+ (hint |body\+ )*)?body|file)$'
                                 r'|^(hint )*start\+ (((hint|body\+) )*body|(hint )*file) (trailers\+ )*trailers$'
                                 if name == 'HTTP' else r'^(accept (send )*close|close|deny (denial\+ )*denial)$')  # fmt: skip

    def walk(self, table, state, run, words, complete):
        """All runs of words that lead to an end."""
        if not table[state]:
            complete.add(' '.join(run))
        elif len(run) < LENGTH_MAX:
            for word in words:
                try:
                    _kind, target = order.step(table, state, message(word))
                except InterfaceOrderError:
                    continue
                self.walk(table, target, [*run, word], words, complete)

    def test_the_lifespan_is_started_once_and_stopped_once(self):
        allowed = {(state, kind) for state in order.LIFESPAN for kind in order.LIFESPAN[state]}
        self.assertEqual(
            allowed,
            {
                (order.STARTING, 'lifespan.startup.complete'), (order.STARTING, 'lifespan.startup.failed'),
                (order.STOPPING, 'lifespan.shutdown.complete'), (order.STOPPING, 'lifespan.shutdown.failed'),
            },
        )  # fmt: skip

    def test_what_is_no_message_is_named(self):
        for wrong in (None, 1, 'text', {}, [], {'kind': 1}):
            with self.assertRaises(InterfaceTypeError) as caught:
                order.step(order.HTTP, order.NEW, wrong)
            self.assertIn('"type"', str(caught.exception))


class HeadTest(unittest.TestCase):
    """Heads."""

    def test_heads_are_lines_of_status_names_and_values(self):
        import http

        for status, line in ((200, b'200 OK'), (404, b'404 Not Found'), (299, b'299 '), (999, b'999 '), (http.HTTPStatus.CREATED, b'201 Created')):
            self.assertEqual(response_head({'status': status}), line)
        headers = [(b'A', b'1'), [b'b', b'\xe9\t2'], (b'c', b'')]
        for given in (headers, tuple(headers), iter(headers), (pair for pair in headers)):
            self.assertEqual(response_head({'status': 200, 'headers': given}), b'200 OK\nA\n1\nb\n\xe9\t2\nc\n')
        self.assertEqual(accept_head({'headers': headers[:1]}), b'\nA\n1')
        self.assertEqual(accept_head({'subprotocol': 'chat'}), b'chat')
        self.assertEqual(early_hint_head({'links': [b'</a>; rel=preload', b'</b>']}), b'103 Early Hints\nlink\n</a>; rel=preload\nlink\n</b>')
        self.assertEqual(trailer_text([(b'a', b'1'), (b'b', b'2')]), b'a\n1\nb\n2')
        self.assertEqual(trailer_text([]), b'')

    def test_a_wrong_status_is_named(self):
        for status, error in ((None, InterfaceTypeError), ('200', InterfaceTypeError), (True, InterfaceTypeError), (200.0, InterfaceTypeError),
                              (100, InterfaceValueError), (199, InterfaceValueError), (1000, InterfaceValueError), (-1, InterfaceValueError)):  # fmt: skip
            with self.assertRaises(error) as caught:
                response_head({'status': status})
            self.assertIn('status', str(caught.exception))

    def test_wrong_headers_are_named(self):
        for headers, words in (
            ([('a', 'b')], "the header 'a' must have bytes"),
            ([(b'a', 'b')], 'must have bytes as name and value, not str'),
            ([(b'a', 1)], 'not int'),
            ([(b'a', None)], 'not NoneType'),
            ([b'a'], 'a pair of name and value'),
            ([(b'a', b'b', b'c')], 'a pair of name and value'),
            ([1], 'a pair of name and value'),
            (1, 'an iterable of pairs of bytes, not int'),
            ({b'abc': b'b'}, 'an iterable of pairs of bytes, not dict'),
        ):
            with self.assertRaises(InterfaceTypeError) as caught:
                head_text(b'200 OK', headers)
            self.assertIn(words, str(caught.exception))

    def test_no_control_character_passes_in_any_place(self):
        for code in [*range(9), *range(10, 32), 127]:
            bad = bytes([code])
            for headers in ([(b'a' + bad, b'b')], [(b'a', b'b' + bad + b'c: d')], [(b'ok', b'ok'), (b'a', bad)]):
                with self.assertRaises(InterfaceValueError):
                    head_text(b'200 OK', headers)
        with self.assertRaises(InterfaceValueError):
            early_hint_head({'links': [b'</a>\r\nx: y']})

    def test_other_wrong_values_are_interface_errors(self):
        for call in (
            lambda: accept_head({'subprotocol': 'a b'}),
            lambda: accept_head({'subprotocol': 'a\nb'}),
            lambda: accept_head({'subprotocol': b'chat'}),
            lambda: early_hint_head({'links': b'</a>'}),
            lambda: early_hint_head({'links': ['</a>']}),
            lambda: head_text(b'200 OK', [(b'a', b'x' * 1000000)]),
        ):
            with self.assertRaises(InterfaceError):
                call()


if __name__ == '__main__':
    unittest.main()
