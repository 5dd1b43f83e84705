import asyncio

from answers import http, respond, start, write

gates = {}


@http
async def application(scope, receive, send):
    """/LABEL sends one part and makes the second only after /go/LABEL was asked for."""
    path = scope["path"]
    if path.startswith("/go/"):
        gate(path[4:]).set()
        return await respond(send, b"gone")
    await start(send)
    await write(send, b"first\n", more=True)
    try:
        await asyncio.wait_for(gate(path[1:]).wait(), 20)
        await write(send, b"second\n")
    except asyncio.TimeoutError:
        await write(send, b"nobody came\n")


def gate(label):
    return gates.setdefault(label, asyncio.Event())
