import hashlib

from flask import Flask, Response, jsonify, redirect, request, send_file

import sample

app = Flask(__name__)
app.json.ensure_ascii = False
app.config["MAX_CONTENT_LENGTH"] = 100_000_000


def digest(data):
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


@app.get("/")
def index():
    return "<h1>Hello from Flask</h1>"


@app.get("/hello/<name>")
def hello(name):
    return Response(f"Hello, {name}!", mimetype="text/plain")


@app.get("/query")
def query():
    return jsonify(word=request.args.get("word"))


@app.get("/where")
def where():
    return jsonify(url=request.url, address=request.remote_addr, scheme=request.scheme, secure=request.is_secure)


@app.post("/form")
def form():
    return Response(f"Hello, {request.form['name']}!", mimetype="text/plain")


@app.post("/json")
def json():
    return jsonify(sum=sum(request.get_json()["numbers"]))


@app.post("/upload")
def upload():
    file = request.files["file"]
    return jsonify(name=file.filename, **digest(file.read()))


@app.post("/raw")
def raw():
    return jsonify(digest(request.get_data()))


@app.get("/stream")
def stream():
    return Response((f"{n}\n" for n in range(1, 6)), mimetype="text/plain")


@app.get("/file")
def file():
    return send_file(sample.path(), mimetype="application/octet-stream")


@app.get("/cookies")
def cookies():
    response = Response("two cookies", mimetype="text/plain")
    response.set_cookie("one", "1")
    response.set_cookie("two", "2")
    return response


@app.get("/redirect")
def away():
    return redirect("/")


@app.get("/empty")
def empty():
    response = Response(status=204)
    del response.headers["Content-Type"]  # Flask sets it always; wsgiref.validate finds fault with that
    return response


@app.get("/raise")
def fail():
    raise RuntimeError("raised on purpose")
