"""What a Django project says about its static files, for the master to serve them without this worker.

Imported only when the application has imported Django itself; nothing of Django is set up or changed here.
"""

import inspect
import os
import sys
from urllib.parse import unquote_to_bytes, urlsplit

_STORAGE = 'django.contrib.staticfiles.storage'


def describe(with_finders=False):
    """A dict for the `ready` message; None when the application is no Django project that was set up. Raises whatever its settings raise.

    `with_finders`: where the finders look is told without DEBUG, too.
    """
    conf = sys.modules.get('django.conf')
    registry = sys.modules.get('django.apps')
    if conf is None or registry is None or not conf.settings.configured or not registry.apps.ready:
        return None
    settings = conf.settings
    installed = registry.apps.is_installed('django.contrib.staticfiles')
    debug = bool(settings.DEBUG)
    told = {
        'staticfiles': installed,
        'debug': debug,
        'static_url': _path_of_url(_raw(settings, 'STATIC_URL')),
        'static_root': _folder(settings.STATIC_ROOT),
        'manifest': '',
        'finders': [],
        'opaque': False,
        'whitenoise': _has_whitenoise(settings),
        'media_url': _path_of_url(_raw(settings, 'MEDIA_URL')),
        'media_root': _folder(settings.MEDIA_ROOT),
        'https_only': _https_only(settings),
    }
    if installed and told['static_url'] is not None:
        _describe_storage(settings, told)
        if debug or with_finders:
            # Elsewhere nothing is looked for but what collectstatic has collected.
            _describe_finders(told)
    return told


def _describe_storage(settings, told):
    from django.utils.module_loading import import_string

    kind = import_string(_storage_class(settings))
    storage = sys.modules.get(_STORAGE)
    if storage is None or not inspect.isclass(kind) or not issubclass(kind, storage.StaticFilesStorage):
        # Another storage may do anything when it is made, such as to connect to somewhere.
        return
    try:
        files = storage.staticfiles_storage
        told['static_root'] = _folder(files.location)
        name = getattr(files, 'manifest_name', None)
    except Exception:
        # Without STATIC_ROOT, or with a manifest that is broken, some cannot even be made; the settings still tell what is missing, and the class
        # where its manifest is, unless it has a storage of its own for it.
        name = getattr(kind, 'manifest_name', None)
        if name and told['static_root']:
            told['manifest'] = os.path.join(told['static_root'], name)
        return
    if name and told['static_root']:
        # Since Django 4.0 the manifest may have a storage of its own.
        told['manifest'] = getattr(files, 'manifest_storage', files).path(name)


def _storage_class(settings):
    # Django 4.2 and later, then all before 5.1.
    storages = getattr(settings, 'STORAGES', None) or {}
    return storages.get('staticfiles', {}).get('BACKEND') or settings.STATICFILES_STORAGE


def _describe_finders(told):
    from django.contrib.staticfiles import finders

    for finder in finders.get_finders():
        # A subclass may look elsewhere.
        if type(finder) is finders.FileSystemFinder:
            told['finders'] += [[prefix or '', os.path.abspath(root)] for prefix, root in finder.locations]
        elif type(finder) is finders.AppDirectoriesFinder:
            told['finders'] += [['', finder.storages[app].location] for app in finder.apps]
        else:
            told['opaque'] = True


def _https_only(settings):
    """Whether requests that came by plain http are sent to https."""
    middleware = _raw(settings, 'MIDDLEWARE') or ()
    return bool(_raw(settings, 'SECURE_SSL_REDIRECT')) and 'django.middleware.security.SecurityMiddleware' in middleware


def _has_whitenoise(settings):
    # As middleware of Django, or around the WSGI application.
    return 'whitenoise' in sys.modules or any(str(name).startswith('whitenoise.') for name in settings.MIDDLEWARE or ())


def _raw(settings, name):
    # Without the script prefix, which belongs to a request.
    return getattr(getattr(settings, '_wrapped', settings), name, None)


def _path_of_url(url):
    """The path of a URL, decoded (a code point is a byte); it begins with a slash unless it is relative to the application. None for other sites."""
    if not url:
        return None
    parts = urlsplit(str(url))
    if parts.scheme or parts.netloc or parts.query:
        return None
    return unquote_to_bytes(parts.path).decode('latin-1')


def _folder(path):
    return os.path.abspath(os.fspath(path)) if path else ''
