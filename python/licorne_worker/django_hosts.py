"""Which hosts a Django project answers for, where it is certain that it refuses all others whatever is asked.

Imported only when the application has imported Django itself; nothing of Django is set up or changed here.
"""

import sys

_COMMON = 'django.middleware.common.CommonMiddleware'
_HANDLERS = (('django.core.handlers.wsgi', 'WSGIHandler'), ('django.core.handlers.asgi', 'ASGIHandler'))
_HOSTS_MAX = 1000


def describe(app):
    """ALLOWED_HOSTS; None when something else may answer before they are looked at, or when all hosts are allowed."""
    conf = sys.modules.get('django.conf')
    if conf is None or not conf.settings.configured or not _is_django(app):
        return None
    settings = conf.settings
    # In DEBUG its own page says what to add to the settings. X-Forwarded-Host says another host than Host.
    if settings.DEBUG or settings.USE_X_FORWARDED_HOST:
        return None
    names = [str(name) for name in settings.MIDDLEWARE or ()]
    if _COMMON not in names:
        return None
    # CommonMiddleware looks at the host of each request; what is not Django's own may answer some before it, such as those of a load balancer.
    if not all(name.startswith('django.') for name in names[:names.index(_COMMON)]):
        return None
    hosts = [str(host) for host in settings.ALLOWED_HOSTS]
    return None if '*' in hosts or len(hosts) > _HOSTS_MAX else hosts


def _is_django(app):
    # A subclass may do anything, and a router of Channels has Django under 'http'.
    mapping = getattr(app, 'application_mapping', None)
    app = mapping.get('http') if isinstance(mapping, dict) else app
    return any(type(app) is getattr(sys.modules.get(module), name, None) for module, name in _HANDLERS)
