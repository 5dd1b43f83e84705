"""Tiny ASGI WebSocket applications, one behaviour each."""

import asyncio

from bare import http_only, released, say


@http_only
async def echo(scope, receive, send):
    """Sends every message back; says how it ended."""
    assert (await receive()) == {'type': 'websocket.connect'}
    await send({'type': 'websocket.accept', 'subprotocol': (scope['subprotocols'] or [None])[0], 'headers': [(b'x-a', b'1')]})
    while True:
        message = await receive()
        if message['type'] == 'websocket.disconnect':
            return say('disconnect %r %r' % (message['code'], message['reason']))
        await send({**message, 'type': 'websocket.send'})


@http_only
async def after_disconnect(scope, receive, send):
    """Sends to nobody."""
    await receive()
    await send({'type': 'websocket.accept'})
    assert (await receive())['type'] == 'websocket.disconnect'
    assert (await receive())['type'] == 'websocket.disconnect'
    await send({'type': 'websocket.close'})
    try:
        await send({'type': 'websocket.send', 'text': 'nobody'})
    except OSError as error:
        say('told by %s' % type(error).__name__)
        raise


class WebSocketDisconnect(Exception):
    """As Starlette's."""


@http_only
async def framework(scope, receive, send):
    await receive()
    await send({'type': 'websocket.accept'})
    await receive()
    raise WebSocketDisconnect(1001)


@http_only
async def ends(scope, receive, send):
    """Ends in the way its path names."""
    await receive()
    if scope['path'] != '/early':
        await send({'type': 'websocket.accept'})
    if scope['path'] == '/close':
        await send({'type': 'websocket.close', 'code': 4001, 'reason': '\u00e9' * 100})
        message = await receive()
        say('then %r' % (message,))
    elif scope['path'] == '/raise':
        raise ValueError('on purpose')
    elif scope['path'] == '/raise-early':
        raise ValueError('on purpose')


@http_only
async def raises_early(scope, receive, send):
    await receive()
    raise ValueError('on purpose')


@http_only
async def refuses(scope, receive, send):
    """Does not accept."""
    await receive()
    if scope['path'] == '/close':
        await send({'type': 'websocket.close', 'code': 1008})
    else:
        await send({'type': 'websocket.http.response.start', 'status': 401, 'headers': [(b'a', b'b')]})
        await send({'type': 'websocket.http.response.body', 'body': b'x' * int(scope['query_string']), 'more_body': True})
        await send({'type': 'websocket.http.response.body', 'body': b'no'})
    say('then %r' % ((await receive()),))


@http_only
async def slow(scope, receive, send):
    """Takes messages only when the file is there."""
    await receive()
    await send({'type': 'websocket.accept'})
    await released(scope)
    size = 0
    while size < 400000:
        message = await receive()
        size += len(message.get('bytes') or message.get('text'))
    await send({'type': 'websocket.send', 'text': str(size)})


@http_only
async def floods(scope, receive, send):
    """Several tasks send large messages at once."""
    await receive()
    await send({'type': 'websocket.accept'})

    async def one(letter):
        await send({'type': 'websocket.send', 'bytes': letter * 300000})
        say('sent %s' % letter.decode())

    await asyncio.gather(*(one(letter) for letter in (b'a', b'b', b'c')))


@http_only
async def waits(scope, receive, send):
    await receive()
    await send({'type': 'websocket.accept'})
    say('waiting')
    await receive()


@http_only
async def waits_to_accept(scope, receive, send):
    await receive()
    say('waiting')
    message = await receive()
    say('then %r' % (message,))
    await send({'type': 'websocket.accept'})
