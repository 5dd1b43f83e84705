"""What a worker tells of how far its event loop is behind."""

import unittest
from unittest import mock

import harness  # noqa: F401  (puts the bridge on the path)
from licorne_worker import loop_lag


class FakeLoop:
    """A loop that runs its one timer when it is told to."""

    def __init__(self):
        self.ring = None

    def call_soon_threadsafe(self, callback):
        callback()

    def call_later(self, _seconds, callback):
        self.ring = callback


class LoopLagTest(unittest.TestCase):
    def setUp(self):
        self.now, self.used, self.told = 100.0, 5.0, []
        clock = mock.Mock(monotonic=lambda: self.now, process_time=lambda: self.used)
        patch = mock.patch.object(loop_lag, 'time', clock)
        patch.start()
        self.addCleanup(patch.stop)
        self.loop = FakeLoop()
        self.lag = loop_lag.LoopLag(self.loop, lambda kind, **values: self.told.append((kind, values['ms'], values['busy'])))

    def pass_time(self, seconds, used=0.0):
        self.now += seconds
        self.used += used

    def test_a_loop_that_is_on_time_says_nothing(self):
        for _round in range(5):
            self.pass_time(0.252)
            self.loop.ring()
            self.lag.look()
        self.assertEqual(self.told, [])

    def test_a_loop_that_is_held_up_is_told_while_it_is_and_no_more_afterwards(self):
        self.pass_time(0.5, used=0.5)
        self.lag.look()
        self.assertEqual(self.told, [('lag', 250, 1.0)])
        self.pass_time(0.25, used=0.25)
        self.lag.look()
        self.assertEqual(self.told[1:], [('lag', 500, 1.0)])
        self.loop.ring()
        self.pass_time(0.25)
        self.loop.ring()
        self.lag.look()
        # It had been that late in this quarter of a second, too.
        self.assertEqual(self.told[2:], [('lag', 500, 0.0)])
        self.pass_time(0.25)
        self.loop.ring()
        self.lag.look()
        self.assertEqual(self.told[3:], [('lag', 0, 0.0)])

    def test_one_that_was_ended_leaves_the_loop_alone(self):
        self.lag.end()
        ring, self.loop.ring = self.loop.ring, None
        ring()
        self.assertIsNone(self.loop.ring)

    def test_looks_that_come_too_soon_are_none(self):
        self.assertAlmostEqual(self.lag.seconds_left(), 0.25)
        self.pass_time(0.2, used=0.2)
        self.lag.look()
        self.assertEqual(self.told, [])
        self.assertAlmostEqual(self.lag.seconds_left(), 0.05)


if __name__ == '__main__':
    unittest.main()
