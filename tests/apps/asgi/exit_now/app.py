import os

from answers import http, respond


@http
async def application(scope, receive, send):
    """The process is gone in the middle of a request (as after a fault in a C extension)."""
    if scope["path"] == "/exit":
        os._exit(7)
    await respond(send, b"%d" % os.getpid())
