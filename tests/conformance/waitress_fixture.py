"""One of waitress's fixture applications, with the two habits of waitress that they rely on."""

import importlib
import os

_module, _, _name = os.environ["LICORNE_TEST_APP"].partition(":")
_application = getattr(importlib.import_module(_module), _name)


def application(environ, start_response):
    environ.setdefault("REMOTE_HOST", environ["REMOTE_ADDR"])
    return _application(environ, start_response)
