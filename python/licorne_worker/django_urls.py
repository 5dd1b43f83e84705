"""Has Django import the URLs, and so the views: what it else does with the first request, when it is too late to say no."""

import sys

from .loader import failure_of_import

# Whoever serves Django has imported one of these; who has its models only may have no URLs that work.
_HANDLERS = ('django.core.handlers.wsgi', 'django.core.handlers.asgi')
# Deeper than anybody nests; a circle would have no end.
_DEPTH_MAX = 50


def import_urls(target):
    """Nothing, when the application is no Django project or names no ROOT_URLCONF. Raises LoadError."""
    urls, conf = sys.modules.get('django.urls'), sys.modules.get('django.conf')
    if urls is None or conf is None or not conf.settings.configured or not any(name in sys.modules for name in _HANDLERS):
        return
    name = getattr(conf.settings, 'ROOT_URLCONF', None)
    if not name:
        return
    try:
        _go_through(urls.get_resolver(), _DEPTH_MAX)
    except BaseException as error:
        raise failure_of_import(error, 'the URLs (ROOT_URLCONF %s)' % (name,), target) from None


def _go_through(resolver, depth):
    for pattern in resolver.url_patterns:
        if depth > 0 and hasattr(type(pattern), 'url_patterns'):
            _go_through(pattern, depth - 1)
