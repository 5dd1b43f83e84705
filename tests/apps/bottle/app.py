import hashlib

import bottle

import sample

app = bottle.Bottle()


def digest(data):
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def text(value):
    bottle.response.content_type = "text/plain; charset=utf-8"
    return value


@app.get("/")
def index():
    return "<h1>Hello from Bottle</h1>"


@app.get("/hello/<name>")
def hello(name):
    return text(f"Hello, {name}!")


@app.get("/query")
def query():
    return {"word": bottle.request.query.getunicode("word")}


@app.get("/where")
def where():
    parts = bottle.request.urlparts
    return {
        "url": parts.geturl(),
        "address": bottle.request.remote_addr,
        "scheme": parts.scheme,
        "secure": parts.scheme == "https",
    }


@app.post("/form")
def form():
    return text(f"Hello, {bottle.request.forms.getunicode('name')}!")


@app.post("/json")
def json():
    return {"sum": sum(bottle.request.json["numbers"])}


@app.post("/upload")
def upload():
    file = bottle.request.files.get("file")
    return {"name": file.raw_filename, **digest(file.file.read())}


@app.post("/raw")
def raw():
    return digest(bottle.request.body.read())


@app.get("/stream")
def stream():
    text("")
    return (f"{n}\n" for n in range(1, 6))


@app.get("/file")
def file():
    folder, _, name = sample.path().rpartition("/")
    return bottle.static_file(name, root=folder, mimetype="application/octet-stream")


@app.get("/cookies")
def cookies():
    bottle.response.set_cookie("one", "1")
    bottle.response.set_cookie("two", "2")
    return text("two cookies")


@app.get("/redirect")
def away():
    bottle.redirect("/", 302)


@app.get("/empty")
def empty():
    bottle.response.status = 204
    return ""


@app.get("/raise")
def fail():
    raise RuntimeError("raised on purpose")
