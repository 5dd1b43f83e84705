import asyncio
import contextlib
import hashlib
import sys

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute

import sample


def say(text):
    print(text, file=sys.stderr, flush=True)


async def digest(chunks):
    hashed, size = hashlib.sha256(), 0
    async for chunk in chunks:
        hashed.update(chunk)
        size += len(chunk)
    return {"size": size, "sha256": hashed.hexdigest()}


async def index(request):
    return HTMLResponse("<h1>Hello from Starlette</h1>")


async def hello(request):
    return PlainTextResponse(f"Hello, {request.path_params['name']}!")


async def query(request):
    return JSONResponse({"word": request.query_params.get("word")})


async def where(request):
    scheme = request.url.scheme
    return JSONResponse({"url": str(request.url), "address": request.client.host, "scheme": scheme, "secure": scheme == "https"})


async def form(request):
    async with request.form() as fields:
        return PlainTextResponse(f"Hello, {fields['name']}!")


async def json(request):
    return JSONResponse({"sum": sum((await request.json())["numbers"])})


async def upload(request):
    async with request.form() as fields:
        file = fields["file"]
        data = await file.read()
        return JSONResponse({"name": file.filename, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()})


async def raw(request):
    return JSONResponse(await digest(request.stream()))


async def stream(request):
    return StreamingResponse((f"{n}\n" for n in range(1, 6)), media_type="text/plain")  # a plain generator: run in threads


async def file(request):
    return FileResponse(sample.path(), media_type="application/octet-stream")


async def cookies(request):
    response = PlainTextResponse("two cookies")
    response.set_cookie("one", "1")
    response.set_cookie("two", "2")
    return response


async def away(request):
    return RedirectResponse("/", status_code=302)


async def empty(request):
    return Response(status_code=204)


async def fail(request):
    raise RuntimeError("raised on purpose")


async def events(request):
    async def make():
        number = 0
        try:
            while True:
                number += 1
                yield f"data: {number}\n\n"
                await asyncio.sleep(0.05)
        finally:
            say("the client of /events has left")

    return StreamingResponse(make(), media_type="text/event-stream")


async def state(request):
    return JSONResponse({"started": request.state.started})


async def background(request):
    async def later(name):
        await asyncio.sleep(0.01)
        say(f"background: {name}")

    return PlainTextResponse("accepted", status_code=202, background=BackgroundTask(later, "a letter"))


async def echo(websocket):
    await websocket.accept()
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            say(f"the client of /ws has left with {message['code']}")
            return
        if message.get("text") is not None:
            await websocket.send_text(message["text"])
        else:
            await websocket.send_bytes(message["bytes"])


@contextlib.asynccontextmanager
async def lifespan(app):
    yield {"started": ["yes"]}
    say("the application has shut down")


app = Starlette(
    lifespan=lifespan,
    routes=[
        Route("/", index),
        Route("/hello/{name}", hello),
        Route("/query", query),
        Route("/where", where),
        Route("/form", form, methods=["POST"]),
        Route("/json", json, methods=["POST"]),
        Route("/upload", upload, methods=["POST"]),
        Route("/raw", raw, methods=["POST"]),
        Route("/stream", stream),
        Route("/file", file),
        Route("/cookies", cookies),
        Route("/redirect", away),
        Route("/empty", empty),
        Route("/raise", fail),
        Route("/events", events),
        Route("/state", state),
        Route("/background", background, methods=["POST"]),
        WebSocketRoute("/ws", echo),
    ],
)
