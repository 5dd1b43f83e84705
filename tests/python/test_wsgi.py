"""PEP 3333, as a real worker keeps it."""

import ast
import os
import struct
import unittest

from harness import WorkerCase, frames


class EnvironTest(WorkerCase):
    """What the application is given."""

    def test_environ_has_every_key_with_its_type_and_passes_the_validator(self):
        _worker, gateway = self.serving('apps:valid_environ')
        answer = gateway.get('/caf\xc3\xa9', query='a=%20b', method='GET')
        lines = dict(line.split('=', 1) for line in answer.body.decode().split('\n'))
        for key, value in {
            'REQUEST_METHOD': "str:'GET'",
            'SCRIPT_NAME': "str:''",
            'PATH_INFO': "str:'/caf\xc3\xa9'",
            'QUERY_STRING': "str:'a=%20b'",
            'RAW_URI': "str:'/caf\xc3\xa9?a=%20b'",
            'REQUEST_URI': "str:'/caf\xc3\xa9?a=%20b'",
            'SERVER_NAME': "str:'localhost'",
            'SERVER_PORT': "str:'8000'",
            'SERVER_PROTOCOL': "str:'HTTP/1.1'",
            'SERVER_SOFTWARE': "str:'licorne'",
            'HTTP_HOST': "str:'localhost:8000'",
            'wsgi.version': 'tuple:(1, 0)',
            'wsgi.url_scheme': "str:'http'",
            'wsgi.multithread': 'bool:False',
            'wsgi.multiprocess': 'bool:False',
            'wsgi.run_once': 'bool:False',
            'wsgi.input_terminated': 'bool:True',
            'licorne.request_id': "str:'req-1'",
        }.items():
            self.assertEqual(lines[key], value)
        self.assertIn('FileWrapper', lines['wsgi.file_wrapper'])
        self.assertIn('early_hints', lines['wsgi.early_hints'])

    def test_multithread_and_multiprocess_tell_the_truth(self):
        _worker, gateway = self.serving('apps:environ_app', threads=2, multiprocess=True)
        body = gateway.get('/').body
        self.assertIn(b'wsgi.multithread=bool:True', body)
        self.assertIn(b'wsgi.multiprocess=bool:True', body)
        self.assertEqual(gateway.hello['threads'], 2)

    def test_a_slot_is_used_again_and_the_application_cannot_change_it(self):
        _worker, gateway = self.serving('apps:environ_app')
        gateway.get('/', slot=5, HTTP_ONE='1')
        gateway.get('/', slot=1023, HTTP_TWO='2')
        again = gateway.get('/', slot=5, block=None).body
        self.assertIn(b"HTTP_ONE=str:'1'", again)
        self.assertNotIn(b'HTTP_TWO', again)

    def test_extra_overrides_the_block_for_one_request(self):
        _worker, gateway = self.serving('apps:environ_app')
        first = gateway.get('/', body=b'x', extra={'CONTENT_LENGTH': '1'}).body
        second = gateway.get('/', block=None).body
        self.assertIn(b"CONTENT_LENGTH=str:'1'", first)
        self.assertNotIn(b'CONTENT_LENGTH', second)


class InputTest(WorkerCase):
    """wsgi.input."""

    BODY = b'one\ntwo two\n\nlast without an end'

    def expected(self, how):
        if how == 'readline':
            return b'one\n|two t|wo\n|\n|last |witho|ut an| end'
        if how in ('lines', 'readlines'):
            return b'one\n|two two\n|\n|last without an end' if how == 'lines' else b'one\n'
        return self.BODY

    def test_every_way_to_read_works_on_a_body_that_came_with_the_request(self):
        _worker, gateway = self.serving('apps:valid_echo')
        for how in ('read', 'sizes', 'lines', 'readline', 'readlines', 'once'):
            answer = gateway.get('/', query=how, method='POST', body=self.BODY, CONTENT_LENGTH=str(len(self.BODY)))
            self.assertEqual(answer.body, self.expected(how), how)

    def test_every_way_to_read_works_on_a_body_that_arrives_in_pieces(self):
        _worker, gateway = self.serving('apps:valid_echo')
        for how in ('read', 'sizes', 'lines', 'readline', 'readlines', 'once'):
            stream = gateway.request('/', query=how, method='POST', end=False)
            for at in range(0, len(self.BODY), 5):
                gateway.send(frames.BODY, 0, stream, self.BODY[at : at + 5])
            gateway.send(frames.BODY, frames.END, stream)
            self.assertEqual(gateway.finish(stream).body, self.expected(how), how)

    def test_no_body_reads_as_empty(self):
        _worker, gateway = self.serving('apps:valid_echo')
        self.assertEqual(gateway.get('/', query='read').body, b'')

    def test_a_client_that_expects_100_gets_the_first_credit_with_the_first_read(self):
        _worker, gateway = self.serving('apps:valid_echo')
        request = bytearray(gateway.request_frame('/', query='read', method='POST', end=False))
        # The flags of the frame's header.
        request[9] |= frames.EXPECT
        gateway.send_raw(bytes(request))
        gateway.step()
        self.assertEqual(gateway.credits[gateway.last], frames.STREAM_CREDIT)
        gateway.send(frames.BODY, frames.END, gateway.last, self.BODY)
        self.assertEqual(gateway.finish(gateway.last).body, self.BODY)

    def test_credit_comes_back_as_the_application_reads(self):
        _worker, gateway = self.serving('apps:upload_then')
        total = 3000000
        stream = gateway.request('/', method='POST', end=False)
        sent, room = 0, frames.STREAM_CREDIT
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
        self.assertEqual(gateway.finish(stream).body, b'3000000')
        self.assertLessEqual(gateway.credits[stream], total)

    def test_a_worker_that_does_not_read_gives_no_credit(self):
        worker, gateway = self.serving('apps:stays')
        path = os.path.join(worker.run_dir, 'go')
        stream = gateway.request('/', query=path, method='POST', end=False)
        gateway.send(frames.BODY, 0, stream, b'x' * 100000)
        self.assertTrue(gateway.quiet())
        open(path, 'w').close()
        self.assertEqual(gateway.finish(stream).body, b'hello')
        self.assertNotIn(stream, gateway.credits)

    def test_what_arrives_after_the_end_of_the_response_is_ignored(self):
        _worker, gateway = self.serving('apps:ignores_body')
        stream = gateway.request('/', method='POST', end=False)
        self.assertEqual(gateway.finish(stream).body, b'not read')
        gateway.send(frames.BODY, 0, stream, b'x' * 1000)
        gateway.send(frames.CREDIT, 0, stream, struct.pack('<I', 10))
        gateway.send(frames.BODY, frames.END, stream)
        gateway.send(frames.RESET, 0, stream, b'\x02')
        self.assertEqual(gateway.get('/').body, b'not read')

    def test_reading_from_a_client_that_has_gone_raises_a_connection_error(self):
        worker, gateway = self.serving('apps:reads_gone')
        stream = gateway.request('/', method='POST', end=False)
        gateway.send(frames.BODY, 0, stream, b'part')
        worker.wait_for_log('reading')
        gateway.send(frames.RESET, 0, stream, b'\x02')
        self.assertEqual(gateway.finish(stream).reset, frames.CLIENT_GONE)
        self.assertIn('read raised ClientDisconnected True', worker.log())
        self.assertNotIn('Traceback', worker.log())
        self.assertEqual(gateway.get('/').body, b'hello')


class ResponseTest(WorkerCase):
    """start_response, write and the result."""

    def test_a_list_is_one_frame_with_end(self):
        _worker, gateway = self.serving('apps:hello')
        answer = gateway.get('/')
        self.assertEqual(answer.status, '200 OK')
        self.assertEqual(answer.headers, [('Content-Type', 'text/plain'), ('Content-Length', '5')])
        self.assertEqual([(kind, flags) for kind, flags, _ in answer.frames], [(frames.RESPONSE, frames.END)])

    def test_a_generator_is_flushed_as_it_yields_and_empty_chunks_are_no_frames(self):
        _worker, gateway = self.serving('apps:valid_generator')
        answer = gateway.get('/')
        self.assertEqual(answer.body, b'onetwo')
        kinds = [(kind, flags) for kind, flags, _ in answer.frames]
        self.assertEqual(
            kinds, [(frames.RESPONSE, 0), (frames.BODY, 0), (frames.BODY, frames.END | frames.BUSY), (frames.DONE, 0)]
        )

    def test_a_chunk_is_on_its_way_before_the_next_is_asked_for(self):
        worker, gateway = self.serving('apps:paced')
        path = os.path.join(worker.run_dir, 'go')
        stream = gateway.request('/', query=path)
        gateway.step()
        self.assertEqual(gateway.answers[stream].body, b'first')
        open(path, 'w').close()
        self.assertEqual(gateway.finish(stream).body, b'firstsecond')

    def test_start_response_may_be_called_at_the_first_chunk(self):
        _worker, gateway = self.serving('apps:late_start')
        self.assertEqual(gateway.get('/').body, b'late')

    def test_write_sends_before_the_iterable(self):
        _worker, gateway = self.serving('apps:valid_writes')
        answer = gateway.get('/')
        self.assertEqual(answer.body, b'written twice, then returned')
        self.assertEqual(answer.frames[0], (frames.RESPONSE, 0, answer.frames[0][2]))

    def test_a_class_can_be_the_application(self):
        _worker, gateway = self.serving('apps:ClassApp')
        self.assertEqual(gateway.get('/').body, b'a class')

    def test_a_large_response_waits_for_credit(self):
        _worker, gateway = self.serving('apps:big_list')
        stream = gateway.request('/')
        while len(gateway.answers[stream].body) < frames.STREAM_CREDIT:
            gateway.step(credit=False)
        self.assertTrue(gateway.quiet())
        self.assertEqual(len(gateway.answers[stream].body), frames.STREAM_CREDIT)
        gateway.send(frames.CREDIT, 0, stream, struct.pack('<I', 1000000))
        self.assertEqual(gateway.finish(stream).body, b'a' * 200000 + b'b' * 200000 + b'c' * 200000)

    def test_one_chunk_beyond_the_credit_is_cut_into_frames(self):
        _worker, gateway = self.serving('apps:big_chunk')
        answer = gateway.get('/')
        self.assertEqual(answer.body, bytes(bytearray(range(256))) * 8192)
        self.assertLessEqual(max(size for _, _, size in answer.frames), frames.FRAME_BYTES_MAX)

    def test_close_is_called_in_the_same_thread_and_the_end_comes_with_the_last_promised_byte(self):
        worker, gateway = self.serving('apps:valid_with_close')
        answer = gateway.get('/')
        self.assertEqual(answer.body, b'abcdef')
        last = [(kind, flags) for kind, flags, _ in answer.frames[-2:]]
        self.assertEqual(last, [(frames.BODY, frames.END | frames.BUSY), (frames.DONE, 0)])
        self.assertIn('closed in the same thread: True', worker.log())

    def test_the_client_need_not_wait_for_close(self):
        worker, gateway = self.serving('apps:slow_close')
        path = os.path.join(worker.run_dir, 'go')
        stream = gateway.request('/', query=path)
        answer = gateway.answers[stream]
        while answer.end_flags is None:
            gateway.step()
        self.assertEqual(answer.end_flags, frames.END | frames.BUSY)
        self.assertFalse(answer.done)
        open(path, 'w').close()
        self.assertTrue(gateway.finish(stream).done)
        self.assertIn('close has returned', worker.log())

    def test_an_error_in_close_is_logged_and_the_thread_goes_on(self):
        worker, gateway = self.serving('apps:close_raises')
        self.assertTrue(gateway.get('/').done)
        self.assertEqual(gateway.get('/').body, b'all')
        self.assertIn("KeyError: 'from close'", worker.log())

    def test_an_iterable_that_gives_more_than_its_length_is_stopped(self):
        worker, gateway = self.serving('apps:over_length')
        self.assertEqual(gateway.get('/').body, b'xxx')
        self.assertIn('more than its Content-Length', worker.log())

    def test_early_hints_are_informs_before_the_response(self):
        _worker, gateway = self.serving('apps:valid_early_hints')
        answer = gateway.get('/')
        links = [(status, headers[0][1]) for status, headers in answer.informs]
        self.assertEqual(
            links,
            [('103 Early Hints', '</style.css>; rel=preload'), ('103 Early Hints', '</script.js>; rel=preload')],
        )
        self.assertEqual(answer.body, b'page')

    def test_file_wrapper_reads_in_blocks_and_closes_the_file(self):
        worker, gateway = self.serving('apps:valid_file_wrapper')
        answer = gateway.get('/')
        self.assertEqual(answer.body, b'0123456789' * 10)
        self.assertEqual(len([kind for kind, _, _ in answer.frames if kind in (frames.RESPONSE, frames.BODY)]), 5)
        self.assertIn('the file was closed', worker.log())

    def test_exc_info_before_the_head_replaces_it(self):
        _worker, gateway = self.serving('apps:valid_exc_info_before')
        answer = gateway.get('/')
        self.assertEqual((answer.status, answer.body), ('500 Oops', b'an error page'))
        self.assertEqual(answer.headers, [('Content-Type', 'text/html')])

    def test_exc_info_after_the_head_raises_the_error_again(self):
        worker, gateway = self.serving('apps:exc_info_after')
        answer = gateway.get('/')
        self.assertEqual((answer.status, answer.body, answer.reset), ('200 OK', b'begun', frames.APP_ERROR))
        self.assertIn('ValueError: raised again', worker.log())

    def test_every_mistake_with_start_response_raises_the_right_error_in_the_application(self):
        _worker, gateway = self.serving('apps:mistakes')
        for path, name in {
            '/twice': 'AssertionError',
            '/status-type': 'TypeError',
            '/status-bytes': 'TypeError',
            '/status-short': 'ValueError',
            '/status-word': 'ValueError',
            '/status-line': 'ValueError',
            '/headers-tuple': 'TypeError',
            '/header-list': 'TypeError',
            '/header-three': 'TypeError',
            '/name-bytes': 'TypeError',
            '/value-int': 'TypeError',
            '/value-line': 'ValueError',
            '/value-feed': 'ValueError',
            '/name-feed': 'ValueError',
            '/value-nul': 'ValueError',
            '/value-wide': 'ValueError',
            '/huge': 'ValueError',
            '/write-text': 'TypeError',
            '/hints-bad': 'ValueError',
        }.items():
            answer = gateway.get(path)
            self.assertEqual((answer.status, answer.body), ('200 OK', name.encode()), path)

    def test_a_result_that_breaks_the_rules_is_a_protocol_error(self):
        for target, words in {
            'apps:no_start': 'before it called start_response',
            'apps:no_start_empty': 'before it called start_response',
            'apps:none': 'not None',
            'apps:yields_text': 'bytes, not str',
            'apps:returns_text_list': 'bytes, not str',
        }.items():
            worker, gateway = self.serving(target)
            answer = gateway.get('/')
            self.assertEqual((answer.status, answer.reset), (None, frames.PROTOCOL_ERROR), target)
            self.assertIn(words, worker.log())


class ErrorTest(WorkerCase):
    """An application that fails."""

    def test_an_error_before_the_head_is_a_reset_and_a_traceback_with_request_line_and_id(self):
        worker, gateway = self.serving('apps:raises')
        answer = gateway.get('/pa\x1bth', query='q=1', request_id='abc-7')
        self.assertEqual((answer.status, answer.reset), (None, frames.APP_ERROR))
        log = worker.log()
        self.assertRegex(
            log,
            r'\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}\] \[\d+\] \[ERROR\] '
            r'Error in the application: GET /pa\\x1bth\?q=1 HTTP/1\.1 request_id=abc-7\nTraceback',
        )
        self.assertIn('ValueError: an error of the application', log)
        self.assertNotIn('licorne_worker', log)
        self.assertEqual(gateway.get('/').reset, frames.APP_ERROR)

    def test_an_error_after_the_head_is_a_reset(self):
        worker, gateway = self.serving('apps:raises_late')
        answer = gateway.get('/')
        self.assertEqual((answer.status, answer.body, answer.reset), ('200 OK', b'some', frames.APP_ERROR))
        self.assertIn('after the head', worker.log())

    def test_close_is_called_after_an_error_too(self):
        worker, gateway = self.serving('apps:raises_in_iterable')
        self.assertEqual(gateway.get('/').reset, frames.APP_ERROR)
        self.assertIn('closed after the error', worker.log())

    def test_an_application_cannot_end_the_worker_by_raising(self):
        for threads in (1, 2):
            worker, gateway = self.serving('apps:exits', threads=threads)
            for path in ('/exit', '/interrupt', '/generator', '/exit'):
                self.assertEqual(gateway.get(path).reset, frames.APP_ERROR)
            self.assertEqual(gateway.get('/').body, b'hello')
            self.assertIn('SystemExit: from the application', worker.log())

    def test_json_logs_are_one_object_a_line(self):
        import json

        worker, gateway = self.serving('apps:raises', log_format='json')
        gateway.get('/x', request_id='abc-7')
        entry = json.loads(worker.log().strip())
        self.assertEqual((entry['level'], entry['request_id']), ('error', 'abc-7'))
        self.assertEqual(entry['message'], 'Error in the application: GET /x HTTP/1.1')
        self.assertEqual(entry['pid'], worker.process.pid)
        self.assertRegex(entry['time'], r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d$')
        self.assertTrue(entry['traceback'].startswith('Traceback'))

    def test_what_wsgi_errors_is_given_at_once_is_one_entry_with_the_request_id(self):
        worker, gateway = self.serving('apps:valid_errors')
        gateway.get('/', request_id='abc-7')
        gateway.get('/', request_id='abc-8')
        lines = [line.split('[APP] ')[1] for line in worker.log().splitlines()]
        words = ['first line', 'second line', 'third', 'unfinished', 'left over']
        self.assertEqual(lines[:5], ['%s request_id=abc-7' % word for word in words])
        self.assertEqual(lines[5], 'first line request_id=abc-8')


class GoneTest(WorkerCase):
    """A client that leaves."""

    def read_some_then_leave(self, gateway, stream):
        while len(gateway.answers[stream].body) < 5000:
            gateway.step()
        gateway.send(frames.RESET, 0, stream, b'\x02')
        return gateway.finish(stream)

    def test_an_endless_response_ends_and_is_closed(self):
        for threads in (1, 3):
            worker, gateway = self.serving('apps:endless', threads=threads)
            answer = self.read_some_then_leave(gateway, gateway.request('/'))
            self.assertEqual(answer.reset, frames.CLIENT_GONE)
            self.assertIn('endless was closed', worker.log())
            self.assertNotIn('Traceback', worker.log())

    def test_write_raises_once_the_client_has_gone(self):
        worker, gateway = self.serving('apps:endless_write')
        answer = self.read_some_then_leave(gateway, gateway.request('/'))
        self.assertEqual(answer.reset, frames.CLIENT_GONE)
        self.assertIn('endless_write has ended', worker.log())
        self.assertNotIn('Traceback', worker.log())

    def test_a_response_that_waits_for_credit_ends_too(self):
        worker, gateway = self.serving('apps:endless')
        stream = gateway.request('/')
        while len(gateway.answers[stream].body) < frames.STREAM_CREDIT:
            gateway.step(credit=False)
        gateway.send(frames.RESET, 0, stream, b'\x02')
        self.assertEqual(gateway.finish(stream).reset, frames.CLIENT_GONE)
        self.assertIn('endless was closed', worker.log())

    def test_a_gateway_that_dies_ends_its_streams_and_no_others(self):
        worker, gateway = self.serving('apps:endless', threads=2)
        other = worker.gateway()
        self.addCleanup(other.close)
        stream = other.request('/')
        other.step()
        gateway.request('/')
        gateway.step()
        gateway.close()
        worker.wait_for_log('endless was closed')
        self.assertEqual(self.read_some_then_leave(other, stream).reset, frames.CLIENT_GONE)

    def test_a_request_whose_client_left_while_it_was_queued_is_never_run(self):
        worker, gateway = self.serving('apps:stays')
        path = os.path.join(worker.run_dir, 'go')
        gateway.send_raw(gateway.request_frame('/', query=path) + gateway.request_frame('/', query='/never/exists'))
        worker.wait_for_log('waiting')
        gateway.send(frames.RESET, 0, 2, b'\x02')
        third = gateway.request('/', query=path)
        open(path, 'w').close()
        self.assertEqual(gateway.finish(1).body, b'hello')
        # Both orders are right: the RESET may be read before or after the second request's turn.
        self.assertEqual(gateway.finish(2).reset, frames.CLIENT_GONE)
        self.assertEqual(gateway.finish(third).body, b'hello')
        self.assertEqual(worker.log().count('waiting'), 2)


class ThreadsTest(WorkerCase):
    """Leader and followers."""

    def test_two_requests_run_at_once_in_two_threads(self):
        _worker, gateway = self.serving('apps:wait_for_peer', threads=2)
        gateway.send_raw(gateway.request_frame() + gateway.request_frame())
        names = {gateway.finish(1).body, gateway.finish(2).body}
        self.assertEqual(names, {b'MainThread', b'licorne-1'})

    def test_a_request_that_comes_while_the_leader_runs_another_is_read_by_a_follower(self):
        _worker, gateway = self.serving('apps:wait_for_peer', threads=3)
        for _round in range(20):
            first = gateway.request('/')
            second = gateway.request('/')
            self.assertTrue(gateway.finish(first).body)
            self.assertTrue(gateway.finish(second).body)

    def test_requests_beyond_the_threads_wait_and_keep_their_order(self):
        _worker, gateway = self.serving('apps:hello')
        gateway.send_raw(b''.join(gateway.request_frame() for _ in range(50)))
        order = []
        while len(order) < 50:
            stream = gateway.step()
            if gateway.answers[stream].over():
                order.append(stream)
        self.assertEqual(order, list(range(1, 51)))

    def test_several_gateways_are_served(self):
        worker, gateway = self.serving('apps:hello', threads=2)
        others = [worker.gateway() for _ in range(3)]
        for other in others:
            self.addCleanup(other.close)
        for _round in range(10):
            for link in [gateway, *others]:
                link.request('/')
            for link in [gateway, *others]:
                self.assertEqual(link.finish(link.last).body, b'hello')

    def test_uploads_and_downloads_at_once_all_end(self):
        for threads in (1, 2, 4):
            worker, gateway = self.serving('apps:upload_then', threads=threads)
            streams = [gateway.request('/', method='POST', end=False) for _ in range(8)]
            for _round in range(6):
                for stream in streams:
                    gateway.send(frames.BODY, 0, stream, b'x' * 30000)
            for stream in reversed(streams):
                gateway.send(frames.BODY, frames.END, stream)
            for stream in streams:
                self.assertEqual(gateway.finish(stream).body, b'180000', worker.log())


class RulesTest(WorkerCase):
    """A gateway that breaks the rules of the wire loses its link, and nobody else does."""

    def broken(self, *send):
        worker, gateway = self.serving('apps:upload_then')
        bad = worker.gateway()
        self.addCleanup(bad.close)
        for data in send:
            bad.send_raw(data)
        while bad.next_frame() is not None:
            pass
        self.assertEqual(gateway.get('/').body, b'0')
        worker.wait_for_log('broke the protocol')

    def request(self, value, number=1, flags=frames.END, slot=0):
        import marshal

        return frames.pack_frame(frames.REQUEST, flags, number, struct.pack('<H', slot) + marshal.dumps(value, 2))

    FULL = ('GET', '/', '', '/', 'id', None, None, {'SERVER_PROTOCOL': 'HTTP/1.1'})

    def test_unknown_frame_type(self):
        self.broken(frames.pack_header(14, 0, 1, 0))

    def test_frame_over_the_limit(self):
        self.broken(frames.pack_header(frames.BODY, 0, 1, frames.FRAME_BYTES_MAX + 1))

    def test_empty_slot(self):
        self.broken(self.request(self.FULL[:7], slot=9))

    def test_slot_out_of_range(self):
        self.broken(self.request(self.FULL, flags=frames.END | frames.BLOCK, slot=frames.BLOCK_SLOTS))

    def test_tuple_of_the_wrong_length(self):
        self.broken(self.request(self.FULL, flags=frames.END))

    def test_block_that_is_not_a_dict(self):
        self.broken(self.request(self.FULL[:7] + (1,), flags=frames.END | frames.BLOCK))

    def test_marshal_that_is_cut_off(self):
        whole = self.request(self.FULL, flags=frames.END | frames.BLOCK)
        payload = whole[frames.FRAME_HEADER_BYTES : -3]
        self.broken(frames.pack_frame(frames.REQUEST, frames.END | frames.BLOCK, 1, payload))

    def test_stream_number_used_twice(self):
        one = self.request(self.FULL, flags=frames.END | frames.BLOCK)
        self.broken(one, one)

    def test_stream_zero(self):
        self.broken(self.request(self.FULL, number=0, flags=frames.END | frames.BLOCK))

    def test_body_on_a_stream_that_was_never_opened(self):
        self.broken(frames.pack_frame(frames.BODY, 0, 7, b'x'))

    def test_body_after_end(self):
        start = self.request(self.FULL, flags=frames.BLOCK)
        body = frames.pack_frame(frames.BODY, frames.END, 1, b'x')
        self.broken(start + body + body)

    def test_body_beyond_the_credit(self):
        start = self.request(self.FULL, flags=frames.BLOCK)
        piece = frames.pack_frame(frames.BODY, 0, 1, b'x' * (frames.STREAM_CREDIT + 1))
        self.broken(start + piece)

    def test_whole_body_without_end(self):
        self.broken(self.request(self.FULL[:5] + (b'x',) + self.FULL[6:], flags=frames.BLOCK))

    def test_a_first_frame_that_is_no_hello(self):
        from harness import Gateway

        worker, _gateway = self.serving('apps:hello')
        for data in (frames.pack_frame(frames.CREDIT, 0, 0), frames.pack_frame(frames.HELLO, 0, 0, b'{"protocol":1}')):
            bad = Gateway(worker.path, hello=False)
            self.addCleanup(bad.close)
            bad.send_raw(data)
            while bad.next_frame() is not None:
                pass

    def test_stream_numbers_go_round(self):
        _worker, gateway = self.serving('apps:hello')
        for number in (0x70000000, 0xE0000000, 0xFFFFFFFF, 1, 2):
            gateway.last = number - 1
            self.assertEqual(gateway.get('/').body, b'hello')


class PathTest(WorkerCase):
    """What the application finds around it."""

    def test_the_project_is_first_on_the_path_and_the_bridge_is_not_on_it(self):
        from harness import BRIDGE, TESTS

        _worker, gateway = self.serving('apps:python_path', pythonpath=['/some/where'])
        path, argv, folder = ast.literal_eval(gateway.get('/').body.decode())
        self.assertEqual(path[:2], [TESTS, '/some/where'])
        self.assertNotIn(BRIDGE, path)
        self.assertNotIn('', path)
        self.assertEqual(argv, ['apps:python_path'])
        self.assertEqual(folder, TESTS)

    def test_a_child_that_the_application_forks_is_no_worker(self):
        worker, gateway = self.serving('apps:forks')
        self.assertEqual(gateway.get('/').body, b'signal 15')
        self.assertEqual(gateway.get('/').body, b'signal 15')
        worker.control.setblocking(False)
        with self.assertRaises(BlockingIOError):
            worker.control.recv(100)


if __name__ == '__main__':
    unittest.main()
