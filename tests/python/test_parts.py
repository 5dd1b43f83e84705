"""Parts of the bridge that need no process."""

import json
import os
import signal
import unittest
from unittest import mock

from harness import frames  # noqa: F401  (puts the bridge on the path)

from licorne_worker import boot
from licorne_worker.control import TEXT_CHARS_MAX, cut
from licorne_worker.file_wrapper import FileWrapper
from licorne_worker.interfaces import detect
from licorne_worker.log import Log, RequestErrors, escape


class SilentMasterTest(unittest.TestCase):
    """SIGTERM with a master that does not answer."""

    def test_the_worker_stops_by_itself_after_30_seconds_and_not_before(self):
        control, server = mock.Mock(), mock.Mock()
        worker = boot.Worker(control, {'log_level': 'critical'})
        worker._server = server
        with mock.patch.object(boot.time, 'monotonic', return_value=100.0) as clock:
            self.assertIsNone(worker._patience())
            worker._on_signals(bytes([signal.SIGTERM]))
            worker._on_signals(bytes([signal.SIGTERM]))
            control.send.assert_called_once_with('leaving', reason='signal')
            self.assertEqual(worker._patience(), 30)
            clock.return_value = 129.0
            worker._on_signals(b'')
            server.stop.assert_not_called()
            clock.return_value = 130.0
            worker._on_signals(b'')
            server.stop.assert_called_once_with(None)
            self.assertIsNone(worker._patience())

    def test_a_master_that_has_heard_is_waited_for_without_a_limit(self):
        control, server = mock.Mock(), mock.Mock()
        worker = boot.Worker(control, {'log_level': 'critical'})
        worker._server = server
        worker._on_signals(bytes([signal.SIGTERM]))
        worker._on_message({'type': 'heard'})
        self.assertIsNone(worker._patience())
        worker._on_signals(bytes([signal.SIGTERM]))
        control.send.assert_called_once_with('leaving', reason='signal')
        server.stop.assert_not_called()


class LogTest(unittest.TestCase):
    """The two forms of a log line."""

    def lines(self, write, **options):
        reader, writer = os.pipe()
        write(Log(fd=writer, **options))
        os.close(writer)
        with os.fdopen(reader, encoding='utf-8') as file:
            return file.read().splitlines()

    def test_levels_below_the_least_are_left_out(self):
        def write(log):
            for level in ('debug', 'info', 'warning', 'error', 'critical'):
                log.write(level, level)

        self.assertEqual([line.split('] ')[-1] for line in self.lines(write, level='warning')], ['warning', 'error', 'critical'])
        self.assertEqual(len(self.lines(write, level='debug')), 5)

    def test_the_request_id_is_at_the_end_of_the_first_line(self):
        lines = self.lines(lambda log: log.write('error', 'one\ntwo', 'id-1', 'Traceback\n  x\n'))
        self.assertRegex(lines[0], r'^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}\] \[%d\] \[ERROR\] one request_id=id-1$' % os.getpid())
        self.assertEqual(lines[1:], ['two', 'Traceback', '  x'])

    def test_colour_is_put_around_the_level_only(self):
        line = self.lines(lambda log: log.write('error', 'text'), color=True)[0]
        self.assertIn('[\x1b[31mERROR\x1b[0m] text', line)

    def test_json_holds_any_text_in_one_line(self):
        lines = self.lines(lambda log: log.write('info', 'a\nb\x1b\u20ac\ud800', 'id-1'), style='json')
        self.assertEqual(len(lines), 1)
        self.assertEqual(json.loads(lines[0])['message'], 'a\nb\x1b\u20ac\ud800')

    def test_a_traceback_written_to_wsgi_errors_stays_readable_and_cannot_forge_a_line(self):
        lines = self.lines(lambda log: RequestErrors(log, 'id-1').write('Oops\nTraceback\n  x\x1b[2J\n[2026] [1] [CRITICAL] forged\n'))
        self.assertRegex(lines[0], r'\[APP\] Oops request_id=id-1$')
        self.assertEqual(lines[1:], ['Traceback', '  x\\x1b[2J', ' [2026] [1] [CRITICAL] forged'])

    def test_a_surrogate_does_not_break_a_text_line(self):
        self.assertIn('\\ud800', self.lines(lambda log: log.write('info', '\ud800'))[0])

    def test_text_of_a_client_is_escaped(self):
        self.assertEqual(escape('GET /\x00\r\n\x1b[31m\x7f\xe9'), 'GET /\\x00\\x0d\\x0a\\x1b[31m\\x7f\\xe9')

    def test_wsgi_errors_takes_text_only(self):
        with self.assertRaises(TypeError):
            RequestErrors(Log(), 'id').write(b'bytes')


class SmallPartsTest(unittest.TestCase):
    """The rest."""

    def test_a_long_text_is_cut_in_its_middle(self):
        text = cut('a' * TEXT_CHARS_MAX + 'b' * TEXT_CHARS_MAX)
        self.assertTrue(text.startswith('aaa') and text.endswith('bbb'))
        self.assertLess(len(text), TEXT_CHARS_MAX + 100)
        self.assertEqual(cut('short'), 'short')

    def test_a_file_wrapper_has_close_only_if_the_file_has(self):
        class Reader:
            def read(self, size):
                return b''

        self.assertFalse(hasattr(FileWrapper(Reader()), 'close'))
        self.assertEqual(list(FileWrapper(Reader())), [])

    def test_interfaces_are_told_apart(self):
        import functools

        import apps

        class Django:
            async def __call__(self, scope, receive, send):
                pass

        class Flask:
            def __call__(self, environ, start_response):
                pass

        class Middleware:
            def __init__(self, app, option=None):
                pass

            def __call__(self, *args, **kwargs):
                pass

        for app, name in (
            (apps.hello, 'wsgi'),
            (apps.ClassApp, 'wsgi'),
            (apps.valid_hello, 'wsgi'),
            (functools.partial(apps.hello), 'wsgi'),
            (Flask(), 'wsgi'),
            (Middleware(None), 'wsgi'),
            (dict, 'wsgi'),
            (apps.asgi, 'asgi'),
            (functools.partial(apps.asgi), 'asgi'),
            (Django(), 'asgi'),
            (lambda scope, receive, send: None, 'asgi'),
        ):
            self.assertEqual(detect(app), name, app)


if __name__ == '__main__':
    unittest.main()
