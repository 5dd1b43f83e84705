"""An echo for the Autobahn test suite: every message comes back as it is."""


async def application(scope, receive, send):
    """The receiver of a message is its sender."""
    if scope['type'] != 'websocket':
        return
    assert (await receive())['type'] == 'websocket.connect'
    await send({'type': 'websocket.accept'})
    while True:
        message = await receive()
        if message['type'] == 'websocket.disconnect':
            return
        await send({**message, 'type': 'websocket.send'})
