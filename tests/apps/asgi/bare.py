"""Tiny ASGI applications, one behaviour each."""

import asyncio
import contextvars
import json
import os
import sys
import time

started = []
variable = contextvars.ContextVar('variable', default='unset')


async def respond(send, body=b'', status=200, headers=(), more_body=False):
    """A whole response."""
    await send({'type': 'http.response.start', 'status': status, 'headers': headers})
    await send({'type': 'http.response.body', 'body': body, 'more_body': more_body})


async def read_body(receive):
    """All of the request's body."""
    body = b''
    more = True
    while more:
        message = await receive()
        if message['type'] == 'http.disconnect':
            raise ConnectionError('the client has gone too soon')
        body += message.get('body', b'')
        more = message.get('more_body', False)
    return body


def say(text):
    """A line for the test, which reads the log."""
    sys.stderr.write(text + '\n')
    sys.stderr.flush()


async def released(scope):
    """Waits until the file that the query names is there."""
    while not os.path.exists(scope['query_string'].decode()):
        await asyncio.sleep(0.005)


def http_only(app):
    """An application without lifespan."""

    async def wrapped(scope, receive, send):
        assert scope['type'] != 'lifespan', 'no lifespan here'
        await app(scope, receive, send)

    return wrapped


@http_only
async def hello(scope, receive, send):
    await respond(send, b'hello', headers=[(b'content-type', b'text/plain')])


application = hello


async def show(scope, receive, send):
    """The scope, as text."""
    if scope['type'] == 'lifespan':
        await receive()
        scope['state']['from lifespan'] = ['shared']
        await send({'type': 'lifespan.startup.complete'})
        await receive()
        return await send({'type': 'lifespan.shutdown.complete'})
    text = '\n'.join('%s=%r' % item for item in sorted(scope.items()))
    scope['headers'].append((b'added', b'by the application'))
    scope['extensions']['added'] = {}
    scope['asgi']['added'] = 1
    scope['state']['added'] = 1
    if scope['type'] == 'websocket':
        await receive()
        await send({'type': 'websocket.accept', 'subprotocol': (scope['subprotocols'] or [None])[0]})
        scope['subprotocols'].append('added')
        return await send({'type': 'websocket.send', 'text': text})
    await respond(send, text.encode())


@http_only
async def echo(scope, receive, send):
    """The body, and how it came."""
    chunks = []
    while True:
        message = await receive()
        chunks.append(len(message['body']))
        assert type(message['body']) is bytes
        if not message['more_body']:
            break
    await respond(send, json.dumps(chunks).encode())


@http_only
async def mirror(scope, receive, send):
    """Sends each chunk of the body back as it comes."""
    await send({'type': 'http.response.start', 'status': 200, 'headers': []})
    while True:
        message = await receive()
        await send({'type': 'http.response.body', 'body': message['body'], 'more_body': message['more_body']})
        if not message['more_body']:
            return


@http_only
async def unread(scope, receive, send):
    await respond(send, b'without the body')


@http_only
async def big(scope, receive, send):
    """As many bytes as the query says, in one message; tells when send() came back."""
    await send({'type': 'http.response.start', 'status': 200})
    await send({'type': 'http.response.body', 'body': b'x' * int(scope['query_string']), 'more_body': True})
    say('sent all')
    await send({'type': 'http.response.body', 'body': bytearray(b'end')})


@http_only
async def stream(scope, receive, send):
    """The head, and after the file is there a body."""
    await send({'type': 'http.response.start', 'status': 200, 'headers': [[b'content-type', b'text/event-stream']]})
    await released(scope)
    await send({'type': 'http.response.body', 'body': memoryview(b'data: 1\n\n'), 'more_body': True})
    await send({'type': 'http.response.body'})


@http_only
async def waits(scope, receive, send):
    """Answers when the file is there."""
    say('waiting')
    await released(scope)
    await respond(send, b'released')


@http_only
async def blocks(scope, receive, send):
    """Holds the event loop up, as nobody should."""
    say('blocking')
    while not os.path.exists(scope['query_string'].decode()):
        time.sleep(0.005)
    await respond(send, b'released')


@http_only
async def after(scope, receive, send):
    """receive() after the body, and after the response."""
    await read_body(receive)
    listener = asyncio.ensure_future(listen(receive, 'beside'))
    await asyncio.sleep(0)
    await respond(send, b'ok')
    for _time in range(2):
        message = await receive()
        say('after: %s' % message['type'])
    await listener


async def listen(receive, name):
    """A second coroutine in receive()."""
    while True:
        message = await receive()
        if message['type'] == 'http.disconnect':
            return say('%s: http.disconnect' % name)


@http_only
async def disconnects(scope, receive, send):
    """Waits for the client to leave."""
    await read_body(receive)
    say('waiting')
    message = await receive()
    say('told %s' % message['type'])
    await respond(send, b'nobody takes this')
    say('send came back')


@http_only
async def listens_and_sends(scope, receive, send):
    """Sends for ever in one task until another is told that the client has gone."""

    async def stream_on():
        await send({'type': 'http.response.start', 'status': 200})
        while True:
            await send({'type': 'http.response.body', 'body': b'x' * 1000, 'more_body': True})

    sender = asyncio.ensure_future(stream_on())
    await listen(receive, 'listener')
    sender.cancel()
    try:
        await sender
    except asyncio.CancelledError:
        say('cancelled the sender')


@http_only
async def endless(scope, receive, send):
    """Never listens."""
    await send({'type': 'http.response.start', 'status': 200})
    try:
        while True:
            await send({'type': 'http.response.body', 'body': b'x' * 1000, 'more_body': True})
    except OSError as error:
        say('told by %s' % type(error).__name__)
        raise


class ClientDisconnect(Exception):
    """As Starlette's."""


@http_only
async def framework(scope, receive, send):
    """Raises as Starlette does when its client goes, or by mistake."""
    await read_body(receive)
    say('waiting')
    await receive()
    raise (ClientDisconnect() if scope['path'] == '/disconnect' else ValueError('a real one'))


@http_only
async def raises(scope, receive, send):
    if scope['path'] == '/late':
        await send({'type': 'http.response.start', 'status': 200})
        await send({'type': 'http.response.body', 'body': b'begun', 'more_body': True})
    elif scope['path'] == '/head':
        await send({'type': 'http.response.start', 'status': 200})
    elif scope['path'] == '/done':
        await respond(send, b'whole')
    elif scope['path'] == '/exit':
        raise SystemExit(5)
    elif scope['path'] == '/awaits':
        await asyncio.sleep(0.001)
    raise ValueError('on purpose')


@http_only
async def silent(scope, receive, send):
    if scope['path'] == '/half':
        await send({'type': 'http.response.start', 'status': 200})
        await send({'type': 'http.response.body', 'body': b'half', 'more_body': True})


@http_only
async def sends(scope, receive, send):
    """Sends the messages that its module has under the name in the path; says what send() raised."""
    if scope['type'] == 'websocket':
        await receive()
    for message in eval(scope['query_string'].decode()):  # noqa: S307 (the tests' own text)
        try:
            await send(message)
        except Exception as error:
            say('%s: %s' % (type(error).__name__, error))
            raise


@http_only
async def background(scope, receive, send):
    """Goes on after the response."""
    await respond(send, b'at once')
    await released(scope)
    say('background done')


@http_only
async def contexts(scope, receive, send):
    before = variable.get()
    variable.set(scope['path'])
    await asyncio.sleep(0)
    await respond(send, ('%s then %s' % (before, variable.get())).encode())


async def lifespan_context(scope, receive, send):
    """Sets a variable in the lifespan, which no request sees."""
    if scope['type'] == 'lifespan':
        await receive()
        variable.set('lifespan')
        await send({'type': 'lifespan.startup.complete'})
        await receive()
        return
    await contexts(scope, receive, send)


@http_only
async def eager(scope, receive, send):
    """Whether its first step is taken within the read."""
    started.append(scope['path'])
    await respond(send, b'%d' % len(started))


@http_only
async def leaves_a_task(scope, receive, send):
    async def fail():
        raise ValueError('in a task of its own')

    asyncio.get_running_loop().create_task(fail())
    await asyncio.sleep(0.01)
    import gc

    gc.collect()
    await respond(send, b'ok')


@http_only
async def names_loop(scope, receive, send):
    loop = asyncio.get_running_loop()
    await respond(send, ('%s %s' % (type(loop).__module__, loop is asyncio.get_event_loop())).encode())


@http_only
async def stubborn(scope, receive, send):
    """Does not let itself be cancelled, for a while."""
    say('waiting')
    try:
        await asyncio.sleep(100)
    except asyncio.CancelledError:
        say('cancelled')
        raise


@http_only
async def forks(scope, receive, send):
    child = os.fork()
    if child == 0:
        return
    _pid, status = os.waitpid(child, 0)
    await respond(send, b'the child exited with %d' % os.WEXITSTATUS(status))


async def lifespan(scope, receive, send):
    """A lifespan that does what the environment says."""
    how = os.environ.get('LIFESPAN', '')
    if scope['type'] != 'lifespan':
        return await respond(send, repr(sorted(scope['state'].items())).encode())
    if how == 'raises first':
        raise ValueError('not for me')
    message = await receive()
    say('got %s' % message['type'])
    if how == 'returns':
        return None
    if how == 'raises':
        raise ValueError('broken start')
    if how == 'fails':
        await send({'type': 'lifespan.startup.failed', 'message': 'no database'})
        raise ValueError('the reason')
    if how == 'fails without a word':
        return await send({'type': 'lifespan.startup.failed'})
    if how == 'hangs':
        await asyncio.sleep(100)
    if how == 'wrong':
        await send({'type': 'lifespan.shutdown.complete'})
    scope['state']['pool'] = 'open'
    await send({'type': 'lifespan.startup.complete'})
    if how == 'ends':
        raise ValueError('in between')
    message = await receive()
    say('got %s' % message['type'])
    if how == 'hangs at the end':
        await asyncio.sleep(100)
    if how == 'fails at the end':
        return await send({'type': 'lifespan.shutdown.failed', 'message': 'cannot close'})
    return await send({'type': 'lifespan.shutdown.complete'})


def make(text='made'):
    """A factory."""

    async def made(scope, receive, send):
        await respond(send, text.encode())

    return made


class Asgi2:
    """ASGI 2: called with the scope, then with receive and send."""

    def __init__(self, scope):
        self.scope = scope

    async def __call__(self, receive, send):
        await respond(send, b'asgi 2 ' + self.scope['path'].encode())


def asgi2_function(scope):
    return Asgi2(scope)


class Asgi3:
    """An instance with an async __call__."""

    async def __call__(self, scope, receive, send):
        await respond(send, b'asgi 3')


asgi3 = Asgi3()


def takes_two(environ, start_response):
    start_response('200 OK', [])
    return [b'wsgi']


def factory():
    return hello
