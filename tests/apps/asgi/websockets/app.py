import asyncio
import json
import os
import sys
from urllib.parse import parse_qs

from answers import respond

sockets = set()
gates = {}


async def application(scope, receive, send):
    """WebSockets, one behaviour for each path; over HTTP it tells what it is asked."""
    if scope["type"] == "http":
        return await answer(scope, send)
    if scope["type"] != "websocket":
        return
    query = {key: values[0] for key, values in parse_qs(scope["query_string"].decode()).items()}
    assert await receive() == {"type": "websocket.connect"}
    await behaviours[scope["path"]](scope, receive, send, query)


async def answer(scope, send):
    """/go/LABEL opens the gate of that name, any other address answers with the worker's process id."""
    if scope["path"].startswith("/go/"):
        gate(scope["path"][4:]).set()
    await respond(send, b"%d" % os.getpid())


def gate(label):
    return gates.setdefault(label, asyncio.Event())


def say(text):
    print(text, file=sys.stderr, flush=True)


async def accept(send, **more):
    await send({"type": "websocket.accept", **more})


async def text(send, value):
    await send({"type": "websocket.send", "text": value})


async def close(send, **more):
    await send({"type": "websocket.close", **more})


async def echo(scope, receive, send, query):
    """Every message comes back; the end is told in the log."""
    await accept(send, subprotocol=(scope["subprotocols"] or [None])[-1])
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return say("%s: disconnect %s %r" % (query.get("mark"), message["code"], message.get("reason")))
        await send({**message, "type": "websocket.send"})


async def shows(scope, receive, send, query):
    """The scope, by type and value."""
    await accept(send, subprotocol=(scope["subprotocols"] or [None])[0])
    await text(send, json.dumps({key: repr(value) for key, value in scope.items()}))
    await receive()


async def headers(scope, receive, send, query):
    await accept(send, headers=[(b"x-one", b"1"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"sec-websocket-accept", b"ours")])
    await receive()


async def injects(scope, receive, send, query):
    await accept(send, headers=[(b"x-one", b"1\r\nX-Injected: yes")])


async def strange_subprotocol(scope, receive, send, query):
    await accept(send, subprotocol="a\r\nX-Injected: yes")


async def denies(scope, receive, send, query):
    assert "websocket.http.response" in scope["extensions"]
    await send({"type": "websocket.http.response.start", "status": 401, "headers": [(b"www-authenticate", b"Basic")]})
    await send({"type": "websocket.http.response.body", "body": b"not ", "more_body": True})
    await send({"type": "websocket.http.response.body", "body": b"you"})


async def refuses(scope, receive, send, query):
    await close(send, code=4000)


async def raises_early(scope, receive, send, query):
    raise RuntimeError("raised before it accepted")


async def returns_early(scope, receive, send, query):
    return


async def raises(scope, receive, send, query):
    await accept(send)
    await text(send, "hello")
    raise RuntimeError("raised while it was open")


async def returns(scope, receive, send, query):
    await accept(send)
    await text(send, "hello")


async def closes(scope, receive, send, query):
    """With the code and reason of the query; tells how the handshake ended."""
    await accept(send)
    await close(send, code=int(query.get("code", 1000)), reason=query.get("reason", ""))
    message = await receive()
    say("%s: %s %s" % (query.get("mark"), message["type"], message["code"]))


async def misuse(scope, receive, send, query):
    """Breaks the order of messages."""
    await accept(send)
    await accept(send)


async def floods(scope, receive, send, query):
    """Sends as much as it is told, in messages of 64 KiB, and says when the last was taken."""
    await accept(send)
    block, left, total = b"x" * 65536, int(query["bytes"]), 0
    try:
        while total < left:
            await send({"type": "websocket.send", "bytes": block})
            total += len(block)
        say("%s: sent all" % query.get("mark"))
    except OSError:
        say("%s: cut off" % query.get("mark"))
        raise


async def slow(scope, receive, send, query):
    """Takes the first message only when its gate is open; then counts until "end"."""
    await accept(send)
    say("%s: open" % query["mark"])
    await gate(query["mark"]).wait()
    size = count = 0
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return say("%s: disconnect %s" % (query["mark"], message["code"]))
        if message.get("text") == "end":
            return await text(send, "%d %d" % (count, size))
        size += len(message.get("bytes") or message.get("text") or b"")
        count += 1


async def length(scope, receive, send, query):
    """The length of each message."""
    await accept(send)
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return say("%s: disconnect %s" % (query.get("mark"), message["code"]))
        await text(send, str(len(message.get("bytes") or message.get("text") or b"")))


async def broadcast(scope, receive, send, query):
    """What one says goes to all."""
    await accept(send)
    sockets.add(send)
    await text(send, str(len(sockets)))
    try:
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            await asyncio.gather(*(text(each, message["text"]) for each in list(sockets)))
    finally:
        sockets.discard(send)


async def both_ways(scope, receive, send, query):
    """Sends a number every 5 ms while another coroutine waits in receive()."""
    await accept(send)

    async def count():
        number = 0
        while True:
            await text(send, str(number))
            number += 1
            await asyncio.sleep(0.005)

    counting = asyncio.ensure_future(count())
    message = await receive()
    counting.cancel()
    await text(send, "heard " + message["text"])


async def waits(scope, receive, send, query):
    """Waits with its answer to the handshake until its gate is open or the client has gone."""
    say("%s: asked" % query["mark"])
    opened = asyncio.ensure_future(gate(query["mark"]).wait())
    message = asyncio.ensure_future(receive())
    await asyncio.wait({opened, message}, return_when=asyncio.FIRST_COMPLETED)
    if message.done():
        say("%s: %s" % (query["mark"], message.result()["type"]))
        return
    await accept(send)
    await message


behaviours = {
    "/" + function.__name__: function
    for function in (
        echo, shows, headers, injects, strange_subprotocol, denies, refuses, raises_early, returns_early, raises, returns,
        closes, misuse, floods, slow, length, broadcast, both_ways, waits,
    )
}  # fmt: skip
