from answers import respond


class application:
    """ASGI 2: called with the scope, then with receive and send."""

    def __init__(self, scope):
        self.scope = scope

    async def __call__(self, receive, send):
        if self.scope["type"] == "http":
            await respond(send, b"ASGI 2 at " + self.scope["path"].encode())


def make(greeting="hello"):
    """A factory for an ASGI 3 application."""

    async def made(scope, receive, send):
        if scope["type"] == "http":
            await respond(send, greeting.encode())

    return made
