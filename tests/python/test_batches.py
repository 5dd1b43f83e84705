"""Requests that are sent ahead: answered together while they are short, given back when one of them is slow."""

import time
import unittest

from harness import WorkerCase, frames


def ahead(frame):
    """The same REQUEST with the flag that says that more may come."""
    return frame[:9] + bytes((frame[9] | frames.AHEAD,)) + frame[10:]


class BatchTest(WorkerCase):
    """What a gateway sees that sends more requests than there are threads."""

    def ahead(self, gateway, *paths, method='GET'):
        """Sends all of these in one write; their streams."""
        data, streams = b'', []
        for path in paths:
            data += ahead(gateway.request_frame(path, method))
            streams.append(gateway.last)
        gateway.send_raw(data)
        return streams

    def test_answers_of_short_requests_come_in_order_and_together(self):
        _worker, gateway = self.serving('batch_apps:application')
        gateway.get('/short')
        streams = self.ahead(gateway, *['/short'] * 20)
        first = gateway.next_frame()
        gateway._buffer.insert(0, first)
        # All of them were in what was read first, or nearly all: nobody waits for what the system does in between.
        self.assertGreater(len(gateway._buffer), 10)
        for stream in streams:
            answer = gateway.finish(stream)
            self.assertEqual((answer.status, answer.body), ('200 OK', b'short'))

    def test_what_waits_behind_a_slow_request_is_given_back_and_what_is_done_is_sent(self):
        worker, gateway = self.serving('batch_apps:application')
        for _attempt in range(20):
            before, slow, *behind = self.ahead(gateway, '/short', '/slow', '/short', '/short', '/note')
            began = time.monotonic()
            self.assertEqual(gateway.finish(before).body, b'short')
            for stream in behind:
                self.assertEqual(gateway.finish(stream).reset, frames.REFUSED)
            self.assertLess(time.monotonic() - began, 1)
            # On a busy machine even the short one may have been slow.
            if gateway.finish(slow).reset is None:
                break
        self.assertEqual(gateway.finish(slow).body, b'slow')
        self.assertGreater(time.monotonic() - began, 1.5)
        self.assertNotIn('note is run', worker.log())
        self.assertEqual(gateway.get('/short').body, b'short')

    def test_before_a_request_that_changes_something_all_answers_are_sent(self):
        """So that whoever sees its worker die knows whether it can have been begun."""
        _worker, gateway = self.serving('batch_apps:application')
        short, unsafe = self.ahead(gateway, '/short')[0], None
        data = b''.join(map(ahead, (gateway.request_frame('/short'), gateway.request_frame('/slow', 'POST'), gateway.request_frame('/short'))))
        first, unsafe, last = gateway.last - 2, gateway.last - 1, gateway.last
        gateway.finish(short)
        gateway.send_raw(data)
        began = time.monotonic()
        self.assertEqual(gateway.finish(first).body, b'short')
        self.assertLess(time.monotonic() - began, 1)
        self.assertEqual(gateway.finish(last).reset, frames.REFUSED)
        self.assertEqual(gateway.finish(unsafe).body, b'slow')

    def test_what_comes_while_a_slow_request_runs_already_is_given_back_as_well(self):
        worker, gateway = self.serving('batch_apps:application')
        slow = self.ahead(gateway, '/slow')[0]
        worker.wait_for_log('slow is run')
        behind = self.ahead(gateway, '/note')[0]
        self.assertEqual(gateway.finish(behind).reset, frames.REFUSED)
        self.assertEqual(gateway.finish(slow).body, b'slow')
        self.assertNotIn('note is run', worker.log())

    def test_without_the_flag_nothing_is_given_back(self):
        _worker, gateway = self.serving('batch_apps:application')
        slow = gateway.request('/slow')
        behind = gateway.request('/short')
        self.assertEqual(gateway.finish(slow).body, b'slow')
        self.assertEqual(gateway.finish(behind).body, b'short')

    def test_several_threads_share_what_was_sent_ahead(self):
        _worker, gateway = self.serving('batch_apps:application', threads=3)
        for _round in range(20):
            for stream in self.ahead(gateway, *['/short'] * 30):
                answer = gateway.finish(stream)
                if answer.reset is None:
                    self.assertEqual(answer.body, b'short')
                else:
                    self.assertEqual(answer.reset, frames.REFUSED)

    def test_answers_with_a_close_of_their_own_are_sent_together_as_well(self):
        _worker, gateway = self.serving('batch_apps:application')
        for stream in self.ahead(gateway, *['/closes'] * 10):
            answer = gateway.finish(stream)
            self.assertEqual((answer.body, answer.done), (b'closes', True))

    def test_a_stream_that_goes_on_is_not_held_back(self):
        _worker, gateway = self.serving('batch_apps:application')
        flowing, behind = self.ahead(gateway, '/flows', '/short')
        began = time.monotonic()
        while not gateway.answers[flowing].body:
            gateway.step()
        self.assertLess(time.monotonic() - began, 1)
        self.assertEqual(gateway.finish(behind).reset, frames.REFUSED)
        self.assertEqual(gateway.finish(flowing).body, b'onetwo')


if __name__ == '__main__':
    unittest.main()
