"""Socket.IO: echo with an acknowledgement, a message to everybody, and rooms. No session outlives its client."""

import sys

import socketio

server = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*")


@server.event
async def connect(sid, environ, auth):
    if auth == {"token": "wrong"}:
        raise socketio.exceptions.ConnectionRefusedError("not you")
    await server.save_session(sid, {"name": (auth or {}).get("name", "nobody"), "agent": environ.get("HTTP_USER_AGENT", "")})


@server.event
async def disconnect(sid, reason=None):
    session = await server.get_session(sid)
    print(f"{session['name']} has left", file=sys.stderr, flush=True)


@server.event
async def echo(sid, data):
    return data


@server.event
async def shout(sid, data):
    session = await server.get_session(sid)
    await server.emit("shouted", {"name": session["name"], "text": data})


@server.event
async def join(sid, room):
    await server.enter_room(sid, room)
    return sorted(server.rooms(sid)) != []


@server.event
async def tell(sid, room, data):
    await server.emit("told", data, room=room, skip_sid=sid)


app = socketio.ASGIApp(server)
