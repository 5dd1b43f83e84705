"""A guest book: Flask on Licorne, in one file."""

import hashlib
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from flask import Flask, Response, abort, flash, jsonify, redirect, render_template, request, url_for

DATABASE = os.environ.get("DATABASE", Path(__file__).with_name("guestbook.sqlite3"))
TABLE = """CREATE TABLE IF NOT EXISTS entry
    (id INTEGER PRIMARY KEY, name TEXT NOT NULL, text TEXT NOT NULL, made TEXT DEFAULT CURRENT_TIMESTAMP)"""

app = Flask(__name__)
app.secret_key = os.environ.get("SECRET_KEY", "only-for-the-example")
app.config["MAX_CONTENT_LENGTH"] = 64 * 1024 * 1024


def database():
    connection = sqlite3.connect(DATABASE, timeout=20)
    connection.row_factory = sqlite3.Row
    return connection


with closing(database()) as connection, connection:
    connection.execute(TABLE)


@app.get("/")
def index():
    with closing(database()) as connection:
        entries = connection.execute("SELECT * FROM entry ORDER BY id DESC LIMIT 50").fetchall()
    return render_template("index.html", entries=entries)


@app.post("/")
def sign():
    name, text = (request.form.get(key, "").strip() for key in ("name", "text"))
    if not name or not text or len(name) > 60 or len(text) > 2000:
        abort(400, "A name (up to 60 characters) and a text (up to 2,000), please.")
    with closing(database()) as connection, connection:
        connection.execute("INSERT INTO entry (name, text) VALUES (?, ?)", (name, text))
    flash(f"Thank you, {name}.")
    return redirect(url_for("index"))


@app.route("/upload", methods=["GET", "POST"])
def upload():
    file = request.files.get("file") if request.method == "POST" else None
    if file is None:
        return render_template("upload.html")
    digest, size = hashlib.sha256(), 0
    while chunk := file.stream.read(65536):
        digest.update(chunk)
        size += len(chunk)
    return render_template("upload.html", name=file.filename, size=size, sha256=digest.hexdigest())


@app.get("/entries.json")
def entries_json():
    with closing(database()) as connection:
        rows = connection.execute("SELECT * FROM entry ORDER BY id").fetchall()
    return jsonify([dict(row) for row in rows])


@app.get("/stream")
def stream():
    """Ten lines a second, sent as they are made."""
    lines = min(request.args.get("lines", 50, type=int), 600)

    def make():
        for number in range(1, lines + 1):
            yield f"{number} of {lines}\n"
            if number < lines:
                time.sleep(0.1)

    return Response(make(), mimetype="text/plain")


@app.get("/slow")
def slow():
    seconds = max(0, min(request.args.get("seconds", 3, type=int), 60))
    time.sleep(seconds)
    return Response(f"This took {seconds} seconds.\n", mimetype="text/plain")


@app.get("/error")
def error():
    """A view with a fault: the traceback is in the log."""
    kettle = {"water": 1}
    return kettle["tea"]
