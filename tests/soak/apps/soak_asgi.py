"""The ASGI half of the soak test."""

import asyncio
import hashlib

import release


async def application(scope, receive, send):
    if scope['type'] == 'lifespan':
        await _lifespan(receive, send)
    elif scope['type'] == 'websocket':
        await _echo(receive, send)
    else:
        path = scope['path']
        answer = _ANSWERS.get(path[6:] if path.startswith('/async/') else path, _missing)
        await answer(receive, send)


async def _lifespan(receive, send):
    while True:
        message = await receive()
        await send({'type': message['type'] + '.complete'})
        if message['type'] == 'lifespan.shutdown':
            return


async def _echo(receive, send):
    await receive()
    await send({'type': 'websocket.accept'})
    while True:
        message = await receive()
        if message['type'] == 'websocket.disconnect':
            return
        await send({'type': 'websocket.send', 'text': message['text']})


async def _start(send, kind, length=None, status=200):
    headers = [(b'content-type', kind)]
    if length is not None:
        headers.append((b'content-length', b'%d' % length))
    await send({'type': 'http.response.start', 'status': status, 'headers': headers})


async def _whole(send, body, status=200):
    await _start(send, b'text/plain', len(body), status)
    await send({'type': 'http.response.body', 'body': body})


async def _missing(_receive, send):
    await _whole(send, b'', 404)


async def _hello(_receive, send):
    await _whole(send, release.RELEASE.encode())


async def _think(receive, send):
    await asyncio.sleep(0.05)
    await _hello(receive, send)


async def _upload(receive, send):
    digest = hashlib.sha256()
    more = True
    while more:
        message = await receive()
        if message['type'] == 'http.disconnect':
            return
        digest.update(message.get('body', b''))
        more = message.get('more_body', False)
    await _whole(send, digest.hexdigest().encode())


async def _download(_receive, send):
    await _start(send, b'application/octet-stream', len(release.PIECE) * release.PIECES)
    for number in range(release.PIECES):
        await send({'type': 'http.response.body', 'body': release.PIECE, 'more_body': number + 1 < release.PIECES})


async def _events(_receive, send):
    await _start(send, b'text/event-stream')
    for number in range(release.EVENTS):
        await send({'type': 'http.response.body', 'body': b'data: %d\n\n' % number, 'more_body': True})
        await asyncio.sleep(release.EVENT_SECONDS)
    await send({'type': 'http.response.body', 'body': b''})


_ANSWERS = {'/hello': _hello, '/think': _think, '/upload': _upload, '/download': _download, '/events': _events}
