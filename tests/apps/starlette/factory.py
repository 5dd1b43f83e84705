"""The application of app.py from a factory, and one that cannot start."""

import contextlib

from starlette.applications import Starlette

from app import app


def make():
    return app


@contextlib.asynccontextmanager
async def no_start(app):
    raise RuntimeError("the database does not answer")
    yield


failing = Starlette(lifespan=no_start)
