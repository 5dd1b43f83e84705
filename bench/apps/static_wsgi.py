"""WhiteNoise before an application that has nothing, as the bench starts it: the folder is in STATIC_DIR."""

import os

from whitenoise import WhiteNoise


def nothing(environ, start_response):
    start_response("404 Not Found", [("Content-Length", "0")])
    return []


application = WhiteNoise(nothing, root=os.environ["STATIC_DIR"], prefix="static/")
