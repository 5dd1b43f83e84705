"""bare_loop.py SECONDS: calls a Django project's page with nothing around it, as often as it can; prints how often each second, and the microseconds of processor time each took.

The folder is the project's, DJANGO_SETTINGS_MODULE is set. With BENCH_HEADERS=browser the environ has what a browser sends.
"""

import importlib
import io
import os
import sys
import time

sys.path.insert(0, os.getcwd())
application = importlib.import_module(os.environ["DJANGO_SETTINGS_MODULE"].rpartition(".")[0] + ".wsgi").application

ENVIRON = {
    "REQUEST_METHOD": "GET",
    "SCRIPT_NAME": "",
    "PATH_INFO": "/",
    "QUERY_STRING": "",
    "SERVER_NAME": "127.0.0.1",
    "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": "127.0.0.1",
    "HTTP_HOST": "127.0.0.1",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": False,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}
BROWSER = {
    "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "HTTP_ACCEPT": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "HTTP_ACCEPT_LANGUAGE": "en-GB,en;q=0.9,de;q=0.7",
    "HTTP_ACCEPT_ENCODING": "gzip, deflate, br, zstd",
    "HTTP_COOKIE": "csrftoken=abcdefghijklmnopqrstuvwxyz012345; theme=light; consent=yes",
    "HTTP_REFERER": "http://127.0.0.1/recipes/",
    "HTTP_SEC_FETCH_DEST": "document",
    "HTTP_SEC_FETCH_MODE": "navigate",
    "HTTP_SEC_FETCH_SITE": "same-origin",
    "HTTP_UPGRADE_INSECURE_REQUESTS": "1",
}


def start_response(status, headers, exc_info=None):
    if not status.startswith("200"):
        raise RuntimeError(status)


def page(environ):
    result = application({**environ, "wsgi.input": io.BytesIO()}, start_response)
    for _ in result:
        pass
    result.close()


def main(seconds):
    environ = {**ENVIRON, **(BROWSER if os.environ.get("BENCH_HEADERS") == "browser" else {})}
    for _ in range(50):
        page(environ)
    begin, cpu = time.perf_counter(), time.process_time()
    count = 0
    while time.perf_counter() - begin < seconds:
        page(environ)
        count += 1
    print(count / (time.perf_counter() - begin), (time.process_time() - cpu) * 1e6 / count)


main(float(sys.argv[1]))
