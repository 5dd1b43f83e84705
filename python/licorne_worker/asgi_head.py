"""Heads as an ASGI application gives them (bytes), checked and put into the form of the wire."""

import http
import re

from .errors import InterfaceTypeError, InterfaceValueError
from .frames import FRAME_BYTES_MAX, STREAM_CREDIT

_HEAD_BYTES_MAX = FRAME_BYTES_MAX - STREAM_CREDIT - 4
# Control characters are not allowed, but for the tab in a value (RFC 9110, section 5.5).
_BAD = re.compile(rb'[^\t\x20-\x7e\x80-\xff]')
_BAD_IN_HEAD = re.compile(rb'[^\n\t\x20-\x7e\x80-\xff]')
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
# Response heads that were found right, as text by the status and headers they were made of: applications give the same ones again and again.
# All are forgotten when there are too many; long ones are not kept.
_known_heads = {}
_KNOWN_HEADS_MAX = 1024
_KNOWN_HEAD_BYTES_MAX = 1024
_STATUS_LINES = {status.value: b'%d %s' % (status.value, status.phrase.encode()) for status in http.HTTPStatus}


def response_head(message):
    """The head text of an `http.response.start` (or `websocket.http.response.start`). Raises InterfaceError."""
    status = message.get('status')
    headers = message.get('headers')
    key = None
    if type(status) is int and type(headers) is list:
        try:
            key = (status, *headers)
            return _known_heads[key]
        except KeyError:
            pass
        except (TypeError, ValueError):
            # It holds lists or other things that change; what of it is wrong, if anything, is said below.
            key = None
    # 1xx are not responses; the sendable interim one is an extension of its own. (An int subclass such as HTTPStatus is fine.)
    if not isinstance(status, int) or isinstance(status, bool):
        raise InterfaceTypeError('the status must be int, not %s' % type(status).__name__)
    if not 200 <= status <= 999:
        raise InterfaceValueError('the status must be from 200 to 999, not %d' % status)
    text = head_text(_STATUS_LINES.get(status) or b'%d ' % status, headers or ())
    if key is not None and len(text) <= _KNOWN_HEAD_BYTES_MAX:
        _remember(key, text)
    return text


def early_hint_head(message):
    """The head text of a 103 with one Link header for each of `links` (RFC 8297)."""
    links = message.get('links') or ()
    if isinstance(links, (bytes, str)):
        raise InterfaceTypeError('the links must be an iterable of bytes, not %s' % type(links).__name__)
    return head_text(b'103 Early Hints', [(b'link', link) for link in links])


def accept_head(message):
    """The head text of a `websocket.accept`: the subprotocol in the place of a status line."""
    subprotocol = message.get('subprotocol')
    if subprotocol is not None and not isinstance(subprotocol, str):
        raise InterfaceTypeError('the subprotocol must be str or None, not %s' % type(subprotocol).__name__)
    if subprotocol and not _TOKEN.match(subprotocol):
        raise InterfaceValueError('the subprotocol %.80r is not a token' % subprotocol)
    return head_text((subprotocol or '').encode(), message.get('headers') or ())


def content_length(head):
    """The Content-Length in a head text; -1 where there is none that can be read (the gateway judges it)."""
    parts = head.split(b'\n')
    for at in range(1, len(parts), 2):
        if len(parts[at]) == 14 and parts[at].lower() == b'content-length':
            value = parts[at + 1]
            return int(value) if value.isdigit() and len(value) < 20 else -1
    return -1


def trailer_text(headers):
    """Trailers: names and values without a first line."""
    return head_text(b'', headers)[1:]


def head_text(first, headers):
    """A first line, then name and value in turn, one a line. `headers` is an iterable of pairs of bytes."""
    parts = [first]
    try:
        for name, value in headers:
            parts.append(name)
            parts.append(value)
        text = b'\n'.join(parts)
    except (TypeError, ValueError):
        raise InterfaceTypeError(_what_is_wrong(headers)) from None
    # One search over all; a line end inside an item shows in the count.
    if _BAD_IN_HEAD.search(text) or text.count(b'\n') != len(parts) - 1:
        raise InterfaceValueError(_what_is_bad(parts))
    if len(text) > _HEAD_BYTES_MAX:
        raise InterfaceValueError('the headers are %d bytes, more than %d' % (len(text), _HEAD_BYTES_MAX))
    return text


def _remember(key, text):
    for pair in key[1:]:
        # What may change (a view of bytes, a pair of a kind of its own) is equal to itself whatever it shows.
        if type(pair) is not tuple or type(pair[0]) is not bytes or type(pair[1]) is not bytes:
            return
    if len(_known_heads) >= _KNOWN_HEADS_MAX:
        _known_heads.clear()
    _known_heads[key] = text


def _what_is_wrong(headers):
    if isinstance(headers, (list, tuple)):
        for item in headers:
            try:
                name, value = item
            except (TypeError, ValueError):
                return 'a header must be a pair of name and value, not %.80r' % (item,)
            for part in (name, value):
                if not isinstance(part, bytes):
                    return 'the header %.80r must have bytes as name and value, not %s' % (name, type(part).__name__)
    return 'the headers must be an iterable of pairs of bytes, not %s' % type(headers).__name__


def _what_is_bad(parts):
    for name, value in zip(parts[1::2], parts[2::2]):
        if _BAD.search(name):
            return 'the header name %.80r holds a character that cannot be sent' % bytes(name)
        bad = _BAD.search(value)
        if bad:
            return 'the value of the header %s holds the character %r, which cannot be sent' % (bytes(name).decode('latin-1'), bad.group())
    return 'a header holds a character that cannot be sent'
