import json

from answers import http, respond


@http
async def application(scope, receive, send):
    """Every key of the scope by its repr, and what two requests share of it."""
    shown = {key: repr(value) for key, value in scope.items()}
    shown["types"] = {key: type(value).__name__ for key, value in scope.items()}
    for key in ("headers", "state", "extensions", "asgi"):
        where = scope[key]
        where.append((b"left", b"behind")) if key == "headers" else where.update(left="behind")
    await respond(send, json.dumps(shown).encode())
