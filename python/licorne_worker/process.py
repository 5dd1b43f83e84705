"""What every process of the bridge does for its own life: its name, its signals, its socket, its last words."""

import os
import socket
import stat
import sys

from .control import cut

# As gunicorn has them: 3, the worker failed to boot; 4, the application failed to load.
EXIT_CODES = {'boot': 3, 'load': 4}
_LISTEN_BACKLOG = 16


def name_process(name):
    """The name that `ps` and `top` show, where the system lets us: 15 bytes of it."""
    try:
        with open('/proc/self/comm', 'w') as file:
            file.write(name)
    except OSError:
        pass


def line_buffer():
    """What an application prints is seen at the end of each line, also when it goes to a file."""
    for stream in (sys.stdout, sys.stderr):
        # None where the descriptor was closed.
        if stream is not None:
            stream.reconfigure(line_buffering=True)


def listen(path):
    """A listening Unix socket, in the place of one that a killed process left."""
    try:
        if stat.S_ISSOCK(os.lstat(path).st_mode):
            os.unlink(path)
    except FileNotFoundError:
        pass
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(_LISTEN_BACKLOG)
    return listener


def reopen_log(path, log):
    """Points standard error at this file, opened for appending."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except (OSError, TypeError) as error:
        log.write('error', 'The log %s cannot be opened: %s' % (path, error))
        return
    os.dup2(fd, 2)
    os.close(fd)


def fail(control, error):
    """Tells the master why the application cannot be served (a LoadError), and ends the process."""
    control.send(
        'failed',
        stage=error.stage,
        title=cut(error.title),
        message=cut(error.message),
        traceback=cut(error.trace),
        hint=cut(error.hint),
    )
    flush()
    # Threads that the application has started must not keep a process that never served.
    os._exit(EXIT_CODES[error.stage])


def leave_at_once(code=0):
    """Ends the process without flushing: the thread that holds a stream's lock may be the one that hangs."""
    os._exit(code)


def flush():
    """Writes out what standard output and error still hold."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError, RuntimeError):
            pass
