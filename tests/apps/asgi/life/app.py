import asyncio
import contextvars
import sys

from answers import chunks, http, respond, start, whole, write

seen = contextvars.ContextVar("seen", default="nothing")


@http
async def application(scope, receive, send):
    """Behaviours in time, one for each path; the query marks the request in the log."""
    await behaviours[scope["path"]](scope, receive, send, scope["query_string"].decode())


def say(mark, text):
    print("%s: %s" % (mark, text), file=sys.stderr, flush=True)


async def waits(scope, receive, send, mark):
    """Answers only when the client has gone."""
    await whole(receive)
    say(mark, "waits")
    message = await receive()
    say(mark, message["type"])
    say(mark, (await receive())["type"])


async def streams(scope, receive, send, mark):
    """An event every 20 ms until the client has gone."""
    await start(send, headers=[(b"content-type", b"text/event-stream")])

    async def events():
        number = 0
        while True:
            await write(send, b"data: %d\n\n" % number, more=True)
            number += 1
            await asyncio.sleep(0.02)

    sending = asyncio.ensure_future(events())
    message = await receive()
    while message["type"] == "http.request":
        message = await receive()
    sending.cancel()
    say(mark, message["type"])


async def complete(scope, receive, send, mark):
    """What receive() says after the response."""
    await respond(send, b"done")
    message = await receive()
    while message["type"] == "http.request":
        message = await receive()
    say(mark, message["type"])


async def pieces(scope, receive, send, mark):
    """Says how long each piece of the body is as soon as it came."""
    await start(send)
    async for chunk in chunks(receive):
        await write(send, b"%d\n" % len(chunk), more=True)
    await write(send, b"end\n")


async def asks(scope, receive, send, mark):
    await respond(send, await whole(receive))


async def never_asks(scope, receive, send, mark):
    await respond(send, b"no need")


async def contexts(scope, receive, send, mark):
    """What another request has set is not seen."""
    before = seen.get()
    seen.set(mark)
    await asyncio.sleep(0.01)
    await respond(send, ("%s %s" % (before, seen.get())).encode())


async def late_task(scope, receive, send, mark):
    """A task of its own goes on after the response."""

    async def goes_on():
        await asyncio.sleep(0.05)
        say(mark, "went on")

    application.task = asyncio.ensure_future(goes_on())
    await respond(send, b"at once")


async def too_much(scope, receive, send, mark):
    """Goes on sending after the end."""
    await respond(send, b"all")
    await write(send, b"more")
    say(mark, "went on")


async def nothing(scope, receive, send, mark):
    """Ends without a response."""


async def half(scope, receive, send, mark):
    await start(send)
    await write(send, b"half", more=True)


async def unknown(scope, receive, send, mark):
    await send({"type": "http.response.unheard"})


async def not_a_dict(scope, receive, send, mark):
    await send("http.response.start")


behaviours = {
    "/" + function.__name__: function
    for function in (
        waits, streams, complete, pieces, asks, never_asks, contexts, late_task, too_much, nothing, half, unknown, not_a_dict,
    )
}  # fmt: skip
