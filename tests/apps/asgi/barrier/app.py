import asyncio

from answers import http, respond

PARTIES = 4
waiting = []


@http
async def application(scope, receive, send):
    """Answers only when four requests run at the same time in this process."""
    met = asyncio.get_running_loop().create_future()
    waiting.append(met)
    if len(waiting) == PARTIES:
        for each in waiting:
            each.set_result(b"met")
        waiting.clear()
    await respond(send, await asyncio.wait_for(met, 10))
