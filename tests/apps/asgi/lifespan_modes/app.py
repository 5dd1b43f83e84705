import asyncio
import os
import sys

from answers import respond


def say(text):
    print(text, file=sys.stderr, flush=True)


async def application(scope, receive, send):
    """A lifespan that does what LIFESPAN_HOW says; requests show the state, and /sleep takes a while."""
    if scope["type"] == "lifespan":
        return await lifespan(scope, receive, send, os.environ.get("LIFESPAN_HOW", ""))
    if scope["path"] == "/sleep":
        say("sleeping")
        try:
            await asyncio.sleep(float(scope["query_string"]))
        except asyncio.CancelledError:
            say("cancelled")
            raise
    loop = type(asyncio.get_running_loop()).__module__.partition(".")[0]
    await respond(send, ("%s %s" % (sorted(scope["state"].items()), loop)).encode())


async def lifespan(scope, receive, send, how):
    if how == "unknown":
        raise AssertionError("only http is known here")
    assert (await receive())["type"] == "lifespan.startup"
    if how == "fails":
        return await send({"type": "lifespan.startup.failed", "message": "the database is away"})
    if how == "raises":
        raise RuntimeError("raised in startup")
    if how == "hangs":
        await asyncio.sleep(1000)
    scope["state"]["pool"] = "open"
    say("started up")
    await send({"type": "lifespan.startup.complete"})
    assert (await receive())["type"] == "lifespan.shutdown"
    if how == "hangs at the end":
        await asyncio.sleep(1000)
    say("shut down")
    await send({"type": "lifespan.shutdown.complete"})
