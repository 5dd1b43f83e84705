"""ASGI over HTTP, as a real worker keeps it, on every event loop."""

import ast
import json
import signal
import sys
import unittest

from asgi_harness import HTTP_BLOCK, AsgiCase, frames, on_every_loop

START = {'type': 'http.response.start', 'status': 200}
BODY = {'type': 'http.response.body', 'body': b'ok'}


class ScopeTest(AsgiCase):
    """What the application is given."""

    def scope(self, gateway, path='/', **options):
        body = gateway.finish(gateway.start(path, **options)).body.decode()
        return {key: ast.literal_eval(value) for key, value in (line.split('=', 1) for line in body.split('\n'))}

    def test_the_scope_has_every_key_with_its_type(self):
        _worker, gateway = self.serving('bare:show')
        block = {**HTTP_BLOCK, 'root_path': '/mount'}
        got = self.scope(gateway, '/mount/caf\xe9', method='PATCH', query='a=%20b', block=block)
        self.assertEqual(
            got,
            {
                'type': 'http',
                'asgi': {'version': '3.0', 'spec_version': '2.3'},
                'http_version': '1.1',
                'method': 'PATCH',
                'scheme': 'http',
                'path': '/mount/caf\xe9',
                'raw_path': '/mount/caf\xe9'.encode(),
                'query_string': b'a=%20b',
                'root_path': '/mount',
                'headers': HTTP_BLOCK['headers'],
                'client': ('127.0.0.1', 50000),
                'server': ('127.0.0.1', 8000),
                'state': {'from lifespan': ['shared']},
                'extensions': {'http.response.early_hint': {}, 'http.response.pathsend': {}, 'http.response.trailers': {}},
                'licorne.request_id': 'req-1',
            },
        )

    def test_nothing_that_an_application_changes_is_seen_by_another_request(self):
        _worker, gateway = self.serving('bare:show')
        first = self.scope(gateway)
        for block in (None, HTTP_BLOCK, None):
            self.assertEqual(self.scope(gateway, block=block), first)

    def test_client_and_server_may_be_none_or_a_path(self):
        _worker, gateway = self.serving('bare:show')
        got = self.scope(gateway, block={**HTTP_BLOCK, 'client': None, 'server': ('/run/app.sock', None)})
        self.assertIsNone(got['client'])
        self.assertEqual(got['server'], ('/run/app.sock', None))


class ReceiveTest(AsgiCase):
    """ASGI receive."""

    def sizes(self, gateway, stream):
        return json.loads(gateway.finish(stream).body)

    def test_a_body_that_came_with_the_request_is_one_message(self):
        _worker, gateway = self.serving('bare:echo')
        self.assertEqual(self.sizes(gateway, gateway.start(method='POST', body=b'x' * 100)), [100])
        self.assertEqual(self.sizes(gateway, gateway.start()), [0])

    def test_what_has_arrived_is_joined_up_to_64_kib(self):
        _worker, gateway = self.serving('bare:echo')
        request = gateway.request_frame(end=False)
        stream = gateway.last
        chunks = [1000] * 100 + [70000, 1, 2]
        request += b''.join(frames.pack_frame(frames.BODY, 0, stream, b'x' * size) for size in chunks)
        gateway.send_raw(request + frames.pack_frame(frames.BODY, frames.END, stream))
        sizes = self.sizes(gateway, stream)
        self.assertEqual(sum(sizes), sum(chunks))
        self.assertLess(len(sizes), 20)
        self.assertLessEqual(max(size for size in sizes if size != 70000), 65536)

    def test_a_body_in_pieces_is_given_as_it_comes(self):
        _worker, gateway = self.serving('bare:mirror')
        stream = gateway.start(end=False)
        for size in (1, 70000, 3):
            gateway.send(frames.BODY, 0, stream, b'x' * size)
            before = len(gateway.answers[stream].body)
            gateway.until(stream, lambda answer, want=before + size: len(answer.body) == want)
        gateway.send(frames.BODY, frames.END, stream, b'last')
        answer = gateway.finish(stream)
        self.assertEqual(answer.body, b'x' * 70004 + b'last')

    def test_the_trailers_of_a_request_end_its_body(self):
        _worker, gateway = self.serving('bare:echo')
        stream = gateway.start(end=False)
        gateway.send(frames.BODY, 0, stream, b'abc')
        gateway.send(frames.TRAILERS, frames.END, stream, b'a\nb')
        self.assertEqual(sum(self.sizes(gateway, stream)), 3)

    def test_credit_comes_back_as_the_application_reads(self):
        _worker, gateway = self.serving('bare:echo')
        stream = gateway.start(end=False)
        total, sent, room = 2000000, 0, frames.STREAM_CREDIT
        while sent < total:
            piece = min(room, 60000, total - sent)
            if piece == 0:
                before = gateway.credits.get(stream, 0)
                gateway.step()
                room += gateway.credits[stream] - before
                continue
            gateway.send(frames.BODY, 0, stream, b'x' * piece)
            sent += piece
            room -= piece
        gateway.send(frames.BODY, frames.END, stream)
        self.assertEqual(sum(self.sizes(gateway, stream)), total)

    def test_an_unread_body_gets_no_credit(self):
        worker, gateway = self.serving('bare:waits')
        path, release = self.path(worker)
        stream = gateway.start(end=False, query=path)
        gateway.send(frames.BODY, 0, stream, b'x' * frames.STREAM_CREDIT)
        self.assertTrue(gateway.quiet())
        release()
        self.assertEqual(gateway.finish(stream).body, b'released')
        self.assertNotIn(stream, gateway.credits)

    def test_bytes_beyond_the_credit_close_the_link(self):
        worker, gateway = self.serving('bare:waits')
        stream = gateway.start(end=False, query='/never')
        gateway.send(frames.BODY, 0, stream, b'x' * frames.STREAM_CREDIT)
        gateway.send(frames.BODY, 0, stream, b'x')
        self.assertIsNone(gateway.next_frame())
        worker.wait_for_log('broke the protocol')
        self.assertEqual(self.link(worker).hello['interface'], 'asgi')

    def test_a_client_that_expects_100_gets_the_first_credit_with_the_first_read(self):
        _worker, gateway = self.serving('bare:echo')
        stream = gateway.start(end=False, flags=frames.EXPECT)
        gateway.step()
        self.assertEqual(gateway.credits[stream], frames.STREAM_CREDIT)
        gateway.send(frames.BODY, frames.END, stream, b'abc')
        self.assertEqual(self.sizes(gateway, stream), [3])

    def test_a_client_that_expects_100_gets_no_credit_when_nobody_reads(self):
        _worker, gateway = self.serving('bare:unread')
        stream = gateway.start(end=False, flags=frames.EXPECT)
        self.assertEqual(gateway.finish(stream).body, b'without the body')
        self.assertNotIn(stream, gateway.credits)

    def test_receive_after_the_response_gives_a_disconnect_to_all_who_wait(self):
        worker, gateway = self.serving('bare:after')
        answer = gateway.finish(gateway.start())
        self.assertEqual(answer.body, b'ok')
        worker.wait_for_log('after: http.disconnect.*after: http.disconnect')
        worker.wait_for_log('beside: http.disconnect')


class SendTest(AsgiCase):
    """ASGI send."""

    def send(self, *messages, query=None):
        """The answer to an application that sends these messages, and its log."""
        worker, gateway = self.serving('bare:sends')
        answer = gateway.finish(gateway.start(query=query or repr(list(messages))))
        return answer, worker

    def test_head_and_whole_body_are_one_frame(self):
        answer, _worker = self.send({**START, 'headers': [(b'a', b'1')]}, BODY)
        self.assertEqual((answer.status, answer.headers, answer.body), ('200 OK', [('a', '1')], b'ok'))
        self.assertEqual([frame[:2] for frame in answer.frames], [(frames.RESPONSE, frames.END)])

    def test_a_body_in_parts_ends_with_one_end(self):
        more = {**BODY, 'more_body': True}
        answer, _worker = self.send(START, more, {**more, 'body': b''}, more, {'type': 'http.response.body'})
        self.assertEqual(answer.body, b'okok')
        self.assertEqual([frame[:2] for frame in answer.frames], [(frames.RESPONSE, 0), (frames.BODY, 0), (frames.BODY, frames.END)])

    def test_send_waits_for_credit_and_for_nothing_else(self):
        worker, gateway = self.serving('bare:big')
        size = frames.STREAM_CREDIT + 50000
        stream = gateway.start(query=str(size))
        gateway.until(stream, lambda answer: len(answer.body) == frames.STREAM_CREDIT, credit=False)
        self.assertTrue(gateway.quiet())
        self.assertNotIn('sent all', worker.log())
        gateway.credit(stream, 49999)
        gateway.until(stream, lambda answer: len(answer.body) == size - 1, credit=False)
        self.assertTrue(gateway.quiet())
        self.assertNotIn('sent all', worker.log())
        gateway.credit(stream, 1000)
        answer = gateway.finish(stream)
        self.assertEqual(answer.body, b'x' * size + b'end')
        self.assertIn('sent all', worker.log())

    def test_one_slow_client_does_not_hold_up_another(self):
        _worker, gateway = self.serving('bare:big')
        slow = gateway.start(query='1000000')
        gateway.until(slow, lambda answer: len(answer.body) == frames.STREAM_CREDIT, credit=False)
        fast = gateway.start(query='100000')
        gateway.until(fast, lambda answer: answer.over(), credit=False)
        gateway.credit(slow, 2000000)
        self.assertEqual(len(gateway.finish(slow).body), 1000003)

    def test_a_head_goes_out_by_itself_when_its_body_takes_long(self):
        worker, gateway = self.serving('bare:stream')
        path, release = self.path(worker)
        stream = gateway.start(query=path)
        gateway.until(stream, lambda answer: answer.status)
        self.assertEqual(gateway.answers[stream].body, b'')
        release()
        self.assertEqual(gateway.finish(stream).body, b'data: 1\n\n')

    def test_early_hints_go_before_the_head_and_are_dropped_after_it(self):
        hint = {'type': 'http.response.early_hint', 'links': [b'</a>; rel=preload', b'</b>']}
        more = {**BODY, 'more_body': True}
        answer, _worker = self.send(hint, START, {**hint, 'links': [b'</c>']}, more, hint, BODY)
        self.assertEqual(
            answer.informs,
            [('103 Early Hints', [('link', '</a>; rel=preload'), ('link', '</b>')]), ('103 Early Hints', [('link', '</c>')])],
        )
        self.assertEqual(answer.body, b'okok')

    def test_trailers_follow_the_body_in_one_frame(self):
        trailers = {'type': 'http.response.trailers', 'headers': [(b'a', b'1')]}
        answer, _worker = self.send(
            {**START, 'trailers': True}, BODY, {**trailers, 'more_trailers': True}, {**trailers, 'headers': [(b'b', b'2')]}
        )
        self.assertEqual((answer.body, answer.trailers), (b'ok', [('a', '1'), ('b', '2')]))
        answer, _worker = self.send({**START, 'trailers': True}, BODY, {'type': 'http.response.trailers'})
        self.assertEqual(answer.trailers, [])

    def test_a_path_is_sent_as_the_body(self):
        import tempfile

        for size in (0, 1, 131072, 400000):
            with tempfile.NamedTemporaryFile() as file:
                file.write(b'x' * size)
                file.flush()
                answer, _worker = self.send(START, {'type': 'http.response.pathsend', 'path': file.name})
                self.assertEqual((answer.status, len(answer.body)), ('200 OK', size))
                answer, _worker = self.send(
                    {**START, 'trailers': True},
                    {'type': 'http.response.pathsend', 'path': file.name},
                    {'type': 'http.response.trailers', 'headers': [(b'a', b'1')]},
                )
                self.assertEqual((len(answer.body), answer.trailers), (size, [('a', '1')]))

    def test_a_path_that_cannot_be_sent_is_an_error_before_the_head(self):
        for path in ('relative', '/no/such/file', '/', None, b'/etc/passwd'):
            answer, worker = self.send(START, {'type': 'http.response.pathsend', 'path': path})
            self.assertIsNone(answer.status)
            self.assertIn('Error', worker.log())

    def test_a_message_out_of_order_is_an_error_that_says_what_was_expected(self):
        for messages, words in (
            ([BODY], "expected 'http.response.start' or 'http.response.early_hint', but the application sent 'http.response.body'"),
            ([START, START], "expected 'http.response.body'"),
            ([{'type': 'websocket.accept'}], "sent 'websocket.accept'"),
            ([{'type': 'http.response.pathsend', 'path': '/etc/passwd'}], "sent 'http.response.pathsend'"),
            ([{**START, 'trailers': True}, BODY, BODY], "expected 'http.response.trailers'"),
        ):
            answer, worker = self.send(*messages)
            self.assertEqual(answer.reset, frames.PROTOCOL_ERROR)
            self.assertIn('InterfaceOrderError', worker.log())
            self.assertIn(words, worker.log())
            self.assertEqual(worker.log().count('Error in the application: GET /?'), 1)

    def test_wrong_values_are_errors_of_the_application(self):
        for query, words in (
            ("[{'type': 'http.response.start', 'status': '200'}]", 'the status must be int'),
            ("[{'type': 'http.response.start', 'status': 200, 'headers': [('a', 'b')]}]", 'must have bytes'),
            ("[{'type': 'http.response.start', 'status': 200, 'headers': [(b'a', b'b\\r\\nc: d')]}]", "the character b'\\r'"),
            ("[{'type': 'http.response.start', 'status': 200}, {'type': 'http.response.body', 'body': 'text'}]", 'body must be bytes, not str'),
            ("[{'type': 'http.response.start', 'status': 200}, {'type': 'http.response.body', 'body': None}]", 'not NoneType'),
            ('[None]', 'send() takes a dict'),
        ):
            answer, worker = self.send(query=query)
            self.assertEqual(answer.reset, frames.PROTOCOL_ERROR)
            self.assertIn(words, worker.log())
            self.assertIsNone(answer.status)

    def test_a_message_after_the_end_is_ignored_with_a_warning(self):
        answer, worker = self.send(START, BODY, BODY, START)
        self.assertEqual(answer.body, b'ok')
        worker.wait_for_log(r'\[WARNING\] A message after the end of the response was ignored: GET /.*ignored')


class EndTest(AsgiCase):
    """How a call ends."""

    def test_an_error_is_logged_once_with_request_line_id_and_traceback(self):
        for path in ('/now', '/head', '/exit', '/awaits'):
            worker, gateway = self.serving('bare:raises')
            answer = gateway.finish(gateway.start(path, query='a=\x1b1', request_id='req-7'))
            self.assertEqual((answer.reset, answer.status), (frames.APP_ERROR, None))
            log = worker.log()
            self.assertEqual(log.count('Error in the application'), 1, log)
            self.assertIn('GET %s?a=\\x1b1 HTTP/1.1 request_id=req-7' % path, log)
            self.assertIn('in raises', log)
            self.assertNotIn('licorne_worker', log)
            self.assertEqual(gateway.finish(gateway.start(path)).reset, frames.APP_ERROR)

    def test_an_error_after_the_head_cuts_the_response_off(self):
        _worker, gateway = self.serving('bare:raises')
        answer = gateway.finish(gateway.start('/late'))
        self.assertEqual((answer.status, answer.body, answer.reset), ('200 OK', b'begun', frames.APP_ERROR))

    def test_an_error_after_the_response_is_only_logged(self):
        worker, gateway = self.serving('bare:raises')
        answer = gateway.finish(gateway.start('/done'))
        self.assertEqual((answer.body, answer.reset), (b'whole', None))
        worker.wait_for_log('Error in the application: GET /done')
        self.assertTrue(gateway.quiet())

    def test_an_application_that_ends_without_a_whole_response_gets_500(self):
        for path, words in (('/', 'no response has begun'), ('/half', 'the body is not complete')):
            worker, gateway = self.serving('bare:silent')
            answer = gateway.finish(gateway.start(path, request_id='req-9'))
            self.assertEqual(answer.reset, frames.APP_ERROR)
            worker.wait_for_log(r'\[ERROR\] The application ended, but %s: GET %s HTTP/1.1 request_id=req-9' % (words, path))

    def test_the_application_may_go_on_after_the_response(self):
        worker, gateway = self.serving('bare:background')
        path, release = self.path(worker)
        answer = gateway.finish(gateway.start(query=path))
        self.assertEqual((answer.body, answer.end_flags), (b'at once', frames.END))
        worker.tell({'type': 'stop'})
        release()
        self.assertEqual(worker.exit_code(), 0)
        self.assertIn('background done', worker.log())

    def test_an_error_in_a_task_of_the_application_is_logged_once(self):
        worker, gateway = self.serving('bare:leaves_a_task')
        self.assertEqual(gateway.finish(gateway.start()).body, b'ok')
        worker.wait_for_log('ValueError: in a task of its own')
        self.assertEqual(worker.log().count('in a task of its own'), 1 + worker.log().count("raise ValueError('in a task of its own')"))


class DisconnectTest(AsgiCase):
    """The client leaves."""

    def leave(self, app, path='/', wait='waiting'):
        worker, gateway = self.serving(app)
        stream = gateway.start(path)
        worker.wait_for_log(wait)
        gateway.send(frames.RESET, 0, stream, bytes([frames.CLIENT_GONE]))
        return worker, gateway, gateway.finish(stream)

    def test_whoever_waits_in_receive_is_told_at_once_and_send_is_ignored(self):
        worker, _gateway, answer = self.leave('bare:disconnects')
        self.assertEqual((answer.reset, answer.status), (frames.CLIENT_GONE, None))
        worker.wait_for_log('told http.disconnect.*send came back')
        self.assertNotIn('ERROR', worker.log())

    def test_a_listener_can_cancel_who_sends(self):
        worker, gateway = self.serving('bare:listens_and_sends')
        stream = gateway.start()
        gateway.until(stream, lambda answer: len(answer.body) > 10000)
        gateway.send(frames.RESET, 0, stream, bytes([frames.CLIENT_GONE]))
        self.assertEqual(gateway.finish(stream).reset, frames.CLIENT_GONE)
        worker.wait_for_log('cancelled the sender')
        self.assertNotIn('ERROR', worker.log())

    def test_a_sender_without_credit_wakes_up(self):
        worker, gateway = self.serving('bare:endless')
        stream = gateway.start()
        gateway.until(stream, lambda answer: len(answer.body) > frames.STREAM_CREDIT - 1000, credit=False)
        gateway.send(frames.RESET, 0, stream, bytes([frames.CLIENT_GONE]))
        self.assertEqual(gateway.finish(stream).reset, frames.CLIENT_GONE)
        worker.wait_for_log(r'told by ClientDisconnected.*\[DEBUG\] The client has gone: GET /')

    def test_an_endless_response_ends_with_the_link(self):
        worker, gateway = self.serving('bare:endless')
        stream = gateway.start()
        gateway.until(stream, lambda answer: len(answer.body) > 10000)
        gateway.close()
        worker.wait_for_log(r'told by ClientDisconnected')
        self.assertEqual(self.link(worker).hello['interface'], 'asgi')
        self.stopped(worker)

    def test_what_a_framework_raises_about_it_is_no_error_and_all_else_is(self):
        worker, _gateway, _answer = self.leave('bare:framework', '/disconnect')
        worker.wait_for_log(r'\[DEBUG\] The client has gone: GET /disconnect')
        self.assertNotIn('ERROR', worker.log())
        worker, _gateway, _answer = self.leave('bare:framework', '/error')
        worker.wait_for_log(r'\[ERROR\] Error in the application: GET /error.*a real one')

    def test_a_request_whose_client_has_gone_is_not_started(self):
        worker, gateway = self.serving('bare:eager')
        request = gateway.request_frame('/gone')
        gateway.send_raw(request + frames.pack_frame(frames.RESET, 0, gateway.last, bytes([frames.CLIENT_GONE])))
        self.assertEqual(gateway.finish(gateway.last).reset, frames.CLIENT_GONE)
        self.assertEqual(gateway.finish(gateway.start()).body, b'1')


class TaskTest(AsgiCase):
    """Requests as tasks."""

    def test_requests_of_one_link_run_at_the_same_time(self):
        worker, gateway = self.serving('bare:waits')
        path, release = self.path(worker)
        streams = [gateway.start(query=path) for _ in range(50)]
        worker.wait_for_log(r'(?:waiting\n){50}')
        release()
        for stream in streams:
            self.assertEqual(gateway.finish(stream).body, b'released')

    def test_every_request_has_a_context_of_its_own_and_none_has_the_lifespans(self):
        for app in ('bare:contexts', 'bare:lifespan_context'):
            _worker, gateway = self.serving(app)
            second = self.link(_worker)
            streams = [(link, path, link.start(path)) for path in ('/a', '/b', '/c') for link in (gateway, second)]
            for link, path, stream in streams:
                self.assertEqual(link.finish(stream).body.decode(), 'unset then %s' % path)

    @unittest.skipIf(sys.version_info < (3, 12), 'tasks start eagerly from Python 3.12 on')
    def test_an_answer_without_waiting_is_given_within_the_read(self):
        _worker, gateway = self.serving('bare:eager')
        streams = []
        data = b''
        for _request in range(20):
            data += gateway.request_frame()
            streams.append(gateway.last)
        gateway.send_raw(data)
        received = gateway.socket.recv(262144)
        self.assertEqual(received.count(b'200 OK'), 20)

    def test_many_requests_in_one_read_are_all_answered(self):
        _worker, gateway = self.serving('bare:eager')
        data = b''.join(gateway.request_frame(block=HTTP_BLOCK if i == 0 else None) for i in range(1000))
        gateway.send_raw(data)
        bodies = [gateway.finish(stream).body for stream in range(1, 1001)]
        self.assertEqual(bodies, [b'%d' % (i + 1) for i in range(1000)])

    def test_a_process_that_the_application_forks_leaves_our_sockets_alone(self):
        worker, gateway = self.serving('bare:forks')
        for _time in range(3):
            self.assertEqual(gateway.finish(gateway.start()).body, b'the child exited with 0')
        self.assertEqual(self.link(worker).hello['interface'], 'asgi')

    def test_dump_names_every_task_with_its_request_and_its_stack(self):
        worker, gateway = self.serving('bare:waits')
        gateway.start(query='/never', request_id='req-77')
        worker.wait_for_log('waiting')
        worker.tell({'type': 'dump'})
        worker.wait_for_log(r'Stacks of all threads.*Task .*request_id=req-77.* in waits.* in released')

    def test_dump_names_the_request_that_holds_up_the_loop(self):
        worker, gateway = self.serving('bare:blocks')
        path, release = self.path(worker)
        stream = gateway.start(query=path, request_id='req-78')
        worker.wait_for_log('blocking')
        worker.tell({'type': 'dump'})
        worker.wait_for_log(r'Stacks of all threads.* in blocks.*request_id=req-78')
        release()
        self.assertEqual(gateway.finish(stream).body, b'released')

    def test_sigterm_is_answered_while_the_loop_is_held_up(self):
        worker, gateway = self.serving('bare:blocks')
        path, release = self.path(worker)
        stream = gateway.start(query=path)
        worker.wait_for_log('blocking')
        worker.process.send_signal(signal.SIGTERM)
        self.assertEqual(worker.hear(), {'type': 'leaving', 'reason': 'signal'})
        release()
        self.assertEqual(gateway.finish(stream).body, b'released')


class BreachTest(AsgiCase):
    """Gateways that break the wire lose their link and nothing else."""

    def test_frames_that_do_not_belong_close_the_link(self):
        for kind, payload in (
            (frames.MESSAGE, b''),
            (frames.CLOSE, b'\0\0'),
            (frames.CREDIT, b''),
            (frames.RESPONSE, b''),
            (frames.DONE, b''),
        ):
            worker, gateway = self.serving('bare:waits')
            stream = gateway.start(query='/never')
            gateway.send(kind, 0, stream, payload)
            self.assertIsNone(gateway.next_frame())
            worker.wait_for_log('broke the protocol')
            self.assertTrue(self.link(worker).hello)

    def test_a_block_without_what_a_scope_needs_closes_the_link(self):
        for block in ({}, {'type': 'lifespan', 'headers': []}, {**HTTP_BLOCK, 'headers': None}):
            worker, gateway = self.serving('bare')
            gateway.start(block=block)
            self.assertIsNone(gateway.next_frame())
            worker.wait_for_log('not the part of a scope')


on_every_loop(globals(), ScopeTest, ReceiveTest, SendTest, EndTest, DisconnectTest, TaskTest)

if __name__ == '__main__':
    unittest.main()
