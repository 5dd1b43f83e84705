"""How a worker of an ASGI application starts, fails to start, and leaves, on every event loop."""

import importlib.util
import sys
import time
import unittest

from asgi_harness import APPS, LOOPS, AsgiCase, frames, on_every_loop

import apps as wsgi_apps
from licorne_worker.interfaces import as_asgi3, detect, is_asgi2
from licorne_worker.loader import LoadError


class InterfaceTest(AsgiCase):
    """Which application is which."""

    def test_every_kind_of_asgi_application_is_served(self):
        for target, body in {
            'bare': b'hello',
            'bare:make()': b'made',
            'bare:make("x")': b'x',
            'bare:asgi3': b'asgi 3',
            'bare:Asgi2': b'asgi 2 /path',
            'bare:asgi2_function': b'asgi 2 /path',
        }.items():
            for interface in ('auto', 'asgi'):
                _worker, gateway = self.serving(target, interface=interface)
                self.assertEqual(gateway.finish(gateway.start('/path')).body, body, target)
                self.assertEqual((gateway.hello['interface'], gateway.hello['threads']), ('asgi', 65535))

    def test_ready_says_asgi(self):
        worker = self.worker('bare')
        self.assertEqual(worker.hear()['interface'], 'asgi')

    def test_what_cannot_be_called_as_asgi_is_refused_in_words(self):
        for target, words, hint in (
            ('bare:takes_two', 'takes 2 arguments, not scope, receive and send', '--interface wsgi'),
            ('bare:factory', 'takes no request', "'bare:factory()'"),
        ):
            worker = self.worker(target, interface='asgi')
            message = worker.hear()
            self.assertEqual((message['type'], message['stage']), ('failed', 'load'))
            self.assertIn(words, message['title'])
            self.assertIn(hint, message['hint'])
            self.assertEqual(worker.exit_code(), 4)

    def test_an_unknown_interface_loop_or_lifespan_is_refused(self):
        for option, code in (('interface', 4), ('loop', 3), ('lifespan', 3)):
            worker = self.worker('bare', **{option: 'nonsense'})
            self.assertIn("'nonsense'", worker.hear()['title'])
            self.assertEqual(worker.exit_code(), code)

    def test_asgi_2_is_told_from_factories_and_wsgi(self):
        sys.path.insert(0, APPS)
        self.addCleanup(sys.path.remove, APPS)
        import bare

        for app in (bare.Asgi2, bare.asgi2_function):
            self.assertTrue(is_asgi2(app), app)
        for app in (bare.hello, bare.Asgi3, bare.asgi3, bare.takes_two, bare.factory, bare.make, wsgi_apps.ClassApp, wsgi_apps.hello, dict, int):
            self.assertFalse(is_asgi2(app), app)
        self.assertEqual([detect(app) for app in (bare.Asgi2, bare.takes_two, bare.asgi3)], ['asgi', 'wsgi', 'asgi'])
        with self.assertRaises(LoadError):
            as_asgi3(bare.takes_two, 'bare:takes_two')


class LoopTest(AsgiCase):
    """Which event loop."""

    def loop_of(self, **options):
        _worker, gateway = self.serving('bare:names_loop', **options)
        return gateway.finish(gateway.start()).body.decode()

    def test_asyncio_is_asyncio(self):
        self.assertEqual(self.loop_of(loop='asyncio'), 'asyncio.unix_events True')

    def test_auto_takes_uvloop_if_it_is_there(self):
        self.assertIn('uvloop' if 'uvloop' in LOOPS else 'asyncio', self.loop_of(loop='auto'))

    @unittest.skipIf(importlib.util.find_spec('uvloop'), 'uvloop is installed')
    def test_uvloop_is_missed_in_words(self):
        worker = self.worker('bare', loop='uvloop')
        message = worker.hear()
        self.assertIn('uvloop cannot be imported', message['title'])
        self.assertIn('-m pip install uvloop', message['hint'])
        self.assertEqual(worker.exit_code(), 3)

    @unittest.skipIf(sys.version_info >= (3, 14), 'get_event_loop() makes no loop any more')
    def test_what_was_made_while_importing_belongs_to_the_loop_that_serves(self):
        _worker, gateway = self.serving('early', loop='auto')
        self.assertEqual(gateway.finish(gateway.start()).body, b'True')


class LifespanTest(AsgiCase):
    """ASGI lifespan."""

    def start(self, how, mode='auto', **options):
        return self.worker('bare:lifespan', env={'LIFESPAN': how}, lifespan=mode, **options)

    def failure(self, how, mode='auto'):
        worker = self.start(how, mode)
        message = worker.hear()
        self.assertEqual((message['type'], message['stage']), ('failed', 'boot'), message)
        self.assertEqual(worker.exit_code(), 3)
        return message

    def ready(self, how, mode='auto', **options):
        worker = self.start(how, mode, **options)
        self.assertEqual(worker.hear()['type'], 'ready')
        return worker, self.link(worker)

    def state(self, gateway):
        return gateway.finish(gateway.start()).body.decode()

    def test_startup_is_complete_before_ready_and_shutdown_comes_last(self):
        for mode in ('auto', 'on'):
            worker, gateway = self.ready('', mode)
            self.assertIn('got lifespan.startup', worker.log())
            self.assertEqual(self.state(gateway), "[('pool', 'open')]")
            self.assertNotIn('shutdown', worker.log())
            self.stopped(worker)
            self.assertIn('got lifespan.shutdown', worker.log())
            self.assertNotIn('ERROR', worker.log())

    def test_off_is_off(self):
        worker, gateway = self.ready('', 'off')
        self.assertEqual(self.state(gateway), '[]')
        self.stopped(worker)
        self.assertNotIn('got', worker.log())

    def test_an_application_without_lifespan_is_served_and_that_is_no_news(self):
        for how in ('raises first', 'returns'):
            worker, gateway = self.ready(how)
            self.assertEqual(self.state(gateway), '[]')
            self.stopped(worker)
            self.assertRegex(worker.log(), r'\[DEBUG\] The application does not take part in lifespan')
            self.assertNotIn('ERROR', worker.log())

    def test_one_that_breaks_during_startup_is_served_but_not_in_silence(self):
        worker, gateway = self.ready('raises')
        self.assertEqual(self.state(gateway), '[]')
        self.assertRegex(worker.log(), r'(?s)\[ERROR\] Error in the lifespan.startup.*broken start')
        self.stopped(worker)

    def test_with_on_every_failure_to_start_is_one(self):
        for how, words in (('raises first', 'not for me'), ('raises', 'broken start'), ('returns', 'no reason'), ('wrong', "expected 'lifespan.startup.complete'")):
            message = self.failure(how, 'on')
            self.assertIn('The application failed to start: ', message['title'])
            self.assertIn(words, message['title'])
            if how.startswith('raises'):
                self.assertIn('in lifespan', message['traceback'])

    def test_startup_failed_is_a_failure_in_every_mode_that_asks(self):
        for mode in ('auto', 'on'):
            message = self.failure('fails', mode)
            self.assertEqual((message['title'], message['message']), ('The application failed to start: no database', 'no database'))
            self.assertIn('ValueError: the reason', message['traceback'])
            self.assertIn('no reason', self.failure('fails without a word', mode)['title'])

    def test_stop_ends_a_worker_whose_startup_hangs(self):
        worker = self.start('hangs')
        worker.wait_for_log('got lifespan.startup')
        self.stopped(worker)

    def test_an_error_between_startup_and_shutdown_is_logged_once(self):
        worker, gateway = self.ready('ends')
        worker.wait_for_log(r'\[ERROR\] Error in the lifespan of the application.*in between')
        self.assertEqual(self.state(gateway), "[('pool', 'open')]")
        self.stopped(worker)
        self.assertEqual(worker.log().count('[ERROR]'), 1)

    def test_a_failed_shutdown_is_logged_and_the_exit_code_is_0(self):
        worker, _gateway = self.ready('fails at the end')
        self.stopped(worker)
        self.assertIn('[ERROR] The application failed to shut down: cannot close', worker.log())

    def test_a_shutdown_that_hangs_is_given_up(self):
        worker, _gateway = self.ready('hangs at the end', graceful_timeout=1)
        self.stopped(worker)
        self.assertIn('[ERROR] The application has not finished its lifespan.shutdown within 1 seconds.', worker.log())


class LeaveTest(AsgiCase):
    """Stop."""

    def test_an_idle_worker_stops_at_once(self):
        began = time.monotonic()
        worker, gateway = self.serving('bare')
        self.stopped(worker)
        self.assertIsNone(gateway.next_frame())
        self.assertLess(time.monotonic() - began, 10)

    def test_what_has_been_received_is_answered_before_the_end(self):
        worker, gateway = self.serving('bare:waits')
        path, release = self.path(worker)
        streams = [gateway.start(query=path) for _ in range(3)]
        worker.wait_for_log('(?:waiting\n){3}')
        worker.tell({'type': 'stop'})
        self.assertTrue(gateway.quiet())
        self.assertIsNone(worker.process.poll())
        release()
        for stream in streams:
            self.assertEqual(gateway.finish(stream).body, b'released')
        self.assertIsNone(gateway.next_frame())
        self.assertEqual(worker.exit_code(), 0)

    def test_a_large_answer_is_sent_to_its_end(self):
        worker, gateway = self.serving('bare:big')
        stream = gateway.start(query='3000000')
        gateway.until(stream, lambda answer: answer.body)
        worker.tell({'type': 'stop'})
        gateway.credit(stream, 4000000)
        answer = gateway.until(stream, lambda answer: answer.over(), credit=False)
        self.assertEqual(len(answer.body), 3000003)
        self.assertEqual(worker.exit_code(), 0)

    def test_at_the_deadline_tasks_are_cancelled_and_the_lifespan_ends(self):
        worker, gateway = self.serving('bare:stubborn', graceful_timeout=0.5)
        stream = gateway.start('/late', request_id='req-3')
        worker.wait_for_log('waiting')
        worker.tell({'type': 'stop'})
        self.assertEqual(gateway.finish(stream).reset, frames.SHUTTING_DOWN)
        self.assertEqual(worker.exit_code(), 0)
        self.assertRegex(worker.log(), r'cancelled\n.*\[WARNING\] Cancelled, the time to stop was over: GET /late HTTP/1.1 request_id=req-3')

    def test_at_the_deadline_an_open_websocket_is_closed_with_1012(self):
        worker, gateway = self.serving('sockets:waits', graceful_timeout=0.5)
        stream = gateway.opened()
        worker.wait_for_log('waiting')
        worker.tell({'type': 'stop'})
        answer = gateway.finish(stream)
        self.assertEqual((answer.close[0], answer.done), (1012, True))
        self.assertEqual(worker.exit_code(), 0)

    def test_a_websocket_that_the_gateway_closes_lets_the_worker_stop(self):
        worker, gateway = self.serving('sockets:echo')
        stream = gateway.opened()
        worker.tell({'type': 'stop'})
        gateway.close_socket(stream, 1012)
        self.assertTrue(gateway.finish(stream).done)
        self.assertEqual(worker.exit_code(), 0)
        self.assertIn("disconnect 1012 ''", worker.log())

    def test_sigterm_says_leaving_and_waits_for_stop(self):
        import signal

        worker, gateway = self.serving('bare')
        worker.process.send_signal(signal.SIGTERM)
        self.assertEqual(worker.hear(), {'type': 'leaving', 'reason': 'signal'})
        self.assertEqual(gateway.finish(gateway.start()).body, b'hello')
        worker.process.send_signal(signal.SIGINT)
        self.assertEqual(gateway.finish(gateway.start()).body, b'hello')
        self.stopped(worker)

    def test_sigquit_and_the_end_of_the_master_leave_at_once(self):
        import signal

        for leave in (lambda worker: worker.process.send_signal(signal.SIGQUIT), lambda worker: worker.control.close()):
            worker, gateway = self.serving('bare:waits')
            gateway.start(query='/never')
            worker.wait_for_log('waiting')
            leave(worker)
            self.assertEqual(worker.exit_code(), 0)


on_every_loop(globals(), LifespanTest, LeaveTest)

if __name__ == '__main__':
    unittest.main()
