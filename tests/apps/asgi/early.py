"""Makes something for the event loop while it is imported, as older applications do."""

import asyncio
import warnings

from bare import respond

with warnings.catch_warnings():
    warnings.simplefilter('ignore')
    loop = asyncio.get_event_loop()


async def app(scope, receive, send):
    assert scope['type'] == 'http'
    await respond(send, repr(asyncio.get_running_loop() is loop).encode())
