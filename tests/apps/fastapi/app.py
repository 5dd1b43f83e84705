import asyncio
import contextlib
import hashlib
import sys
from typing import List

from fastapi import BackgroundTasks, FastAPI, Form, Request, Response, UploadFile, WebSocket, WebSocketDisconnect
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, StreamingResponse
from pydantic import BaseModel

import sample


def say(text):
    print(text, file=sys.stderr, flush=True)


def digest(data):
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


@contextlib.asynccontextmanager
async def lifespan(app):
    yield {"started": ["yes"]}
    say("the application has shut down")


app = FastAPI(lifespan=lifespan)


@app.get("/", response_class=HTMLResponse)
def index():  # plain functions run in threads
    return "<h1>Hello from FastAPI</h1>"


@app.get("/hello/{name}", response_class=PlainTextResponse)
def hello(name: str):
    return f"Hello, {name}!"


@app.get("/query")
async def query(word: str = ""):
    return {"word": word}


@app.get("/where")
async def where(request: Request):
    scheme = request.url.scheme
    return {"url": str(request.url), "address": request.client.host, "scheme": scheme, "secure": scheme == "https"}


@app.post("/form", response_class=PlainTextResponse)
async def form(name: str = Form()):
    return f"Hello, {name}!"


class Numbers(BaseModel):
    numbers: List[int]


@app.post("/json")
async def json(body: Numbers):
    return {"sum": sum(body.numbers)}


@app.post("/upload")
async def upload(file: UploadFile):
    return {"name": file.filename, **digest(await file.read())}


@app.post("/raw")
async def raw(request: Request):
    return digest(await request.body())


@app.get("/stream")
async def stream():
    async def make():
        for number in range(1, 6):
            yield f"{number}\n"
            await asyncio.sleep(0)

    return StreamingResponse(make(), media_type="text/plain")


@app.get("/file")
async def file():
    return FileResponse(sample.path(), media_type="application/octet-stream")


@app.get("/cookies", response_class=PlainTextResponse)
async def cookies(response: Response):
    response.set_cookie("one", "1")
    response.set_cookie("two", "2")
    return "two cookies"


@app.get("/redirect")
async def away():
    return RedirectResponse("/", status_code=302)


@app.get("/empty", status_code=204)
async def empty():
    return None


@app.get("/raise")
async def fail():
    raise RuntimeError("raised on purpose")


@app.get("/events")
async def events():
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


@app.get("/state")
async def state(request: Request):
    return {"started": request.state.started}


@app.post("/background", status_code=202)
async def background(tasks: BackgroundTasks):
    tasks.add_task(say, "background: a letter")
    return "accepted"


@app.websocket("/ws")
async def echo(websocket: WebSocket):
    await websocket.accept()
    try:
        while True:
            text = await websocket.receive_text()
            await websocket.send_text(text)
    except WebSocketDisconnect as end:
        say(f"the client of /ws has left with {end.code}")
    except KeyError:  # bytes are no text
        await websocket.close(1003, "text only")
