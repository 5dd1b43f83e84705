"""The head of a response, as the application gives it to start_response, checked and put into the form of the wire."""

import re

from .errors import InterfaceTypeError, InterfaceValueError
from .frames import FRAME_BYTES_MAX, STREAM_CREDIT

_HEAD_BYTES_MAX = FRAME_BYTES_MAX - STREAM_CREDIT - 4
_STATUS = re.compile(r'[1-9][0-9][0-9] [\t\x20-\x7e\x80-\xff]*\Z')
# PEP 3333 forbids control characters; the tab is allowed in a value by RFC 9110 5.5.
_BAD = re.compile(r'[^\t\x20-\x7e\x80-\xff]')
_BAD_IN_HEAD = re.compile(r'[^\n\t\x20-\x7e\x80-\xff]')
# How many heads are remembered, and how long they may be.
_KNOWN_MAX = 256
_KNOWN_BYTES_MAX = 2048

_known = {}


def response_head(status, headers):
    """What `head_text` and `content_length` say, as a pair. Applications answer with the same heads again and again: they are checked once.

    Equal texts are the same head; what is no text, list or tuple is never equal to one.
    """
    if type(headers) is not list:
        return head_text(status, headers), content_length(headers)
    key = (status, *headers)
    try:
        known = _known.get(key)
    except (TypeError, ValueError):
        # Something in it is no text; a memoryview says ValueError.
        known = None
    if known is None:
        known = head_text(status, headers), content_length(headers)
        if len(known[0]) <= _KNOWN_BYTES_MAX and _is_plain(key):
            if len(_known) >= _KNOWN_MAX:
                _known.clear()
            _known[key] = known
    return known


def head_text(status, headers):
    """The head as latin-1 bytes: status, then name and value in turn, one a line.

    Raises an InterfaceError that names what is wrong: TypeError for types, ValueError for characters.
    """
    if not isinstance(status, str):
        raise InterfaceTypeError('the status must be str, not %s' % type(status).__name__)
    if not _STATUS.match(status):
        raise InterfaceValueError('the status must look like "200 OK", not %r' % status[:80])
    if not isinstance(headers, list):
        raise InterfaceTypeError('the headers must be a list, not %s' % type(headers).__name__)
    parts = [status]
    for item in headers:
        if not isinstance(item, tuple) or len(item) != 2:
            raise InterfaceTypeError('a header must be a tuple of name and value, not %r' % (item,))
        parts += item
    try:
        text = '\n'.join(parts)
    except TypeError:
        raise InterfaceTypeError(_what_is_not_text(headers)) from None
    # One search over all; a line end inside an item shows in the count.
    if _BAD_IN_HEAD.search(text) or text.count('\n') != 2 * len(headers):
        raise InterfaceValueError(_what_is_bad(headers))
    if len(text) > _HEAD_BYTES_MAX:
        raise InterfaceValueError('the headers are %d bytes, more than %d' % (len(text), _HEAD_BYTES_MAX))
    return text.encode('latin-1')


def content_length(headers):
    """The declared Content-Length; -1 where there is none that can be read (the gateway judges it)."""
    for name, value in headers:
        if len(name) == 14 and name.lower() == 'content-length':
            return int(value) if value.isascii() and value.isdigit() and len(value) < 20 else -1
    return -1


def _what_is_not_text(headers):
    for name, value in headers:
        for item in (name, value):
            if not isinstance(item, str):
                return 'the header %r must have str as name and value, not %s' % (name, type(item).__name__)
    return 'a header is not text'


def _what_is_bad(headers):
    for name, value in headers:
        if _BAD.search(name):
            return 'the header name %r holds a character that cannot be sent' % name[:80]
        bad = _BAD.search(value)
        if bad:
            return 'the value of the header %s holds the character %r, which cannot be sent' % (name, bad.group())
    return 'a header holds a character that cannot be sent'


def _is_plain(key):
    """Whether nothing in it has an equality of its own, or can change."""
    for item in key[1:]:
        if type(item) is not tuple or type(item[0]) is not str or type(item[1]) is not str:
            return False
    return type(key[0]) is str
