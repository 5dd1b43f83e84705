"""ASGI over WebSocket, as a real worker keeps it, on every event loop."""

import ast
import struct
import unittest

from asgi_harness import WEBSOCKET_BLOCK, AsgiCase, frames, on_every_loop

ACCEPT = {'type': 'websocket.accept'}


class ConversationTest(AsgiCase):
    """Messages to and fro."""

    def test_the_scope_has_every_key_with_its_type_and_is_nobody_elses(self):
        _worker, gateway = self.serving('bare:show')
        for block in (WEBSOCKET_BLOCK, None, None):
            stream = gateway.connect('/caf\xe9', query='a=%20b', block=block)
            text = gateway.finish(stream).messages[0]
            got = {key: ast.literal_eval(value) for key, value in (line.split('=', 1) for line in text.split('\n'))}
            self.assertEqual(
                got,
                {
                    'type': 'websocket',
                    'asgi': {'version': '3.0', 'spec_version': '2.5'},
                    'http_version': '1.1',
                    'scheme': 'ws',
                    'path': '/caf\xe9',
                    'raw_path': '/caf\xe9'.encode(),
                    'query_string': b'a=%20b',
                    'root_path': '',
                    'headers': WEBSOCKET_BLOCK['headers'],
                    'client': ('127.0.0.1', 50000),
                    'server': ('127.0.0.1', 8000),
                    'subprotocols': ['chat', 'superchat'],
                    'state': {'from lifespan': ['shared']},
                    'extensions': {'websocket.http.response': {}},
                    'licorne.request_id': 'req-1',
                },
            )

    def test_accept_carries_the_subprotocol_and_headers(self):
        _worker, gateway = self.serving('sockets:echo')
        stream = gateway.opened()
        self.assertEqual(gateway.answers[stream].accepted, ('chat', [('x-a', '1')]))
        stream = gateway.opened(block={**WEBSOCKET_BLOCK, 'subprotocols': []})
        self.assertEqual(gateway.answers[stream].accepted, ('', [('x-a', '1')]))

    def test_text_and_bytes_go_both_ways_whole_in_parts_and_empty(self):
        _worker, gateway = self.serving('sockets:echo')
        stream = gateway.opened()
        for data in ('text', b'bytes', '', b'', '\u20ac' * 1000, b'\xff' * 1000):
            gateway.message(stream, data)
        gateway.message(stream, 'one ', more=True)
        gateway.message(stream, '', more=True)
        gateway.message(stream, 'two')
        euro = '\u20ac'.encode()
        gateway.send(frames.MESSAGE, frames.TEXT | frames.MORE, stream, euro[:1])
        gateway.send(frames.MESSAGE, frames.TEXT, stream, euro[1:])
        answer = gateway.until(stream, lambda answer: len(answer.messages) == 8)
        self.assertEqual(answer.messages, ['text', b'bytes', '', b'', '\u20ac' * 1000, b'\xff' * 1000, 'one two', '\u20ac'])

    def test_the_clients_close_is_a_disconnect_with_code_and_reason(self):
        worker, gateway = self.serving('sockets:echo')
        for code, reason in ((1001, 'going \u20ac'), (1005, ''), (1006, ''), (1012, 'restart')):
            stream = gateway.opened()
            gateway.message(stream, 'last words')
            gateway.close_socket(stream, code, reason)
            answer = gateway.finish(stream)
            # Nothing can be sent any more, a CLOSE of ours included.
            self.assertEqual((answer.done, answer.close), (True, None))
            worker.wait_for_log('disconnect %d %r' % (code, reason) if answer.messages else 'The client has gone')

    def test_what_was_received_before_the_close_is_given_first(self):
        worker, gateway = self.serving('sockets:slow')
        path, release = self.path(worker)
        stream = gateway.opened(query=path)
        gateway.message(stream, 'x' * 100000)
        gateway.message(stream, 'y' * 100000)
        gateway.close_socket(stream, 1001)
        release()
        self.assertTrue(gateway.finish(stream).done)
        worker.wait_for_log("KeyError: 'text'|TypeError")

    def test_sending_to_a_client_that_has_closed_raises_an_oserror_and_closing_is_allowed(self):
        worker, gateway = self.serving('sockets:after_disconnect')
        stream = gateway.opened()
        gateway.close_socket(stream, 1001)
        answer = gateway.finish(stream)
        self.assertEqual((answer.done, answer.close, answer.messages), (True, None, []))
        worker.wait_for_log(r'told by ClientDisconnected.*\[DEBUG\] The client has gone')
        self.assertNotIn('ERROR', worker.log())

    def test_what_a_framework_raises_about_it_is_no_error(self):
        worker, gateway = self.serving('sockets:framework')
        stream = gateway.opened()
        gateway.close_socket(stream, 1001)
        gateway.finish(stream)
        worker.wait_for_log(r'\[DEBUG\] The client has gone')
        self.assertNotIn('ERROR', worker.log())

    def test_a_lost_link_is_a_disconnect_1006(self):
        worker, gateway = self.serving('sockets:echo')
        gateway.opened()
        gateway.close()
        worker.wait_for_log("disconnect 1006 ''")
        self.stopped(worker)


class CreditTest(AsgiCase):
    """Back-pressure."""

    def test_send_waits_for_credit_and_messages_do_not_mix(self):
        worker, gateway = self.serving('sockets:floods')
        stream = gateway.opened()
        answer = gateway.until(stream, lambda answer: sum(map(len, answer.parts)) == frames.STREAM_CREDIT, credit=False)
        self.assertTrue(gateway.quiet())
        self.assertNotIn('sent', worker.log())
        while len(answer.messages) < 3:
            gateway.credit(stream, 50000)
            got = len(answer.frames)
            gateway.until(stream, lambda answer, got=got: len(answer.frames) > got, credit=False)
        self.assertEqual(sorted(answer.messages), [b'a' * 300000, b'b' * 300000, b'c' * 300000])
        gateway.finish(stream)
        worker.wait_for_log('sent c')

    def test_credit_of_a_whole_message_comes_back_when_it_is_taken(self):
        worker, gateway = self.serving('sockets:slow')
        path, release = self.path(worker)
        stream = gateway.opened(query=path)
        gateway.message(stream, b'x' * 100000)
        gateway.message(stream, b'y' * 100000)
        self.assertTrue(gateway.quiet())
        release()
        gateway.message(stream, b'z' * 62144)
        while gateway.credits.get(stream, 0) < 200000:
            gateway.step()
        gateway.message(stream, b'z' * 137856)
        self.assertEqual(gateway.until(stream, lambda answer: answer.messages).messages, ['400000'])

    def test_credit_of_a_part_comes_back_when_it_arrives(self):
        _worker, gateway = self.serving('sockets:echo')
        stream = gateway.opened()
        sent = 0
        for _part in range(20):
            while sent + 100000 > frames.STREAM_CREDIT + gateway.credits.get(stream, 0):
                gateway.step()
            gateway.message(stream, b'x' * 100000, more=True)
            sent += 100000
        gateway.message(stream, b'end')
        answer = gateway.until(stream, lambda answer: len(b''.join(answer.parts)) >= 100000 or answer.messages, credit=False)
        gateway.credit(stream, 3000000)
        self.assertEqual(gateway.until(stream, lambda answer: answer.messages).messages, [b'x' * 2000000 + b'end'])
        self.assertIsNone(answer.close)

    def test_messages_beyond_the_credit_close_the_link(self):
        for data, count in ((b'x' * 100000, 3), (b'', frames.STREAM_CREDIT + 1)):
            worker, gateway = self.serving('sockets:slow')
            stream = gateway.opened(query='/never')
            gateway.send_raw(frames.pack_frame(frames.MESSAGE, 0, stream, data) * count)
            self.assertIsNone(gateway.next_frame())
            worker.wait_for_log('broke the protocol')

    def test_a_message_over_the_limit_is_closed_with_1009(self):
        worker, gateway = self.serving('sockets:echo', ws_max_size=1000)
        stream = gateway.opened()
        gateway.message(stream, b'x' * 1000)
        gateway.message(stream, b'x' * 999, more=True)
        gateway.message(stream, b'xx', more=True)
        answer = gateway.until(stream, lambda answer: answer.close)
        self.assertEqual(answer.close[0], 1009)
        self.assertIn(answer.messages, ([b'x' * 1000], []))
        for _message in range(10):
            gateway.message(stream, b'x' * 100000)
            while gateway.credits.get(stream, 0) < 100000:
                gateway.step()
            gateway.credits[stream] -= 100000
        gateway.close_socket(stream, 1009)
        self.assertTrue(gateway.finish(stream).done)
        worker.wait_for_log('disconnect 1009')

    def test_text_that_is_not_utf_8_is_closed_with_1007(self):
        _worker, gateway = self.serving('sockets:echo')
        stream = gateway.opened()
        gateway.send(frames.MESSAGE, frames.TEXT, stream, b'\xff')
        self.assertEqual(gateway.until(stream, lambda answer: answer.close).close[0], 1007)
        gateway.close_socket(stream, 1007)
        self.assertTrue(gateway.finish(stream).done)


class EndTest(AsgiCase):
    """How a WebSocket ends."""

    def test_the_applications_close_begins_the_handshake_and_done_ends_the_stream(self):
        worker, gateway = self.serving('sockets:ends')
        stream = gateway.opened('/close')
        answer = gateway.until(stream, lambda answer: answer.close)
        self.assertEqual(answer.close, (4001, '\u00e9' * 61))
        gateway.message(stream, 'too late')
        self.assertTrue(gateway.quiet())
        gateway.close_socket(stream, 4001, 'thanks')
        self.assertTrue(gateway.finish(stream).done)
        worker.wait_for_log("then {'type': 'websocket.disconnect', 'code': 4001, 'reason': 'thanks'}")

    def test_an_application_that_returns_closes_with_1000_and_one_that_raises_with_1011(self):
        worker, gateway = self.serving('sockets:ends')
        answer = gateway.finish(gateway.connect('/'))
        self.assertEqual((answer.accepted[0], answer.close, answer.done), ('', (1000, ''), True))
        answer = gateway.finish(gateway.connect('/raise', request_id='req-5'))
        self.assertEqual((answer.close, answer.done), ((1011, ''), True))
        worker.wait_for_log(r'Error in the application: GET /raise HTTP/1.1 request_id=req-5.*on purpose')
        self.assertEqual(worker.log().count('Error in the application'), 1)

    def test_close_before_accept_is_403(self):
        worker, gateway = self.serving('sockets:refuses')
        answer = gateway.finish(gateway.connect('/close'))
        self.assertEqual((answer.status, answer.body, answer.end_flags, answer.accepted), ('403 Forbidden', b'', frames.END, None))
        worker.wait_for_log("then {'type': 'websocket.disconnect', 'code': 1006")
        self.assertTrue(gateway.quiet())

    def test_a_denial_response_has_status_headers_body_and_back_pressure(self):
        worker, gateway = self.serving('sockets:refuses')
        size = frames.STREAM_CREDIT + 10000
        stream = gateway.connect('/deny', query=str(size))
        gateway.until(stream, lambda answer: len(answer.body) == frames.STREAM_CREDIT, credit=False)
        self.assertTrue(gateway.quiet())
        gateway.credit(stream, 20000)
        answer = gateway.finish(stream)
        self.assertEqual((answer.status, answer.headers, answer.body), ('401 Unauthorized', [('a', 'b')], b'x' * size + b'no'))
        worker.wait_for_log("then {'type': 'websocket.disconnect', 'code': 1006")

    def test_no_answer_to_the_handshake_is_an_error_of_the_application(self):
        worker, gateway = self.serving('sockets:ends')
        answer = gateway.finish(gateway.connect('/early'))
        self.assertEqual((answer.reset, answer.accepted), (frames.APP_ERROR, None))
        worker.wait_for_log('The application ended, but the handshake has not been answered: GET /early')
        worker, gateway = self.serving('sockets:raises_early')
        answer = gateway.finish(gateway.connect('/'))
        self.assertEqual(answer.reset, frames.APP_ERROR)
        worker.wait_for_log('Error in the application: GET / HTTP/1.1')

    def test_a_client_that_leaves_before_the_accept(self):
        worker, gateway = self.serving('sockets:waits_to_accept')
        stream = gateway.connect()
        worker.wait_for_log('waiting')
        gateway.send(frames.RESET, 0, stream, bytes([frames.CLIENT_GONE]))
        self.assertEqual(gateway.finish(stream).reset, frames.CLIENT_GONE)
        worker.wait_for_log(r"then {'type': 'websocket.disconnect', 'code': 1006, 'reason': ''}.*\[DEBUG\] The client has gone")

    def test_wrong_messages_are_errors_that_say_what_was_expected(self):
        surrogate = "[{'type': 'websocket.accept'}, {'type': 'websocket.send', 'text': chr(0xd800)}]"
        for messages, words in (
            ([{'type': 'websocket.send', 'text': 'x'}], "expected 'websocket.accept' or 'websocket.close'"),
            ([{'type': 'http.response.start', 'status': 200}], "sent 'http.response.start'"),
            ([{**ACCEPT, 'subprotocol': 'a b'}], 'not a token'),
            ([ACCEPT, ACCEPT], "expected 'websocket.send' or 'websocket.close'"),
            ([ACCEPT, {'type': 'websocket.send'}], 'exactly one of'),
            ([ACCEPT, {'type': 'websocket.send', 'text': 'a', 'bytes': b'b'}], 'exactly one of'),
            ([ACCEPT, {'type': 'websocket.send', 'text': b'a'}], 'must be str, not bytes'),
            ([ACCEPT, {'type': 'websocket.send', 'bytes': 'a'}], 'must be bytes, not str'),
            (surrogate, 'cannot be sent as UTF-8'),
            ([ACCEPT, {'type': 'websocket.close', 'code': 1005}], 'the close code must be'),
            ([ACCEPT, {'type': 'websocket.close', 'code': 999}], 'the close code must be'),
            ([ACCEPT, {'type': 'websocket.close', 'code': '1000'}], 'the close code must be'),
            ([ACCEPT, {'type': 'websocket.close', 'reason': b'x'}], 'must be str'),
            ([ACCEPT, {'type': 'websocket.close'}, {'type': 'websocket.send', 'text': 'x'}], 'no further message'),
        ):
            worker, gateway = self.serving('bare:sends')
            answer = gateway.finish(gateway.connect(query=messages if isinstance(messages, str) else repr(messages)))
            if answer.accepted is None:
                self.assertEqual(answer.reset, frames.PROTOCOL_ERROR)
            else:
                self.assertEqual(answer.close[0], 1000 if 'no further' in words else 1011)
            self.assertIn(words, worker.log())
            self.assertIn('Interface', worker.log())

    def test_a_message_after_a_refusal_is_ignored_with_a_warning(self):
        start = {'type': 'websocket.http.response.start', 'status': 404}
        body = {'type': 'websocket.http.response.body'}
        worker, gateway = self.serving('bare:sends')
        answer = gateway.finish(gateway.connect(query=repr([start, body, body])))
        self.assertEqual(answer.status, '404 Not Found')
        worker.wait_for_log(r'\[WARNING\] A message after the end of the response was ignored')


class BreachTest(AsgiCase):
    """Gateways that break the wire lose their link and nothing else."""

    def test_frames_that_do_not_belong_close_the_link(self):
        for app, wait, kind, payload in (
            ('sockets:waits_to_accept', False, frames.MESSAGE, b'x'),
            ('sockets:waits_to_accept', False, frames.CLOSE, struct.pack('<H', 1000)),
            ('sockets:waits', True, frames.BODY, b'x'),
            ('sockets:waits', True, frames.CLOSE, b''),
            ('sockets:waits', True, frames.CLOSE, b'\0\0' + b'x' * 124),
            ('sockets:waits', True, frames.ACCEPT, b''),
        ):
            worker, gateway = self.serving(app)
            stream = gateway.opened() if wait else gateway.connect()
            worker.wait_for_log('waiting')
            gateway.send(kind, 0, stream, payload)
            self.assertIsNone(gateway.next_frame())
            worker.wait_for_log('broke the protocol')
            self.assertTrue(self.link(worker).hello)

    def test_a_websocket_that_ends_at_once_closes_the_link(self):
        worker, gateway = self.serving('sockets:echo')
        gateway.start(block=WEBSOCKET_BLOCK, end=True)
        self.assertIsNone(gateway.next_frame())
        worker.wait_for_log('a WebSocket with END')


on_every_loop(globals(), ConversationTest, CreditTest, EndTest)

if __name__ == '__main__':
    unittest.main()
