import asyncio
import contextlib
import hashlib
import sys

from litestar import Litestar, MediaType, Request, Response, WebSocket, get, post, websocket
from litestar.background_tasks import BackgroundTask
from litestar.datastructures import Cookie
from litestar.exceptions import WebSocketDisconnect
from litestar.logging import LoggingConfig
from litestar.response import File, Redirect, Stream

import sample


def say(text):
    print(text, file=sys.stderr, flush=True)


def digest(data):
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


@get("/", media_type=MediaType.HTML, sync_to_thread=True)
def index() -> str:
    return "<h1>Hello from Litestar</h1>"


@get("/hello/{name:str}", media_type=MediaType.TEXT)
async def hello(name: str) -> str:
    return f"Hello, {name}!"


@get("/query")
async def query(word: str = "") -> dict:
    return {"word": word}


@get("/where")
async def where(request: Request) -> dict:
    scheme = request.url.scheme
    return {"url": str(request.url), "address": request.client.host, "scheme": scheme, "secure": scheme == "https"}


@post("/form", media_type=MediaType.TEXT)
async def form(request: Request) -> str:
    return f"Hello, {(await request.form())['name']}!"


@post("/json", status_code=200)
async def json(data: dict) -> dict:
    return {"sum": sum(data["numbers"])}


@post("/upload", status_code=200)
async def upload(request: Request) -> dict:
    file = (await request.form())["file"]
    return {"name": file.filename, **digest(await file.read())}


@post("/raw", status_code=200)
async def raw(request: Request) -> dict:
    return digest(await request.body())


@get("/stream")
async def stream() -> Stream:
    async def make():
        for number in range(1, 6):
            yield f"{number}\n"

    return Stream(make(), media_type=MediaType.TEXT)


@get("/file")
async def file() -> File:
    return File(sample.path(), media_type="application/octet-stream")


@get("/cookies", media_type=MediaType.TEXT, response_cookies=[Cookie(key="one", value="1"), Cookie(key="two", value="2")])
async def cookies() -> str:
    return "two cookies"


@get("/redirect")
async def away() -> Redirect:
    return Redirect("/", status_code=302)


@get("/empty", status_code=204)
async def empty() -> None:
    return None


@get("/raise")
async def fail() -> None:
    raise RuntimeError("raised on purpose")


@get("/events")
async def events() -> Stream:
    async def make():
        number = 0
        try:
            while True:
                number += 1
                yield f"data: {number}\n\n"
                await asyncio.sleep(0.05)
        finally:
            say("the client of /events has left")

    return Stream(make(), media_type="text/event-stream")


@get("/state")
async def state(request: Request) -> dict:
    return {"started": request.app.state.started}


async def later(name):
    say(f"background: {name}")


@post("/background", status_code=202)
async def background() -> Response[str]:
    return Response("accepted", background=BackgroundTask(later, "a letter"))


@websocket("/ws")
async def echo(socket: WebSocket) -> None:
    await socket.accept()
    try:
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return say(f"the client of /ws has left with {message['code']}")
            if message.get("text") is not None:
                await socket.send_text(message["text"])
            else:
                await socket.send_bytes(message["bytes"])
    except WebSocketDisconnect as end:
        say(f"the client of /ws has left with {end.code}")


@contextlib.asynccontextmanager
async def lifespan(app):
    app.state.started = ["yes"]
    yield
    say("the application has shut down")


app = Litestar(
    [index, hello, query, where, form, json, upload, raw, stream, file, cookies, away, empty, fail, events, state, background, echo],
    lifespan=[lifespan],
    openapi_config=None,
    logging_config=LoggingConfig(log_exceptions="always"),  # by default only while debugging
)
