"""The control channel: JSON lines between the master and this worker on file descriptor 3."""

import json
import os
import select
import threading

CONTROL_LINE_BYTES_MAX = 1048576
# A traceback longer than this is cut in the middle, so that its message fits a line.
TEXT_CHARS_MAX = 100000


class Control:
    """Sends from any thread; receives first in the main thread (`read_start`), then in a thread of its own (`listen`)."""

    def __init__(self, fd):
        self.fd = self._fd = fd
        # The other side has closed it, or what it said could not be read.
        self.ended = False
        self._rest = b''
        self._write_lock = threading.Lock()
        # A child of the application must not keep the channel open.
        os.set_inheritable(fd, False)
        os.set_blocking(fd, True)

    def read_start(self, kinds=('start',)):
        """The first message, which must be of one of these kinds; None when the master has gone."""
        while True:
            message = self._take()
            if message is not None:
                if message.get('type') not in kinds:
                    raise ValueError('the first message is not "%s"' % '" or "'.join(kinds))
                return message
            if not self._read():
                return None

    def send(self, kind, **values):
        """Sends one message. A master that has gone is noticed by the listening thread."""
        line = json.dumps(dict(values, type=kind)).encode() + b'\n'
        with self._write_lock:
            try:
                while line:
                    line = line[os.write(self._fd, line) :]
            except OSError:
                pass

    def listen(self, on_message, on_end, wake_fd, on_wake, timeout):
        """Starts the thread that calls `on_message(dict)` for each message, `on_end()` when the master has gone and `on_wake(bytes)`
        with what arrives on `wake_fd`. `timeout()` gives the seconds until `on_wake(b'')` is wanted, None for never."""
        arguments = (on_message, on_end, wake_fd, on_wake, timeout)
        threading.Thread(target=self._listen, args=arguments, name='licorne-control', daemon=True).start()

    def receive(self):
        """What has come, as a list of messages; for a process that waits by itself. Sets `ended`."""
        messages = []
        try:
            self.ended = not self._read()
            message = self._take()
            while message is not None:
                messages.append(message)
                message = self._take()
        except ValueError:
            self.ended = True
        return messages

    def close(self):
        """In a forked child: the channel belongs to the parent."""
        os.close(self._fd)

    def _listen(self, on_message, on_end, wake_fd, on_wake, timeout):
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        poll.register(wake_fd, select.POLLIN)
        while True:
            try:
                message = self._take()
                while message is not None:
                    on_message(message)
                    message = self._take()
            except ValueError:
                return on_end()
            seconds = timeout()
            ready = [fd for fd, _event in poll.poll(None if seconds is None else max(0, seconds * 1000))]
            if wake_fd in ready:
                on_wake(os.read(wake_fd, 4096))
            elif not ready:
                on_wake(b'')
            if self._fd in ready and not self._read():
                return on_end()

    def _read(self):
        try:
            data = os.read(self._fd, 65536)
        except OSError:
            return False
        self._rest += data
        return bool(data)

    def _take(self):
        line, newline, rest = self._rest.partition(b'\n')
        if len(line) >= CONTROL_LINE_BYTES_MAX:
            raise ValueError('a control line of more than %d bytes' % CONTROL_LINE_BYTES_MAX)
        if not newline:
            return None
        self._rest = rest
        message = json.loads(line)
        if not isinstance(message, dict):
            raise ValueError('a control line that is not an object')
        return message


def cut(text):
    """A text made to fit: the beginning and the end of a very long one."""
    if len(text) <= TEXT_CHARS_MAX:
        return text
    half = TEXT_CHARS_MAX // 2
    return '%s\n[... %d characters left out ...]\n%s' % (text[:half], len(text) - 2 * half, text[-half:])
