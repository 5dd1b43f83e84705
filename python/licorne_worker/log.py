"""Log lines on standard error, in the same form as the rest of the server writes them."""

import json
import os
import re
import time
import traceback

from .errors import InterfaceError

# What the application writes itself has no level of ours; it is always written.
LEVELS = {'debug': 10, 'info': 20, 'warning': 30, 'error': 40, 'critical': 50, 'app': 100}
_COLORS = {'debug': '36', 'info': '32', 'warning': '33', 'error': '31', 'critical': '1;31', 'app': '35'}
_CONTROL = re.compile('[\x00-\x08\x0b-\x1f\x7f-\x9f]')
_UNPRINTABLE = re.compile('[^\x20-\x7e]')
# Local time as it was when the worker began, in seconds east of UTC: an application may set TZ (Django does), the server's log keeps one.
_OFFSET = time.localtime().tm_gmtoff
_OWN_FOLDER = os.path.join(os.path.dirname(__file__), '')


class Log:
    """Writes lines of one format from one level on. A line is one write(2), so lines of several processes do not mix."""

    def __init__(self, level='info', style='text', color=False, fd=2):
        self.level = level if level in LEVELS else 'info'
        self._least = LEVELS[self.level]
        self._json = style == 'json'
        self._color = color
        self._fd = fd

    def write(self, level, message, request_id=None, trace=None):
        """One entry; `trace` is a traceback's text, put after the first line (or in its own key)."""
        if LEVELS[level] < self._least:
            return
        now = time.time()
        if self._json:
            entry = {'time': _iso_time(now), 'level': level, 'pid': os.getpid(), 'message': message}
            if request_id:
                entry['request_id'] = request_id
            if trace:
                entry['traceback'] = trace
            line = json.dumps(entry)
        else:
            line = self._text(now, level, message, request_id, trace)
        _write_all(self._fd, (line + '\n').encode('utf-8', 'backslashreplace'))

    def exception(self, message, error, request_id=None):
        """An error with its traceback, beginning in the application's code."""
        trace = format_exception(error)
        if application_traceback(error.__traceback__) is None and not isinstance(error, InterfaceError):
            # Nothing of the application's in it: then it is all that can be told.
            trace = ''.join(traceback.format_exception(type(error), error, error.__traceback__))
        self.write('error', message, request_id, trace)

    def _text(self, now, level, message, request_id, trace):
        name = level.upper()
        if self._color:
            name = '\x1b[%sm%s\x1b[0m' % (_COLORS[level], name)
        moment = time.strftime('%Y-%m-%d %H:%M:%S ', time.gmtime(now + _OFFSET)) + _offset_text('')
        first, newline, rest = message.partition('\n')
        text = first
        if request_id:
            text += ' request_id=' + escape(request_id)
        text += newline + rest
        if trace:
            text += '\n' + trace.rstrip('\n')
        return '[%s] [%d] [%s] %s' % (moment, os.getpid(), name, _tame(text))


class RequestErrors:
    """
    `wsgi.errors` of one request (PEP 3333, "Input and Error Streams"). What the application writes at once is one entry of the log, under the level APP:
    the first line carries time and request id, the others stay as they are, so that a traceback can be read.
    """

    # An unfinished line.
    text = ''

    def __init__(self, log, request_id):
        self._log = log
        self._request_id = request_id

    def write(self, text):
        """Keeps an unfinished last line until its end, or `flush`, comes."""
        if not isinstance(text, str):
            raise TypeError('wsgi.errors takes str, not %s' % type(text).__name__)
        whole, newline, self.text = (self.text + text).rpartition('\n')
        if newline and whole.strip():
            self._log.write('app', whole.strip('\n'), self._request_id)
        return len(text)

    def writelines(self, lines):
        """Writes each item of `lines`."""
        for line in lines:
            self.write(line)

    def flush(self):
        """Writes out an unfinished line."""
        if self.text:
            text, self.text = self.text, ''
            self._log.write('app', text, self._request_id)


def escape(text):
    """Text given by a client, made fit for one line of a log: all but printable ASCII as \\xNN."""
    return _UNPRINTABLE.sub(_escaped, text)


def format_exception(error):
    """The traceback's text without the frames of this package and of the import machinery above the application's code."""
    return ''.join(traceback.format_exception(type(error), error, application_traceback(error.__traceback__)))


def application_traceback(trace):
    """The part of a traceback that begins in the application's code; None if there is no such part."""
    while trace is not None and _is_own(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    return trace


def _is_own(filename):
    return (
        filename.startswith(_OWN_FOLDER)
        or filename.startswith('<frozen importlib')
        or filename.replace('\\', '/').endswith('/importlib/__init__.py')
    )


def _escaped(match):
    code = ord(match.group())
    return '\\x%02x' % code if code < 256 else '\\u%04x' % code


def _tame(text):
    """What a client sent may stand in a message: no control character drives the terminal, no further line passes for one of the log's own."""
    return _CONTROL.sub(_hex, text).replace('\n[', '\n [')


def _hex(match):
    return '\\x%02x' % ord(match.group())


def _iso_time(now):
    moment = time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now + _OFFSET))
    return '%s.%03d%s' % (moment, int(now % 1 * 1000), _offset_text(':'))


def _offset_text(separator):
    minutes = abs(_OFFSET) // 60
    return '%s%02d%s%02d' % ('-' if _OFFSET < 0 else '+', minutes // 60, separator, minutes % 60)


def _write_all(fd, data):
    while data:
        try:
            data = data[os.write(fd, data) :]
        except OSError:
            return
