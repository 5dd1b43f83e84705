import asyncio
import hashlib
import sys

from quart import Quart, Response, current_app, jsonify, redirect, request, send_file, websocket

import sample


def say(text):
    print(text, file=sys.stderr, flush=True)


def digest(data):
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


app = Quart(__name__)
app.json.ensure_ascii = False


@app.before_serving
async def start():
    current_app.started = ["yes"]


@app.after_serving
async def stop():
    say("the application has shut down")


@app.get("/")
async def index():
    return "<h1>Hello from Quart</h1>"


@app.get("/hello/<name>")
async def hello(name):
    return Response(f"Hello, {name}!", mimetype="text/plain")


@app.get("/query")
async def query():
    return jsonify(word=request.args.get("word"))


@app.get("/where")
def where():  # a plain function runs in a thread
    return jsonify(url=request.url, address=request.remote_addr, scheme=request.scheme, secure=request.is_secure)


@app.post("/form")
async def form():
    return Response(f"Hello, {(await request.form)['name']}!", mimetype="text/plain")


@app.post("/json")
async def json():
    return jsonify(sum=sum((await request.get_json())["numbers"]))


@app.post("/upload")
async def upload():
    file = (await request.files)["file"]
    return jsonify(name=file.filename, **digest(file.read()))


@app.post("/raw")
async def raw():
    return jsonify(digest(await request.get_data()))


@app.get("/stream")
async def stream():
    async def make():
        for number in range(1, 6):
            yield f"{number}\n"

    return Response(make(), mimetype="text/plain")


@app.get("/file")
async def file():
    return await send_file(sample.path(), mimetype="application/octet-stream")


@app.get("/cookies")
async def cookies():
    response = Response("two cookies", mimetype="text/plain")
    response.set_cookie("one", "1")
    response.set_cookie("two", "2")
    return response


@app.get("/redirect")
async def away():
    return redirect("/")


@app.get("/empty")
async def empty():
    return Response(status=204)


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

    response = Response(make(), mimetype="text/event-stream")
    response.timeout = None  # Quart ends a response after a minute else
    return response


@app.get("/state")
async def state():
    return jsonify(started=current_app.started)


@app.post("/background")
async def background():
    async def later(name):
        say(f"background: {name}")

    app.add_background_task(later, "a letter")
    return "accepted", 202


@app.websocket("/ws")
async def echo():
    try:
        while True:
            await websocket.send(await websocket.receive())
    except asyncio.CancelledError:  # so Quart tells that the client has left
        say("the client of /ws has left")
        raise
