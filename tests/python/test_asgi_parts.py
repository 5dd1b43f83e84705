"""Parts of the ASGI side that need no process: calls on a link that only writes down what it is given."""

import asyncio
import marshal
import random
import struct
import unittest

from asgi_harness import HTTP_BLOCK, WEBSOCKET_BLOCK, frames

from licorne_worker.asgi_call import _is_disconnect
from licorne_worker.asgi_http import HttpCall
from licorne_worker.asgi_link import AsgiLink
from licorne_worker.asgi_server import AsgiServer
from licorne_worker.asgi_websocket import WebSocketCall, _cut
from licorne_worker.errors import ClientDisconnected, InterfaceOrderError
from licorne_worker.task_stacks import stack

ROUNDS = 300


class RecordingLink:
    """What a call sees of its link."""

    def __init__(self):
        self.loop = asyncio.get_running_loop()
        self.streams = {}
        self.paused = False
        self.written = b''

    def write(self, *parts):
        self.written += b''.join(parts)

    def hold(self, stream):
        pass


class RecordingServer:
    """What a link and a call see of their server."""

    ws_max_size = 1000
    cancelling = forked = False
    state = {}

    def __init__(self, app=None):
        self.loop = asyncio.get_running_loop()
        self.links = set()
        self.calls = set()
        self.app = app
        self.log = self
        self.lines = []
        self.started = []

    def write(self, *line):
        self.lines.append(line)

    def exception(self, *line):
        self.lines.append(line)

    def start(self, call):
        self.started.append(call)

    def link_ended(self):
        pass


class RecordingTransport:
    """A transport that takes everything."""

    def __init__(self):
        self.aborted = False
        self.written = b''

    def set_write_buffer_limits(self, high):
        pass

    def write(self, data):
        self.written += data

    def abort(self):
        self.aborted = True


def receive(link, data):
    """Gives a link what came, as an event loop does."""
    link.get_buffer(-1)[: len(data)] = data
    link.buffer_updated(len(data))


REQUEST = ('GET', '/', b'', b'/', 'req-1', None, None)


def http_call(end=False):
    """A call without a body."""
    return HttpCall(RecordingServer(), RecordingLink(), 1, REQUEST, HTTP_BLOCK, frames.END if end else 0)


class TurnTest(unittest.TestCase):
    """What leaves in which turn of the event loop."""

    def test_what_a_woken_task_sends_leaves_in_the_turn_that_woke_it(self):
        async def app(_scope, receive, send):
            await receive()
            await send({'type': 'http.response.start', 'status': 200})
            await send({'type': 'http.response.body', 'body': b'answer'})

        async def run():
            server = AsgiServer(None, app, {}, {}, None)
            server.loop = asyncio.get_running_loop()
            transport = RecordingTransport()
            link = AsgiLink(server, {})
            link.connection_made(transport)
            receive(link, frames.pack_frame(frames.HELLO, 0, 0, b'{"protocol":2}'))
            payload = struct.pack('<H', 0) + marshal.dumps((*REQUEST, HTTP_BLOCK), 2)
            receive(link, frames.pack_frame(frames.REQUEST, frames.BLOCK, 1, payload))
            await asyncio.sleep(0)
            self.assertNotIn(b'answer', transport.written)
            receive(link, frames.pack_frame(frames.BODY, frames.END, 1, b'body'))
            await asyncio.sleep(0)
            self.assertIn(b'answer', transport.written)

        asyncio.run(run())


class CallTest(unittest.TestCase):
    """Calls by themselves."""

    def test_waiting_with_a_time_limit_again_and_again_leaves_nothing_behind(self):
        async def run():
            call = http_call()
            other = asyncio.ensure_future(call.receive())
            for _time in range(1000):
                task = asyncio.ensure_future(call.receive())
                await asyncio.sleep(0)
                task.cancel()
                await asyncio.wait({task})
            self.assertLess(len(call._readers), 5)
            call.lose()
            self.assertEqual(await other, {'type': 'http.disconnect'})

        asyncio.run(run())

    def test_a_send_that_was_cancelled_halfway_lets_nothing_follow(self):
        async def run():
            call = http_call(end=True)
            await call.send({'type': 'http.response.start', 'status': 200})
            size = frames.STREAM_CREDIT + 100
            task = asyncio.ensure_future(call.send({'type': 'http.response.body', 'body': b'x' * size, 'more_body': True}))
            await asyncio.sleep(0)
            call.take_credit(50)
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait({task})
            call.take_credit(100000)
            with self.assertRaises(InterfaceOrderError):
                await call.send({'type': 'http.response.body', 'body': b'y'})
            call.finish(None)
            self.assertTrue(call.closed)

        asyncio.run(run())

    def test_a_link_that_is_slow_to_take_bytes_holds_up_who_sends(self):
        async def run():
            call = http_call(end=True)
            await call.send({'type': 'http.response.start', 'status': 200})
            await call.send({'type': 'http.response.body', 'body': b'first', 'more_body': True})
            call.link.paused = True
            task = asyncio.ensure_future(call.send({'type': 'http.response.body', 'body': b'second'}))
            await asyncio.sleep(0)
            self.assertNotIn(b'second', call.link.written)
            call.link.paused = False
            call.resume()
            await task
            self.assertIn(b'second', call.link.written)

        asyncio.run(run())

    def test_sending_to_nobody_is_ignored_for_a_while_and_gives_way_to_others(self):
        async def run():
            call = http_call(end=True)
            call.lose()
            turns = []
            asyncio.get_running_loop().call_soon(turns.append, 1)
            for _time in range(32):
                await call.send({'type': 'http.response.body', 'body': b'x', 'more_body': True})
            self.assertEqual(turns, [1])
            with self.assertRaises(OSError):
                await call.send({'type': 'http.response.body', 'body': b'x', 'more_body': True})

        asyncio.run(run())

    def test_a_reason_is_cut_between_characters(self):
        self.assertEqual(_cut('\u20ac' * 100), ('\u20ac' * 41).encode())
        self.assertEqual(_cut('x' * 200), b'x' * 123)
        self.assertEqual(_cut('short'), b'short')

    def test_errors_about_the_client_are_told_from_others(self):
        class ClientDisconnect(Exception):
            pass

        class Group(Exception):
            def __init__(self, *exceptions):
                super().__init__()
                self.exceptions = exceptions

        caused = ValueError()
        caused.__cause__ = ClientDisconnected()
        for error in (ClientDisconnected(), caused, ClientDisconnect(), asyncio.CancelledError(), Group(ClientDisconnect(), caused)):
            self.assertTrue(_is_disconnect(error), error)
        for error in (ValueError(), OSError(), Group(ClientDisconnect(), ValueError()), SystemExit()):
            self.assertFalse(_is_disconnect(error), error)

    def test_the_stack_of_a_task_is_the_chain_of_what_it_awaits(self):
        async def inner():
            await asyncio.sleep(10)

        async def generate():
            await inner()
            yield 1

        async def outer():
            async for _item in generate():
                pass

        async def run():
            task = asyncio.ensure_future(outer())
            await asyncio.sleep(0)
            lines = '\n'.join(stack(task))
            task.cancel()
            for name in ('in outer', 'in inner', 'await asyncio.sleep(10)'):
                self.assertIn(name, lines)

        asyncio.run(run())


class LinkTest(unittest.TestCase):
    """A link by itself: frames of every kind in any order are calls, or the end of the link, and never another error."""

    def test_random_frames_never_fail_otherwise(self):
        rng = random.Random(7)
        aborted = calls = last = 0

        def random_frame():
            nonlocal last
            kind = rng.choice((frames.REQUEST, frames.BODY, frames.MESSAGE, frames.CLOSE, frames.CREDIT, frames.RESET))
            kind = kind if rng.random() < 0.97 else rng.randrange(frames.TYPE_LAST + 1)
            number = rng.randint(1, last) if last and rng.random() < 0.99 else rng.randrange(2**32)
            flags = rng.randrange(64) & ~frames.END if rng.random() < 0.9 else frames.END
            payload = rng.randbytes(4 if kind == frames.CREDIT and rng.random() < 0.95 else rng.randint(2, 10))
            if kind == frames.REQUEST:
                number = last = last + 1
                block = rng.choice((HTTP_BLOCK, WEBSOCKET_BLOCK)) if rng.random() < 0.98 else {}
                value = ('GET', '/', b'', b'/', 'id', None, None, block)
                flags |= frames.BLOCK
                payload = struct.pack('<H', rng.randrange(2)) + marshal.dumps(value, 2)
            return frames.pack_frame(kind, flags, number, payload)

        async def run():
            nonlocal aborted, calls, last
            for _round in range(ROUNDS):
                last = 0
                server = RecordingServer()
                link = AsgiLink(server, {})
                transport = RecordingTransport()
                link.connection_made(transport)
                receive(link, frames.pack_frame(frames.HELLO, 0, 0, b'{"protocol":2}'))
                for _frame in range(30):
                    if transport.aborted:
                        break
                    receive(link, random_frame())
                    for call in server.started:
                        if rng.random() < 0.5 and isinstance(call, WebSocketCall) and not call.gone and not call._accepted:
                            await call.send({'type': 'websocket.accept'})
                aborted += transport.aborted
                calls += len(server.started)
                link.connection_lost(None)
                self.assertTrue(all(call.gone for call in server.started if not call.closed))

        asyncio.run(run())
        self.assertGreater(aborted, ROUNDS // 4)
        self.assertGreater(calls, ROUNDS // 4)


if __name__ == '__main__':
    unittest.main()
