"""What every process of the bridge does for its own life: its name, its signals, its socket, its last words."""

import os
import socket
import stat
import sys

from .control import cut

# As gunicorn has them: 3, the worker failed to boot; 4, the application failed to load.
EXIT_CODES = {'boot': 3, 'load': 4}
_LISTEN_BACKLOG = 16
_PR_SET_NAME = 15


def name_process(name, detail=''):
    """The name that `top` shows, 15 bytes of it, and what `ps` shows: the name with `detail`, as far as there is room. Linux only."""
    text = (name + ' ' + detail).rstrip().encode('utf-8', 'surrogateescape')
    try:
        begin, room = _arguments_area()
        whole = text[: room - 1].ljust(room, b'\0')
        try:
            with open('/proc/self/comm', 'w') as file:
                file.write(name)
            memory = os.open('/proc/self/mem', os.O_RDWR)
            os.pwrite(memory, whole, begin)
            os.close(memory)
        except PermissionError:
            # A process that was root once may not open these files of its own. ctypes is not imported otherwise, for its memory.
            import ctypes

            ctypes.CDLL(None).prctl(_PR_SET_NAME, ctypes.c_char_p(name.encode()), 0, 0, 0)
            ctypes.memmove(begin, whole, room)
    except (OSError, ValueError, IndexError, ImportError, AttributeError):
        pass


def title(start):
    """What tells this process from its siblings: app, number and module. A zygote has no number."""
    number = '/%d' % start['worker'] if 'worker' in start else ''
    return '%s%s %s' % (start.get('app', ''), number, start.get('target', ''))


def _arguments_area():
    """Where the kernel has put the arguments at the start, and how many bytes. `ps` reads them there; Python has copies and never looks there again."""
    with open('/proc/self/stat', 'rb') as file:
        # What follows the name, which may hold brackets itself, is the third field and so on (proc(5)).
        fields = file.read().rpartition(b')')[2].split()
    begin, end = int(fields[48 - 3]), int(fields[49 - 3])
    with open('/proc/self/cmdline', 'rb') as file:
        length = len(file.read())
    if begin == 0 or length == 0 or end - begin < length:
        raise ValueError('the arguments are somewhere else')
    return begin, end - begin


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
    # Whatever the application's umask is.
    os.chmod(path, 0o600)
    listener.listen(_LISTEN_BACKLOG)
    return listener


def reopen_log(path, log):
    """Points standard error at this file, opened for appending; and standard output, where both went to the same file."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except (OSError, TypeError) as error:
        log.write('error', 'The log %s cannot be opened: %s' % (path, error))
        return
    both = _same_file(1, 2)
    os.dup2(fd, 2)
    if both:
        os.dup2(fd, 1)
    os.close(fd)


def _same_file(one, other):
    try:
        return os.path.sameopenfile(one, other)
    except OSError:
        return False


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
