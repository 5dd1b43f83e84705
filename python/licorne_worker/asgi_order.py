"""The order of messages that an ASGI application sends, as tables.

    state -> type of a message -> (next state, next state when the message carries its flag)

The flags are the booleans of FLAGS. What a table does not have is the application's error. DONE is where all is said;
a message after it is ignored, as the specification says ("any further messages on the channel will be ignored").
"""

from .errors import InterfaceOrderError, InterfaceTypeError

START = 'http.response.start'
BODY = 'http.response.body'
TRAILERS = 'http.response.trailers'
EARLY_HINT = 'http.response.early_hint'
PATHSEND = 'http.response.pathsend'
ACCEPT = 'websocket.accept'
SEND = 'websocket.send'
CLOSE = 'websocket.close'
DENIAL_START = 'websocket.http.response.start'
DENIAL_BODY = 'websocket.http.response.body'
STARTUP_COMPLETE = 'lifespan.startup.complete'
STARTUP_FAILED = 'lifespan.startup.failed'
SHUTDOWN_COMPLETE = 'lifespan.shutdown.complete'
SHUTDOWN_FAILED = 'lifespan.shutdown.failed'

FLAGS = {START: 'trailers', BODY: 'more_body', TRAILERS: 'more_trailers', DENIAL_BODY: 'more_body'}

DONE = 'the response is complete'
CLOSED = 'the WebSocket was closed by the application'

NEW = 'no response has begun'
HEAD = 'the response has begun'
BODY_OPEN = 'the body is not complete'
HEAD_BEFORE_TRAILERS = 'the response has begun, trailers will follow'
BODY_BEFORE_TRAILERS = 'the body is not complete, trailers will follow'
AWAITING_TRAILERS = 'the body is complete, trailers must follow'

HTTP = {
    NEW: {START: (HEAD, HEAD_BEFORE_TRAILERS), EARLY_HINT: (NEW, NEW)},
    # PATHSEND stands in the place of all BODY messages.
    HEAD: {BODY: (DONE, BODY_OPEN), PATHSEND: (DONE, DONE), EARLY_HINT: (HEAD, HEAD)},
    # Too late for a 103, but the extension allows it: nothing is sent.
    BODY_OPEN: {BODY: (DONE, BODY_OPEN), EARLY_HINT: (BODY_OPEN, BODY_OPEN)},
    HEAD_BEFORE_TRAILERS: {
        BODY: (AWAITING_TRAILERS, BODY_BEFORE_TRAILERS),
        PATHSEND: (AWAITING_TRAILERS, AWAITING_TRAILERS),
        EARLY_HINT: (HEAD_BEFORE_TRAILERS, HEAD_BEFORE_TRAILERS),
    },
    BODY_BEFORE_TRAILERS: {
        BODY: (AWAITING_TRAILERS, BODY_BEFORE_TRAILERS),
        EARLY_HINT: (BODY_BEFORE_TRAILERS, BODY_BEFORE_TRAILERS),
    },
    AWAITING_TRAILERS: {TRAILERS: (DONE, AWAITING_TRAILERS)},
    DONE: {},
}

HANDSHAKE = 'the handshake has not been answered'
OPEN = 'the WebSocket is open'
DENIAL_HEAD = 'the denial response has begun'
DENIAL_BODY_OPEN = 'the body of the denial response is not complete'

WEBSOCKET = {
    HANDSHAKE: {ACCEPT: (OPEN, OPEN), CLOSE: (CLOSED, CLOSED), DENIAL_START: (DENIAL_HEAD, DENIAL_HEAD)},
    OPEN: {SEND: (OPEN, OPEN), CLOSE: (CLOSED, CLOSED)},
    DENIAL_HEAD: {DENIAL_BODY: (DONE, DENIAL_BODY_OPEN)},
    DENIAL_BODY_OPEN: {DENIAL_BODY: (DONE, DENIAL_BODY_OPEN)},
    CLOSED: {},
    DONE: {},
}

STARTING = 'the application is starting'
STARTED = 'the application has started'
STOPPING = 'the application is stopping'
ENDED = 'the lifespan is over'

LIFESPAN = {
    STARTING: {STARTUP_COMPLETE: (STARTED, STARTED), STARTUP_FAILED: (ENDED, ENDED)},
    STARTED: {},
    STOPPING: {SHUTDOWN_COMPLETE: (ENDED, ENDED), SHUTDOWN_FAILED: (ENDED, ENDED)},
    ENDED: {},
}


def step(table, state, message):
    """Type of a message and the state it leads to; raises an InterfaceError that names what was expected and what came."""
    try:
        kind = message['type']
        targets = table[state].get(kind)
    except (TypeError, KeyError):
        raise InterfaceTypeError('send() takes a dict with the key "type", not %.80r' % (message,)) from None
    if targets is None:
        raise InterfaceOrderError('%s: expected %s, but the application sent %.80r' % (state, _expected(table[state]), kind))
    plain, flagged = targets
    if plain is not flagged and message.get(FLAGS[kind]):
        return kind, flagged
    return kind, plain


def _expected(targets):
    return ' or '.join(repr(kind) for kind in targets) or 'no further message'
