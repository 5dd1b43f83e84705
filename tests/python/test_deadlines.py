"""Requests that have had their time, and views that ask whether anybody still waits."""

import os
import unittest

from asgi_harness import AsgiCase, on_every_loop
from harness import TESTS, WorkerCase, frames

TIMEOUT = bytes((frames.TIMEOUT,))
GONE = bytes((frames.CLIENT_GONE,))


class ClientDisconnectedTest(WorkerCase):
    """`licorne.client_disconnected`."""

    def test_a_view_that_computes_learns_that_its_client_has_gone_with_one_thread_and_with_several(self):
        for threads in (1, 4):
            for reason in (GONE, TIMEOUT):
                worker, gateway = self.serving('deadline_apps:watches', threads=threads)
                stream = gateway.request('/')
                worker.wait_for_log('gone at the beginning: False')
                gateway.send(frames.RESET, 0, stream, reason)
                self.assertEqual(gateway.finish(stream).reset, frames.CLIENT_GONE)
                worker.wait_for_log('stopped: nobody waits')
                # The thread is free, and whole.
                other = gateway.request('/')
                gateway.send(frames.RESET, 0, other, GONE)
                self.assertEqual(gateway.finish(other).reset, frames.CLIENT_GONE)

    def test_a_view_that_streams_can_ask_too(self):
        worker, gateway = self.serving('deadline_apps:streams')
        stream = gateway.request('/')
        while not gateway.answers[stream].body:
            gateway.step()
        gateway.send(frames.RESET, 0, stream, GONE)
        while gateway.answers[stream].reset is None and gateway.answers[stream].end_flags is None:
            gateway.step()

    def test_requests_that_come_while_a_view_asks_are_run_after_it(self):
        _worker, gateway = self.serving('deadline_apps:watches')
        first = gateway.request('/')
        second = gateway.request('/')
        gateway.send(frames.RESET, 0, first, GONE)
        self.assertEqual(gateway.finish(first).reset, frames.CLIENT_GONE)
        gateway.send(frames.RESET, 0, second, GONE)
        self.assertEqual(gateway.finish(second).reset, frames.CLIENT_GONE)


class StackTest(WorkerCase):
    """The control message `stack`."""

    def test_the_stack_is_that_of_the_thread_that_runs_the_request_in_one_entry(self):
        for threads in (1, 3):
            worker, gateway = self.serving('deadline_apps:hangs', threads=threads)
            path = os.path.join(worker.run_dir, 'go')
            stream = gateway.request('/hang', query=path, request_id='req-7')
            worker.wait_for_log('hangs in thread')
            worker.tell({'type': 'stack', 'request_id': 'req-7', 'reason': 'request_timeout'})
            found = worker.wait_for_log(r'\[ERROR\] This is where GET /hang\?\S+ is[^\n]* request_id=req-7\n(.*)inner_hang\n[^\n]*\n[^\n]*\n?')
            self.assertRegex(found.group(1), r'^  File "[^"]*deadline_apps.py", line \d+, in hangs\n')
            self.assertNotIn('licorne_worker', found.group(0))
            with open(path, 'w'):
                pass
            self.assertEqual(gateway.finish(stream).body, b'late')

    def test_a_request_that_is_over_or_unknown_leaves_nothing_in_the_log(self):
        worker, gateway = self.serving('deadline_apps:hangs')
        gateway.get('/', request_id='req-8')
        worker.tell({'type': 'stack', 'request_id': 'req-8', 'reason': 'request_timeout'})
        worker.tell({'type': 'stack', 'request_id': 'req-9', 'reason': 'request_timeout'})
        worker.tell({'type': 'nonsense'})
        worker.wait_for_log('nonsense')
        self.assertNotIn('This is where', worker.log())

    def test_close_is_a_part_of_the_request(self):
        worker, gateway = self.serving('deadline_apps:hangs_in_close')
        path = os.path.join(worker.run_dir, 'go')
        stream = gateway.request('/', query=path)
        worker.wait_for_log('hangs in close')
        worker.tell({'type': 'stack', 'request_id': 'req-1', 'reason': 'request_timeout'})
        worker.wait_for_log(r'This is where GET /\S* is.*in close\n.*in inner_hang')
        with open(path, 'w'):
            pass
        gateway.finish(stream)

    def test_control_characters_of_a_path_do_not_reach_the_log(self):
        worker, gateway = self.serving('deadline_apps:hangs')
        path = os.path.join(worker.run_dir, 'go')
        stream = gateway.request('/hang', query=path + '\x1b[31m')
        worker.wait_for_log('hangs in thread')
        worker.tell({'type': 'stack', 'request_id': 'req-1', 'reason': 'request_timeout'})
        worker.wait_for_log(r'This is where GET /hang\?\S+\\x1b\[31m is')
        self.assertNotIn('\x1b', worker.log())
        with open(path + '\x1b[31m', 'w'):
            pass
        gateway.finish(stream)


class Cancel(AsgiCase):
    """RESET with TIMEOUT to an ASGI application."""

    def test_a_task_is_cancelled_and_the_log_says_where_it_was(self):
        worker, gateway = self.serving('deadline_apps:waits', folder=TESTS)
        stream = gateway.start('/wait', query='a=1', request_id='req-3')
        other = gateway.start('/')
        self.assertEqual(gateway.finish(other).body, b'fine')
        gateway.send(frames.RESET, 0, stream, TIMEOUT)
        self.assertEqual(gateway.finish(stream).reset, frames.CLIENT_GONE)
        worker.wait_for_log('put away')
        found = worker.wait_for_log(r'\[ERROR\] Cancelled \(request_timeout\): GET /wait\?a=1 HTTP/1.1, here: request_id=req-3\n(.*)in inner_wait\n')
        self.assertRegex(found.group(1), r'^  File "[^"]*deadline_apps.py", line \d+ in waits\n')
        # That is all there is to say about it.
        self.assertNotIn('Traceback', worker.log())
        self.assertNotIn('The client has gone', worker.log())

    def test_a_task_that_does_not_obey_and_a_loop_that_is_held_up_are_told_from_outside(self):
        for path, place in (('/stubborn', 'in waits'), ('/block', 'in inner_hang')):
            worker, gateway = self.serving('deadline_apps:waits', folder=TESTS)
            go = os.path.join(worker.run_dir, 'go')
            stream = gateway.start(path, query=go, request_id='req-5')
            worker.wait_for_log('waits|blocks')
            gateway.send(frames.RESET, 0, stream, TIMEOUT)
            worker.tell({'type': 'stack', 'request_id': 'req-5', 'reason': 'request_timeout'})
            found = worker.wait_for_log(r'This is where GET %s\?\S+ HTTP/1.1 is, which was cancelled[^\n]* request_id=req-5\n.*%s\n' % (path, place))
            self.assertNotIn('licorne_worker', found.group(0).partition('This is where')[2])
            with open(go, 'w'):
                pass
            gateway.finish(stream)

    def test_a_task_that_waits_for_a_thread_of_its_own_ends_without_it(self):
        worker, gateway = self.serving('deadline_apps:waits', folder=TESTS)
        go = os.path.join(worker.run_dir, 'go')
        stream = gateway.start('/executor', query=go, request_id='req-6')
        worker.wait_for_log('waits')
        gateway.send(frames.RESET, 0, stream, TIMEOUT)
        self.assertEqual(gateway.finish(stream).reset, frames.CLIENT_GONE)
        worker.wait_for_log(r'Cancelled \(request_timeout\): GET /executor')
        with open(go, 'w'):
            pass

    def test_a_request_that_is_told_before_it_began_is_not_run(self):
        worker, gateway = self.serving('deadline_apps:waits', folder=TESTS)
        request = gateway.request_frame('/wait')
        gateway.send_raw(request + frames.pack_frame(frames.RESET, 0, gateway.last, TIMEOUT))
        self.assertEqual(gateway.finish(gateway.last).reset, frames.CLIENT_GONE)
        self.assertEqual(gateway.finish(gateway.start()).body, b'fine')


on_every_loop(globals(), Cancel)


if __name__ == '__main__':
    unittest.main()
