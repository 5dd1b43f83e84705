"""Prints gunicorn's parser cases as JSON: gunicorn_cases.py FOLDER, the one with valid/ and invalid/.

A case is a pair: NAME.http holds bytes (line ends of the file do not count; escapes do), NAME.py is Python that sets
`request` to a dict, a list of them, or an exception class, and may set options on a `cfg`. gunicorn itself is not
needed: the names the cases import are stood in for.
"""

import json
import pathlib
import sys
import types


class Config:
    def __init__(self):
        self.changed = {}

    def set(self, name, value):
        self.changed[name] = value


class Errors(types.ModuleType):
    def __getattr__(self, name):
        return type(name, (Exception,), {})


def stand_in():
    config = types.ModuleType("gunicorn.config")
    config.Config = Config
    for name, module in {
        "gunicorn": types.ModuleType("gunicorn"),
        "gunicorn.http": types.ModuleType("gunicorn.http"),
        "gunicorn.config": config,
        "gunicorn.http.errors": Errors("gunicorn.http.errors"),
    }.items():
        sys.modules[name] = module


def read_bytes(path):
    data = path.read_bytes().replace(b"\n", b"")
    for written, meant in ((b"\\r\\n", b"\r\n"), (b"\\0", b"\0"), (b"\\n", b"\n"), (b"\\t", b"\t")):
        data = data.replace(written, meant)
    assert b"\\" not in data, path
    return data.decode("latin-1")


def read_case(path):
    names = {"uri": lambda text: text, "cfg": Config()}
    source = path.with_suffix(".py").read_text(encoding="utf-8")
    exec(compile(source, path.name, "exec"), names)
    expected = names["request"]
    case = {"name": f"{path.parent.name}/{path.stem}", "bytes": read_bytes(path), "options": names["cfg"].changed}
    if isinstance(expected, type):
        return {**case, "error": expected.__name__}
    return {**case, "requests": [plain(request) for request in (expected if isinstance(expected, list) else [expected])]}


def plain(request):
    body = request["body"]
    return {**request, "body": body.decode("latin-1") if isinstance(body, bytes) else body}


stand_in()
root = pathlib.Path(sys.argv[1])
cases = [read_case(path) for kind in ("valid", "invalid") for path in sorted((root / kind).glob("*.http"))]
json.dump(cases, sys.stdout)
