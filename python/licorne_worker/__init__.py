"""The Python side of Licorne: a process that runs one WSGI or ASGI app and answers a gateway over a Unix socket.

Nothing here is for applications to import. The protocol is written down in docs/internals/wire.md; the standard library is
all it needs, from CPython 3.9 on.
"""
