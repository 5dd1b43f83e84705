"""Any other application between two checkers of PEP 3333: LICORNE_TEST_APP names it, LICORNE_TEST_LINT the checker."""

import importlib
import os

_module, _, _name = os.environ["LICORNE_TEST_APP"].partition(":")
_application = getattr(importlib.import_module(_module), _name or "application")

if os.environ["LICORNE_TEST_LINT"] == "webtest":
    from webtest.lint import middleware as _lint
else:
    from wsgiref.validate import validator as _lint

application = _lint(_application)
