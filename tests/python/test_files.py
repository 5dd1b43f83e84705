"""Files that the gateway sends in the place of a body."""

import gzip
import os
import shutil
import tempfile
import unittest

from asgi_harness import AsgiCase
from harness import WorkerCase, frames

CONTENT = b'0123456789'
START = {'type': 'http.response.start', 'status': 200}


class FolderCase(WorkerCase):
    """A test with a file."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='licorne-files-')
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.name = os.path.join(os.path.realpath(self.folder), 'caf\xe9 1.txt')
        with open(self.name, 'wb') as file:
            file.write(CONTENT)


class WrapperTest(FolderCase):
    """wsgi.file_wrapper."""

    def ask(self, query, target='file_apps:app', method='GET', **headers):
        _worker, gateway = self.serving(target)
        return gateway.get('/', query=query, method=method, HTTP_X_FILE=self.name, **headers)

    def test_a_file_is_named_with_all_that_is_known_of_it(self):
        status = os.stat(self.name)
        answer = self.ask('plain')
        self.assertEqual((answer.status, answer.headers), ('200 OK', [('Content-Type', 'text/plain')]))
        self.assertEqual(
            answer.file, (self.name, 0, 10, status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size)
        )
        self.assertEqual([frame[0] for frame in answer.frames], [frames.FILE, frames.DONE])

    def test_whatever_reads_from_a_file_on_the_disk_is_sent_by_the_gateway(self):
        for how, offset in (('plain', 0), ('unbuffered', 0), ('outer', 0), ('descriptor', 0), ('relative', 0), ('middle', 3)):
            answer = self.ask(how)
            self.assertEqual(answer.file[:3], (self.name, offset, 10 - offset), how)
            self.assertEqual(answer.body, CONTENT[offset:], how)

    def test_what_the_application_has_just_written_is_there(self):
        self.assertEqual(self.ask('written').body, b'new3456789')

    def test_a_file_that_was_moved_is_found_where_it_is(self):
        answer = self.ask('moved')
        self.assertEqual((answer.file[0], answer.body), (self.name + '.old', CONTENT))

    def test_everything_else_is_read_by_the_worker(self):
        for how, body in (
            ('unlinked', CONTENT),
            ('temporary', b'temporary'),
            ('memory', b'in memory'),
            ('pipe', b'piped'),
            ('end', b''),
            ('write', b'first, ' + CONTENT),
        ):
            answer = self.ask(how)
            self.assertEqual((answer.file, answer.body, answer.reset), (None, body, None), how)
            self.setUp()

    def test_a_reader_that_unpacks_gives_its_own_bytes(self):
        with gzip.open(self.name, 'wb') as file:
            file.write(b'unpacked')
        answer = self.ask('gzip')
        self.assertEqual((answer.file, answer.body), (None, b'unpacked'))

    def test_a_file_opened_as_text_is_the_error_it_was(self):
        answer = self.ask('text')
        self.assertEqual((answer.file, answer.reset), (None, frames.PROTOCOL_ERROR))

    def test_a_result_that_middleware_wrapped_is_iterated(self):
        answer = self.ask('plain', target='file_apps:middleware')
        self.assertEqual((answer.file, answer.body), (None, CONTENT))

    def test_content_length_cuts_the_file_and_may_not_promise_more(self):
        answer = self.ask('plain&4')
        self.assertEqual((answer.file[2], answer.body), (4, CONTENT[:4]))
        answer = self.ask('middle&7')
        self.assertEqual(answer.file[1:3], (3, 7))
        # The gateway sees what is missing, as with any other body.
        answer = self.ask('plain&11')
        self.assertEqual((answer.file, answer.body), (None, CONTENT))

    def test_a_head_request_names_the_file_and_a_status_without_body_does_not(self):
        self.assertEqual(self.ask('plain', method='HEAD').file[2], 10)
        for status in ('204 No Content', '304 Not Modified'):
            self.assertIsNone(self.ask('plain', HTTP_X_STATUS=status).file)

    def test_the_application_may_remove_the_file_as_soon_as_the_gateway_has_it(self):
        worker, gateway = self.serving('file_apps:app')
        stream = gateway.request('/', query='removing', HTTP_X_FILE=self.name)
        kind, flags, _stream, _payload = gateway.next_frame()
        self.assertEqual((kind, flags), (frames.FILE, 0))
        self.assertTrue(gateway.quiet())
        self.assertTrue(os.path.exists(self.name))
        gateway.send(frames.FILE, 0, stream, b'\0')
        self.assertEqual(gateway.next_frame()[0], frames.DONE)
        self.assertFalse(os.path.exists(self.name))
        worker.wait_for_log('closed and removed')

    def test_a_file_that_the_gateway_refuses_is_read_by_the_worker(self):
        worker, gateway = self.serving('file_apps:app')
        stream = gateway.request('/', query='middle', HTTP_X_FILE=self.name)
        kind, flags, _stream, payload = gateway.next_frame()
        answer = gateway.answers[stream]
        answer.take(kind, flags, payload)
        gateway.answer_file(stream, refused=True)
        gateway.finish(stream)
        self.assertEqual((answer.status, answer.body), ('200 OK', CONTENT[3:]))
        # Neither yes nor no.
        stream = gateway.request('/', query='plain', HTTP_X_FILE=self.name)
        self.assertEqual(gateway.next_frame()[0], frames.FILE)
        gateway.send(frames.FILE, 0, stream, b'\2')
        self.assertIsNone(gateway.next_frame())
        worker.wait_for_log('A gateway broke the protocol')

    def test_a_client_that_leaves_and_a_gateway_that_dies_end_the_wait(self):
        worker, gateway = self.serving('file_apps:app')
        stream = gateway.request('/', query='removing', HTTP_X_FILE=self.name)
        self.assertEqual(gateway.next_frame()[0], frames.FILE)
        gateway.send(frames.RESET, 0, stream, bytes((frames.CLIENT_GONE,)))
        self.assertEqual(gateway.next_frame()[0], frames.DONE)
        self.setUp()
        gateway.request('/', query='removing', HTTP_X_FILE=self.name)
        self.assertEqual(gateway.next_frame()[0], frames.FILE)
        gateway.close()
        worker.wait_for_log('closed and removed.*closed and removed')
        # The worker is as good as before.
        self.setUp()
        again = worker.gateway()
        self.addCleanup(again.close)
        self.assertEqual(again.get('/', query='plain', HTTP_X_FILE=self.name).body, CONTENT)


class PathsendTest(AsgiCase, FolderCase):
    """http.response.pathsend."""

    def send(self, gateway, *messages):
        return gateway.finish(gateway.start(query=repr(list(messages))))

    def test_a_path_after_the_head_is_one_frame_with_it(self):
        _worker, gateway = self.serving('bare:sends')
        head = {**START, 'headers': [(b'Content-Length', b'4')]}
        answer = self.send(gateway, head, {'type': 'http.response.pathsend', 'path': self.name})
        self.assertEqual(answer.file[:3], (self.name, 0, 4))
        self.assertEqual(answer.headers, [('Content-Length', '4')])
        self.assertEqual([frame[0] for frame in answer.frames], [frames.FILE, frames.DONE])

    def test_with_a_length_that_is_wrong_or_no_body_or_trailers_it_is_read_by_the_worker(self):
        _worker, gateway = self.serving('bare:sends')
        path = {'type': 'http.response.pathsend', 'path': self.name}
        for head in ({'headers': [(b'content-length', b'11')]}, {'status': 304}):
            answer = self.send(gateway, {**START, **head}, path)
            self.assertEqual((answer.file, answer.body), (None, CONTENT))

    def test_send_is_over_when_the_gateway_has_the_file(self):
        _worker, gateway = self.serving('bare:sends')
        stream = gateway.start(query=repr([START, {'type': 'http.response.pathsend', 'path': self.name}]))
        self.assertEqual(gateway.next_frame()[0], frames.FILE)
        self.assertTrue(gateway.quiet())
        gateway.send(frames.FILE, 0, stream, b'\0')
        self.assertEqual(gateway.next_frame()[0], frames.DONE)

    def test_a_file_that_the_gateway_refuses_is_read_by_the_worker(self):
        _worker, gateway = self.serving('bare:sends')
        stream = gateway.start(query=repr([START, {'type': 'http.response.pathsend', 'path': self.name}]))
        kind, flags, _stream, payload = gateway.next_frame()
        answer = gateway.answers[stream]
        answer.take(kind, flags, payload)
        gateway.answer_file(stream, refused=True)
        gateway.finish(stream)
        self.assertEqual((answer.status, answer.body), ('200 OK', CONTENT))

    def test_a_client_that_leaves_ends_the_wait(self):
        _worker, gateway = self.serving('bare:sends')
        stream = gateway.start(query=repr([START, {'type': 'http.response.pathsend', 'path': self.name}]))
        self.assertEqual(gateway.next_frame()[0], frames.FILE)
        gateway.send(frames.RESET, 0, stream, bytes((frames.CLIENT_GONE,)))
        self.assertEqual(gateway.next_frame()[0], frames.DONE)


if __name__ == '__main__':
    unittest.main()
