"""What the worker tells of a Django project's static files, asked of a real Django."""

import importlib.util
import os
import shutil
import tempfile
import unittest

from harness import WorkerCase

STATICFILES = 'django.contrib.staticfiles'
MANIFEST = STATICFILES + '.storage.ManifestStaticFilesStorage'
SETTINGS = """
from pathlib import Path
BASE_DIR = Path(__file__).resolve().parent
SECRET_KEY = 'only-for-tests'
ALLOWED_HOSTS = ['*']
ROOT_URLCONF = 'urls'
INSTALLED_APPS = ['django.contrib.staticfiles', 'with_files', 'without_files']
STATIC_URL = 'static/'
STATIC_ROOT = BASE_DIR / 'collected'
STATICFILES_DIRS = [BASE_DIR / 'assets', ('vendor', str(BASE_DIR / 'bought'))]
MEDIA_URL = '/uploads/'
MEDIA_ROOT = BASE_DIR / 'uploads'
"""
WSGI = """
import os
os.environ['DJANGO_SETTINGS_MODULE'] = 'settings'
from django.core.%s import get_%s_application
application = get_%s_application()
"""


@unittest.skipUnless(importlib.util.find_spec('django'), 'Django is not installed for this Python')
class DjangoTest(WorkerCase):
    """The `static` of the `ready` message."""

    def project(self, settings='', interface='wsgi', **files):
        """A folder with a project."""
        folder = os.path.realpath(tempfile.mkdtemp(prefix='licorne-django-'))
        self.addCleanup(shutil.rmtree, folder)
        for name in ('assets', 'bought', 'with_files/static', 'without_files'):
            os.makedirs(os.path.join(folder, name))
        modules = {'settings': SETTINGS + settings, 'urls': 'urlpatterns = []', 'entry': WSGI % ((interface,) * 3), **files}
        for name in ('with_files/__init__', 'without_files/__init__'):
            modules[name] = ''
        for name, text in modules.items():
            with open(os.path.join(folder, name + '.py'), 'w', encoding='utf-8') as file:
                file.write(text)
        return folder

    def told(self, settings='', target='entry', start=None, **options):
        """What a worker of that project says, and the worker."""
        folder = self.project(settings, **options)
        worker = self.worker(target, folder=folder, **{'describe_static': True, **(start or {})})
        message = worker.hear()
        self.assertEqual(message['type'], 'ready', message)
        return message['static'], folder, worker

    def test_a_storage_that_cannot_be_made_leaves_what_the_settings_say(self):
        told, _folder, _worker = self.told("STATIC_ROOT = None\nSTORAGES = {'staticfiles': {'BACKEND': %r}}\n" % MANIFEST)
        self.assertEqual((told['static_root'], told['manifest'], told['static_url']), ('', '', 'static/'))
        self.assertEqual(told['media_url'], '/uploads/')

    def test_in_production_it_is_what_was_collected(self):
        for interface in ('wsgi', 'asgi'):
            told, folder, _worker = self.told(interface=interface)
            self.assertEqual(
                told,
                {
                    'staticfiles': True,
                    'debug': False,
                    'static_url': 'static/',
                    'static_root': folder + '/collected',
                    'manifest': '',
                    'finders': [],
                    'opaque': False,
                    'whitenoise': False,
                    'media_url': '/uploads/',
                    'media_root': folder + '/uploads',
                    'https_only': False,
                    'hosts': None,
                },
            )

    def test_a_redirect_to_https_is_told_where_something_makes_it(self):
        redirect = 'SECURE_SSL_REDIRECT = True\n'
        middleware = "MIDDLEWARE = ['django.middleware.security.SecurityMiddleware']\n"
        self.assertTrue(self.told(redirect + middleware)[0]['https_only'])
        self.assertFalse(self.told(redirect + 'MIDDLEWARE = []\n')[0]['https_only'])
        self.assertFalse(self.told(middleware)[0]['https_only'])

    def test_in_development_it_is_where_the_finders_look(self):
        told, folder, _worker = self.told('DEBUG = True')
        self.assertTrue(told['debug'])
        self.assertFalse(told['opaque'])
        self.assertEqual(
            told['finders'], [['', folder + '/assets'], ['vendor', folder + '/bought'], ['', folder + '/with_files/static']]
        )

    def test_a_finder_of_the_projects_own_is_opaque_also_when_it_is_derived(self):
        finders = 'from django.contrib.staticfiles.finders import FileSystemFinder\nclass Mine(FileSystemFinder): pass'
        told, _folder, _worker = self.told("DEBUG = True\nSTATICFILES_FINDERS = ['mine.Mine']", mine=finders)
        self.assertEqual((told['finders'], told['opaque']), ([], True))

    def test_the_manifest_is_that_of_the_storage(self):
        for backend, manifest in (
            ("{'BACKEND': '%s'}" % MANIFEST, '/collected/staticfiles.json'),
            ("{'BACKEND': 'mine.Mine'}", '/collected/other.json'),
            ("{'BACKEND': '%s', 'OPTIONS': {'location': str(BASE_DIR / 'moved')}}" % MANIFEST, '/moved/staticfiles.json'),
        ):
            storage = 'from %s.storage import *\nclass Mine(ManifestStaticFilesStorage): manifest_name = "other.json"' % STATICFILES
            told, folder, _worker = self.told("STORAGES = {'staticfiles': %s}" % backend, mine=storage)
            self.assertEqual(told['manifest'], folder + manifest)
            self.assertEqual(told['static_root'], os.path.dirname(folder + manifest))

    def test_a_manifest_that_is_broken_is_told_all_the_same(self):
        folder = self.project("STORAGES = {'staticfiles': {'BACKEND': '%s'}}" % MANIFEST)
        os.makedirs(folder + '/collected')
        with open(folder + '/collected/staticfiles.json', 'w', encoding='utf-8') as file:
            file.write('{"paths"')
        worker = self.worker('entry', folder=folder, describe_static=True)
        told = worker.hear()['static']
        self.assertEqual((told['static_root'], told['manifest']), (folder + '/collected', folder + '/collected/staticfiles.json'))

    def test_a_storage_that_is_no_folder_is_never_made(self):
        storage = 'from django.core.files.storage import Storage\nclass Mine(Storage):\n    def __init__(self): raise RuntimeError("made")'
        told, folder, worker = self.told("STORAGES = {'staticfiles': {'BACKEND': 'mine.Mine'}}", mine=storage)
        self.assertEqual((told['static_root'], told['manifest']), (folder + '/collected', ''))
        self.assertNotIn('made', worker.log())

    def test_urls_of_other_sites_have_no_path_and_odd_ones_are_decoded(self):
        for url, path in (
            ('https://cdn.example/static/', None),
            ('//cdn.example/static/', None),
            ('/a/b%20c/', '/a/b c/'),
            ('/caf\u00e9/', '/caf\u00c3\u00a9/'),
            ('/static/', '/static/'),
        ):
            told, _folder, _worker = self.told('STATIC_URL = %r' % url)
            self.assertEqual(told['static_url'], path, url)

    def test_a_project_that_has_set_nothing_says_so(self):
        nothing = "INSTALLED_APPS = []\nSTATIC_URL = STATIC_ROOT = None\nMEDIA_URL = MEDIA_ROOT = ''"
        told, _folder, _worker = self.told(nothing)
        self.assertFalse(told['staticfiles'])
        self.assertEqual((told['static_url'], told['static_root'], told['media_url'], told['media_root']), (None, '', None, ''))

    def test_whitenoise_is_noticed(self):
        middleware = 'class WhiteNoiseMiddleware:\n    def __init__(self, next): pass\n    def __call__(self, request): pass'
        told, _folder, _worker = self.told("MIDDLEWARE = ['whitenoise.WhiteNoiseMiddleware']", whitenoise=middleware)
        self.assertTrue(told['whitenoise'])

    def test_settings_that_raise_are_told_to_the_log_and_the_worker_serves(self):
        told, _folder, worker = self.told("STORAGES = {'staticfiles': {'BACKEND': 'no.Such'}}")
        self.assertIsNone(told)
        self.assertIn('Django did not say where its static files are: ', worker.log())
        gateway = worker.gateway()
        self.addCleanup(gateway.close)
        self.assertTrue(gateway.get('/').status.startswith('404'))

    def test_more_than_fits_a_message_is_left_out(self):
        told, _folder, worker = self.told("DEBUG = True\nSTATICFILES_DIRS = ['/x%05d' % n + 'y' * 100 for n in range(6000)]")
        self.assertIsNone(told)
        self.assertIn('too long', worker.log())

    def test_nothing_is_said_unasked_or_without_a_set_up_django(self):
        told, _folder, _worker = self.told(start={'describe_static': False})
        self.assertIsNone(told)
        plain = 'import %s\ndef application(environ, start_response):\n    start_response("200 OK", [])\n    return []'
        for module in ('django', 'django.conf', 'django.apps, django.conf'):
            told, _folder, worker = self.told(target='plain', plain=plain % module)
            self.assertIsNone(told)
            self.assertNotIn('did not say', worker.log())


if __name__ == '__main__':
    unittest.main()
