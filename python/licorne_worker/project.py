"""Brings the application in: its folder, its search path, its import."""

import os
import sys

from .django_urls import import_urls
from .interfaces import detect
from .loader import LoadError, load


def prepare_environment(start):
    """What an application may look at while it is imported."""
    sys.argv = [start['target']]
    if start.get('settings_module'):
        os.environ['DJANGO_SETTINGS_MODULE'] = start['settings_module']


def enter_project(start):
    """Goes to the project's folder and puts it first on `sys.path`. Raises LoadError."""
    try:
        os.chdir(start['chdir'])
    except OSError as error:
        raise LoadError('boot', 'The folder %s cannot be entered: %s' % (start['chdir'], error.strerror)) from None
    sys.path[:0] = [os.getcwd(), *start.get('pythonpath', ())]


def load_project(start):
    """The application that the start message names, and its interface. Raises LoadError."""
    app = load(start['target'])
    name = start.get('interface', 'auto')
    if name == 'auto':
        name = detect(app)
    if start.get('dev') is None:
        # A developer has Django's own checks, which do it too.
        import_urls(start['target'])
    return app, name
