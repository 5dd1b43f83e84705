"""What the harness needs for ASGI: requests as scopes, WebSockets, and every event loop that this Python has."""

import importlib.util
import marshal
import os
import struct

from harness import DEADLINE, ROOT, Answer, Gateway, WorkerCase, frames

APPS = os.path.join(ROOT, 'tests', 'apps', 'asgi')
LOOPS = ['asyncio'] + (['uvloop'] if importlib.util.find_spec('uvloop') else [])

HTTP_BLOCK = {
    'type': 'http',
    'http_version': '1.1',
    'scheme': 'http',
    'headers': [(b'host', b'localhost:8000'), (b'x-twice', b'1'), (b'x-twice', b'2')],
    'client': ('127.0.0.1', 50000),
    'server': ('127.0.0.1', 8000),
    'root_path': '',
}
WEBSOCKET_BLOCK = {**HTTP_BLOCK, 'type': 'websocket', 'scheme': 'ws', 'subprotocols': ['chat', 'superchat']}


class AsgiAnswer(Answer):
    """What arrived on a stream, WebSocket frames included."""

    def __init__(self):
        super().__init__()
        self.accepted = None
        self.messages = []
        self.parts = []
        self.close = None
        self.trailers = None

    def over(self):
        """As the gateway sees it: a WebSocket that was accepted ends with DONE."""
        if self.reset is not None:
            return True
        return self.done if self.accepted is not None else super().over()

    def take(self, kind, flags, payload):
        """One frame of the stream."""
        if kind == frames.ACCEPT:
            size = struct.unpack_from('<I', payload)[0]
            assert size == len(payload) - 4
            parts = payload[4:].decode('latin-1').split('\n')
            self.accepted = parts[0], list(zip(parts[1::2], parts[2::2]))
        elif kind == frames.MESSAGE:
            assert self.close is None, 'a MESSAGE after CLOSE'
            self.parts.append(payload)
            if not flags & frames.MORE:
                data = b''.join(self.parts)
                self.messages.append(data.decode() if flags & frames.TEXT else data)
                self.parts = []
        elif kind == frames.CLOSE:
            assert self.close is None, 'a second CLOSE'
            self.close = struct.unpack_from('<H', payload)[0], payload[2:].decode()
        elif kind == frames.TRAILERS:
            parts = payload.decode('latin-1').split('\n') if payload else []
            self.trailers = list(zip(parts[0::2], parts[1::2]))
            self.end_flags = flags
            return
        else:
            return super().take(kind, flags, payload)
        self.frames.append((kind, flags, len(payload)))


class AsgiGateway(Gateway):
    """A gateway of an ASGI worker."""

    def request_frame(self, path='/', method='GET', query='', body=None, end=True, extra=None, block=HTTP_BLOCK, slot=0, request_id='req-1', headers=(), flags=0):
        """The bytes of a REQUEST frame."""
        self.last += 1
        value = (method, path, query.encode(), path.encode(), request_id, body, extra)
        flags |= frames.END if end else 0
        if block is not None:
            value += (block,)
            flags |= frames.BLOCK
        self.answers[self.last] = AsgiAnswer()
        return frames.pack_frame(frames.REQUEST, flags, self.last, struct.pack('<H', slot) + marshal.dumps(value, 2))

    def start(self, path='/', **options):
        """Starts a stream with any option of `request_frame`; its number."""
        self.send_raw(self.request_frame(path, **options))
        return self.last

    def connect(self, path='/', block=WEBSOCKET_BLOCK, **options):
        """Asks for a WebSocket; its number."""
        return self.start(path, block=block, end=False, **options)

    def opened(self, path='/', **options):
        """A WebSocket that was accepted."""
        stream = self.connect(path, **options)
        while self.answers[stream].accepted is None:
            self.step()
        return stream

    def message(self, stream, data, more=False):
        """A message of the client."""
        flags = frames.TEXT if isinstance(data, str) else 0
        self.send(frames.MESSAGE, flags | (frames.MORE if more else 0), stream, data.encode() if flags else data)

    def close_socket(self, stream, code=1000, reason=''):
        """The client's close."""
        self.send(frames.CLOSE, 0, stream, struct.pack('<H', code) + reason.encode())

    def until(self, stream, satisfied, credit=True):
        """Takes frames until something is true of the answer."""
        answer = self.answers[stream]
        while not satisfied(answer):
            self.step(credit)
        return answer

    def credit(self, stream, count):
        """Lets the worker send more."""
        self.send(frames.CREDIT, 0, stream, struct.pack('<I', count))


class AsgiCase(WorkerCase):
    """A test of ASGI workers; subclasses of it are made for every loop."""

    loop = 'asyncio'

    def worker(self, target, **options):
        """A worker in the folder of the applications."""
        options.setdefault('folder', APPS)
        options.setdefault('loop', self.loop)
        return super().worker(target, **options)

    def serving(self, target, **options):
        """A ready worker and a link to it."""
        worker = self.worker(target, **options)
        message = worker.hear()
        self.assertEqual(message['type'], 'ready', message)
        return worker, self.link(worker)

    def link(self, worker):
        """Another link to a worker."""
        gateway = AsgiGateway(worker.path)
        self.addCleanup(gateway.close)
        return gateway

    def stopped(self, worker, code=0):
        """Stops a worker and waits for its end."""
        worker.tell({'type': 'stop'})
        self.assertEqual(worker.exit_code(), code, worker.log())

    def path(self, worker):
        """A file that does not exist yet, and a function that makes it."""
        path = os.path.join(worker.run_dir, 'go')
        return path, lambda: open(path, 'w').close()


def on_every_loop(module, *cases):
    """Puts a copy of each case into a module for every other loop there is."""
    for case in cases:
        for loop in LOOPS[1:]:
            name = '%sOn%s' % (case.__name__, loop.capitalize())
            module[name] = type(name, (case,), {'loop': loop, '__module__': module['__name__']})


__all__ = ['APPS', 'DEADLINE', 'HTTP_BLOCK', 'WEBSOCKET_BLOCK', 'AsgiCase', 'frames', 'on_every_loop']
