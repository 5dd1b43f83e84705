"""Any other application behind wsgiref.validate, which raises at every breach of PEP 3333 by either side."""

import importlib
import os
from wsgiref.validate import validator

_module, _, _name = os.environ["LICORNE_TEST_APP"].partition(":")
application = validator(getattr(importlib.import_module(_module), _name or "application"))
