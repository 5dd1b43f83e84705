"""Files that the gateway can send in the place of a body: regular, and still there under their name."""

import os
import stat
from collections import namedtuple

# `path` is absolute, as bytes; `status` is what fstat said.
RegularFile = namedtuple('RegularFile', 'path offset status')

# A FILE frame holds head and path; no path that the system takes is longer.
_PATH_BYTES_MAX = 4096


def of_descriptor(fd, name, offset):
    """The open file `fd`, from `offset` on; None if it is not regular or cannot be found by its name any more. Raises OSError."""
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode) or not 0 <= offset < status.st_size:
        return None
    for path in _names(fd, name):
        if len(path) < _PATH_BYTES_MAX and _is_same(path, status):
            return RegularFile(path, offset, status)
    return None


def sendable_length(file, declared):
    """How many bytes the response has: Content-Length (-1: not given), or all that is left. -1 when that is less than was promised."""
    left = file.status.st_size - file.offset
    if declared < 0:
        return left
    return declared if declared <= left else -1


def _names(fd, name):
    if isinstance(name, (str, bytes)):
        yield os.fsencode(os.path.abspath(name))
    # The folder may have been changed since it was opened; Linux knows where it is.
    yield os.fsencode(os.path.realpath('/proc/self/fd/%d' % fd))


def _is_same(path, status):
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return False
    return os.path.samestat(found, status)
