"""A reading list: FastAPI on Licorne, in one file."""

import asyncio
import contextlib
import csv
import io
import json
import os
import sqlite3
from pathlib import Path
from typing import Set

from fastapi import FastAPI, HTTPException, Request, UploadFile, WebSocket
from fastapi.responses import FileResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, Field

HERE = Path(__file__).parent
DATABASE = os.environ.get("DATABASE", HERE / "books.sqlite3")
TABLE = """CREATE TABLE IF NOT EXISTS book
    (id INTEGER PRIMARY KEY, title TEXT NOT NULL, author TEXT NOT NULL, read INTEGER NOT NULL DEFAULT 0)"""


class NewBook(BaseModel):
    title: str = Field(min_length=1, max_length=200)
    author: str = Field(min_length=1, max_length=200)


class Reading(BaseModel):
    read: bool


class News:
    """What happens to the list, for everybody who listens in this process."""

    def __init__(self):
        self.listeners: Set[asyncio.Queue] = set()
        self.loop = asyncio.get_running_loop()

    def tell(self, kind, book):
        """May be called from any thread."""
        self.loop.call_soon_threadsafe(self._tell, {"kind": kind, "book": book})

    def _tell(self, item):
        for queue in self.listeners:
            if queue.full():
                queue.get_nowait()  # one who does not keep up misses the oldest
            queue.put_nowait(item)

    @contextlib.contextmanager
    def listen(self):
        queue = asyncio.Queue(100)
        self.listeners.add(queue)
        try:
            yield queue
        finally:
            self.listeners.discard(queue)


@contextlib.asynccontextmanager
async def lifespan(app):
    with database() as connection:
        connection.execute(TABLE)
    yield {"news": News()}


app = FastAPI(title="Reading list", lifespan=lifespan)
app.mount("/static", StaticFiles(directory=HERE / "static"))


@contextlib.contextmanager
def database():
    with contextlib.closing(sqlite3.connect(DATABASE, timeout=20)) as connection, connection:
        connection.row_factory = sqlite3.Row
        yield connection


def as_book(row):
    return {**row, "read": bool(row["read"])}


@app.get("/", include_in_schema=False)
async def page():
    return FileResponse(HERE / "static" / "index.html")


# Functions without `async` run in threads, so that they may wait for the database.


@app.get("/api/books")
def books():
    with database() as connection:
        return [as_book(row) for row in connection.execute("SELECT * FROM book ORDER BY id")]


@app.post("/api/books", status_code=201)
def add(book: NewBook, request: Request):
    return insert(book, request.state.news)


@app.patch("/api/books/{book_id}")
def mark(book_id: int, reading: Reading, request: Request):
    with database() as connection:
        connection.execute("UPDATE book SET read = ? WHERE id = ?", (reading.read, book_id))
        row = connection.execute("SELECT * FROM book WHERE id = ?", (book_id,)).fetchone()
    if row is None:
        raise HTTPException(404, "There is no such book.")
    request.state.news.tell("marked", as_book(row))
    return as_book(row)


@app.delete("/api/books/{book_id}", status_code=204)
def remove(book_id: int, request: Request):
    with database() as connection:
        if connection.execute("DELETE FROM book WHERE id = ?", (book_id,)).rowcount == 0:
            raise HTTPException(404, "There is no such book.")
    request.state.news.tell("removed", {"id": book_id})


@app.post("/api/import")
def import_books(file: UploadFile, request: Request):
    """A CSV file: title, author."""
    try:
        rows = [row for row in csv.reader(io.TextIOWrapper(file.file, "utf-8-sig")) if row]
        found = [NewBook(title=row[0].strip(), author=row[1].strip()) for row in rows]
    except (ValueError, IndexError, csv.Error):
        raise HTTPException(422, "Every line needs a title and an author.") from None
    for book in found:
        insert(book, request.state.news)
    return {"added": len(found)}


def insert(book, news):
    with database() as connection:
        number = connection.execute("INSERT INTO book (title, author) VALUES (?, ?)", (book.title, book.author)).lastrowid
        row = connection.execute("SELECT * FROM book WHERE id = ?", (number,)).fetchone()
    news.tell("added", as_book(row))
    return as_book(row)


@app.get("/events")
async def events(request: Request):
    """The changes of the list as server-sent events."""

    async def lines():
        with request.state.news.listen() as queue:
            yield ": welcome\n\n"
            while True:
                try:
                    item = await asyncio.wait_for(queue.get(), 15)
                    yield f"event: {item['kind']}\ndata: {json.dumps(item['book'])}\n\n"
                except asyncio.TimeoutError:
                    yield ": still here\n\n"

    return StreamingResponse(lines(), media_type="text/event-stream", headers={"cache-control": "no-store"})


@app.websocket("/ws/ticker")
async def ticker(websocket: WebSocket):
    """Ticks, as often as the client wishes: it sends the time between two in seconds."""
    await websocket.accept()
    pause, number = 1.0, 0
    listening = asyncio.ensure_future(websocket.receive())
    try:
        while True:
            number += 1
            await websocket.send_json({"tick": number, "listeners": len(websocket.state.news.listeners)})
            done, _ = await asyncio.wait({listening}, timeout=pause)
            if done:
                message = listening.result()
                if message["type"] == "websocket.disconnect":
                    return
                with contextlib.suppress(TypeError, ValueError):
                    pause = min(max(float(message.get("text")), 0.05), 60)
                listening = asyncio.ensure_future(websocket.receive())
    finally:
        listening.cancel()


@app.get("/error")
async def error():
    """A view with a fault: the traceback is in the log."""
    kettle = {"water": 1}
    return kettle["tea"]
