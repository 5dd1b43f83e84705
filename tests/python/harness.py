"""Drives a real worker process the way a master and a gateway do."""

import json
import marshal
import os
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

TESTS = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(TESTS))
BRIDGE = os.path.join(ROOT, 'python')
GOLDEN = os.path.join(ROOT, 'tests', 'golden', 'wire')
DEADLINE = 30

sys.path.insert(0, BRIDGE)

from licorne_worker import frames  # noqa: E402

# Puts a socket on descriptor 3, whatever its number, and becomes the rest of its arguments.
ON_THREE = """
import os, sys
fd = int(sys.argv[1])
os.dup2(fd, 3)
if fd != 3:
    os.close(fd)
os.execv(sys.argv[2], sys.argv[2:])
"""

BLOCK = {
    'SERVER_PROTOCOL': 'HTTP/1.1',
    'SERVER_NAME': 'localhost',
    'SERVER_PORT': '8000',
    'REMOTE_ADDR': '127.0.0.1',
    'REMOTE_PORT': '50000',
    'wsgi.url_scheme': 'http',
    'SCRIPT_NAME': '',
    'HTTP_HOST': 'localhost:8000',
}


def boot_line():
    """The one line that starts a worker, as the TypeScript side has it."""
    with open(os.path.join(ROOT, 'src', 'wire', 'python-boot.ts'), encoding='utf-8') as file:
        return re.search(r'"(import sys; [^"]*)"', file.read()).group(1)


class Worker:
    """A worker process and the master's end of its control channel."""

    def __init__(self, target, folder=TESTS, env=None, stdin=None, **start):
        self.run_dir = tempfile.mkdtemp(prefix='licorne-test-')
        self.path = os.path.join(self.run_dir, 'worker-0.sock')
        self.log_path = os.path.join(self.run_dir, 'stderr')
        self.control, theirs = socket.socketpair()
        self.control.settimeout(DEADLINE)
        self._lines = b''
        fd = theirs.fileno()
        with open(self.log_path, 'wb') as log:
            command = [sys.executable, '-ISc', ON_THREE, str(fd), sys.executable, '-c', boot_line(), BRIDGE]
            self.process = subprocess.Popen(
                command, pass_fds=(fd,), stderr=log, stdout=log, stdin=subprocess.DEVNULL, cwd='/', env={**os.environ, **(env or {})}
            )  # fmt: skip
        theirs.close()
        message = {
            'type': 'start', 'protocol': 2, 'worker': 0, 'app': 'app', 'socket': self.path, 'target': target, 'chdir': folder,
            'pythonpath': [], 'interface': 'auto', 'threads': 1, 'multiprocess': False, 'script_name': '', 'settings_module': None,
            'log_level': 'debug', 'log_format': 'text', 'log_color': False,
        }  # fmt: skip
        message.update(start)
        self.tell(message)

    def tell(self, message):
        """Sends a control message."""
        self.control.sendall(json.dumps(message).encode() + b'\n')

    def hear(self):
        """The next control message."""
        while b'\n' not in self._lines:
            data = self.control.recv(65536)
            if not data:
                raise EOFError('the worker has closed its control channel; log: ' + self.log())
            self._lines += data
        line, self._lines = self._lines.split(b'\n', 1)
        return json.loads(line)

    def gateway(self):
        """A new link, after both HELLOs."""
        return Gateway(self.path)

    def log(self):
        """All that the worker has written."""
        with open(self.log_path, encoding='utf-8') as file:
            return file.read()

    def wait_for_log(self, pattern):
        """Waits until the log matches."""
        end = time.monotonic() + DEADLINE
        while True:
            found = re.search(pattern, self.log(), re.S)
            if found:
                return found
            if time.monotonic() > end:
                raise AssertionError('no %r in the log:\n%s' % (pattern, self.log()))
            time.sleep(0.01)

    def exit_code(self):
        """Waits for the end of the process."""
        return self.process.wait(DEADLINE)

    def end(self):
        """Leaves nothing behind."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(DEADLINE)
        self.control.close()
        shutil.rmtree(self.run_dir, ignore_errors=True)


class Answer:
    """What arrived on a stream: head, body and how it ended."""

    def __init__(self):
        self.informs = []
        self.status = None
        self.headers = None
        self.body = b''
        self.frames = []
        self.end_flags = None
        self.reset = None
        # What a FILE frame says: path, offset, length, device, inode, time of change in nanoseconds and size of the file.
        self.file = None
        self.done = False

    def over(self):
        """Whether the thread is free, as the gateway sees it."""
        if self.reset is not None:
            return True
        return self.end_flags is not None and (self.done or not self.end_flags & frames.BUSY)

    def take(self, kind, flags, payload):
        """One frame of the stream."""
        self.frames.append((kind, flags, len(payload)))
        if kind in (frames.RESPONSE, frames.INFORM):
            size = struct.unpack_from('<I', payload)[0]
            parts = payload[4 : 4 + size].decode('latin-1').split('\n')
            assert len(parts) % 2 == 1, parts
            headers = list(zip(parts[1::2], parts[2::2]))
            if kind == frames.INFORM:
                self.informs.append((parts[0], headers))
            else:
                assert self.status is None, 'a second RESPONSE'
                self.status, self.headers = parts[0], headers
                self.body += payload[4 + size :]
        elif kind == frames.FILE:
            self._take_file(flags, payload)
        elif kind == frames.BODY:
            assert self.status is not None, 'BODY before RESPONSE'
            self.body += payload
        elif kind == frames.RESET:
            self.reset = payload[0]
        elif kind == frames.DONE:
            self.done = True
        else:
            raise AssertionError('unexpected frame %d' % kind)
        if flags & frames.END:
            assert self.end_flags is None, 'a second END'
            self.end_flags = flags


    def _take_file(self, flags, payload):
        assert self.status is None and flags == 0
        size = struct.unpack_from('<I', payload)[0]
        parts = payload[4 : 4 + size].decode('latin-1').split('\n')
        self.status, self.headers = parts[0], list(zip(parts[1::2], parts[2::2]))
        offset, length, *identity = struct.unpack_from('<QQQQqQ', payload, 4 + size)
        path = os.fsdecode(payload[4 + size + 48 :])
        self.file = (path, offset, length, *identity)
        with open(path, 'rb') as file:
            file.seek(offset)
            self.body = file.read(length)


class Gateway:
    """A gateway's end of a link."""

    def __init__(self, path, hello=True):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(DEADLINE)
        self.socket.connect(path)
        self.reader = frames.FrameReader()
        self.answers = {}
        self.credits = {}
        self.last = 0
        self.hello = None
        self._buffer = []
        if hello:
            self.send(frames.HELLO, 0, 0, b'{"protocol":2}')
            kind, _flags, _stream, payload = self.next_frame()
            assert kind == frames.HELLO
            self.hello = json.loads(payload)

    def send(self, kind, flags, stream, payload=b''):
        """One frame."""
        self.send_raw(frames.pack_frame(kind, flags, stream, payload))

    def request(self, path='/', method='GET', query='', body=None, end=True, extra=None, block=BLOCK, slot=0, request_id='req-1', **headers):
        """Starts a stream; its number."""
        self.send_raw(self.request_frame(path, method, query, body, end, extra, block, slot, request_id, headers))
        return self.last

    def send_raw(self, data):
        """Bytes as they are. Like a real gateway it goes on reading while it cannot write."""
        rest = memoryview(data)
        while rest:
            readable, writable, _ = select.select([self.socket], [self.socket], [], DEADLINE)
            if writable:
                try:
                    rest = rest[self.socket.send(rest, socket.MSG_DONTWAIT) :]
                    continue
                except BlockingIOError:
                    pass
            if not readable and not writable:
                raise TimeoutError('the worker does not read')
            if readable and not self._read():
                return

    def request_frame(self, path='/', method='GET', query='', body=None, end=True, extra=None, block=BLOCK, slot=0, request_id='req-1', headers=()):
        """The bytes of a REQUEST frame."""
        self.last += 1
        raw = path + ('?' + query if query else '')
        value = (method, path, query, raw, request_id, body, extra)
        flags = frames.END if end else 0
        if block is not None:
            value += ({**block, **dict(headers)},)
            flags |= frames.BLOCK
        self.answers[self.last] = Answer()
        return frames.pack_frame(frames.REQUEST, flags, self.last, struct.pack('<H', slot) + marshal.dumps(value, 2))

    def next_frame(self):
        """The next frame of the link; None at its end."""
        while not self._buffer:
            if not self._read():
                return None
        return self._buffer.pop(0)

    def _read(self):
        try:
            data = self.socket.recv(262144)
        except ConnectionResetError:
            return False
        self._buffer += [(k, f, s, bytes(p)) for k, f, s, p in self.reader.feed(data)]
        return bool(data)

    def quiet(self, seconds=0.2):
        """Whether nothing more arrives for a while."""
        return not self._buffer and not select.select([self.socket], [], [], seconds)[0]

    def step(self, credit=True):
        """Takes one frame; gives credit for a body's bytes when `credit` is set."""
        frame = self.next_frame()
        if frame is None:
            raise EOFError('the worker has closed the link')
        kind, flags, stream, payload = frame
        if kind == frames.CREDIT:
            self.credits[stream] = self.credits.get(stream, 0) + struct.unpack('<I', payload)[0]
            return stream
        answer = self.answers[stream]
        before = len(answer.body)
        answer.take(kind, flags, payload)
        got = len(answer.body) - before
        if kind == frames.FILE:
            self.answer_file(stream)
            return stream
        if credit and got and answer.end_flags is None:
            self.send(frames.CREDIT, 0, stream, struct.pack('<I', got))
        return stream

    def answer_file(self, stream, refused=False):
        """Takes the file that was offered, or does not."""
        answer = self.answers[stream]
        if refused:
            answer.status, answer.body, answer.file = None, b'', None
        else:
            answer.end_flags = frames.BUSY
        self.send(frames.FILE, 0, stream, bytes((refused,)))

    def finish(self, stream):
        """Takes frames until the stream is over; its answer."""
        while not self.answers[stream].over():
            self.step()
        return self.answers[stream]

    def get(self, path='/', **options):
        """A whole request and answer."""
        return self.finish(self.request(path, **options))

    def close(self):
        """Ends the link."""
        self.socket.close()


class WorkerCase(unittest.TestCase):
    """A test that owns workers and links."""

    def worker(self, target, **options):
        """A worker that will not outlive the test."""
        worker = Worker(target, **options)
        self.addCleanup(worker.end)
        return worker

    def serving(self, target, **options):
        """A ready worker and a link to it."""
        worker = self.worker(target, **options)
        message = worker.hear()
        self.assertEqual(message['type'], 'ready', message)
        gateway = worker.gateway()
        self.addCleanup(gateway.close)
        return worker, gateway
