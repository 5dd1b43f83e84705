"""What a worker tells a developer: its files, what Django checks, what became of a change."""

import importlib.util
import os
import unittest

from test_boot import APP, ProjectCase

SETTINGS = '''
SECRET_KEY = 'not secret'
DEBUG = %(debug)s
ALLOWED_HOSTS = []
ROOT_URLCONF = 'shop.urls'
INSTALLED_APPS = []
USE_I18N = True
LOCALE_PATHS = [%(folder)r + '/locale']
TEMPLATES = [{'BACKEND': 'django.template.backends.django.DjangoTemplates', 'DIRS': [%(folder)r + '/pages']}]
DATABASES = {}
'''
WSGI = '''
import os
os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')
from django.core.wsgi import get_wsgi_application
application = get_wsgi_application()
'''
DEV = {'checks': True, 'insecure': False, 'color': False, 'hosts': True}


class DevCase(ProjectCase):
    """A worker told to work for a developer."""

    def until(self, worker, kind):
        """All messages up to one of a kind, by their kinds; those that come several times as lists of them."""
        heard = {}
        while kind not in heard:
            message = worker.hear()
            heard.setdefault(message['type'], []).append(message)
        return heard

    def files(self, heard):
        """What was told of files."""
        return {path for message in heard.get('modules', ()) for path in message['files']}


class ModulesTest(DevCase):
    """The files that a worker runs on."""

    def test_the_files_of_all_imported_modules_are_told_before_ready(self):
        folder = self.project(small='import helper\n' + APP, helper='x = 1\n', idle='x = 1\n')
        worker = self.worker('small', folder=folder, dev=DEV)
        files = self.files(self.until(worker, 'ready'))
        self.assertIn(os.path.join(folder, 'small.py'), files)
        self.assertIn(os.path.join(folder, 'helper.py'), files)
        self.assertNotIn(os.path.join(folder, 'idle.py'), files)
        self.assertFalse([path for path in files if 'licorne_worker' in path or path.endswith('/json/__init__.py')])

    def test_what_is_imported_later_is_told_once_and_alone(self):
        lazy = APP.replace('    start_response', '    import later\n    start_response')
        folder = self.project(small=lazy, later='x = 1\n')
        worker = self.worker('small', folder=folder, dev=DEV)
        self.until(worker, 'ready')
        gateway = worker.gateway()
        self.addCleanup(gateway.close)
        self.assertEqual(gateway.get('/').body, b'ok')
        self.assertEqual(worker.hear()['files'], [os.path.join(folder, 'later.py')])

    def test_an_import_that_fails_tells_the_files_that_took_part(self):
        folder = self.project(small='import helper\n' + APP, helper='import worse\n', worse='def (:\n')
        worker = self.worker('small', folder=folder, dev=DEV)
        heard = self.until(worker, 'failed')
        self.assertEqual(
            {os.path.basename(path) for path in self.files(heard) if path.startswith(folder)}, {'small.py', 'helper.py', 'worse.py'}
        )
        self.assertIn('SyntaxError in worse.py:1', heard['failed'][0]['title'])

    def test_without_dev_nothing_of_it_is_told(self):
        worker = self.worker('small', folder=self.project(small=APP))
        self.assertEqual(worker.hear()['type'], 'ready')


@unittest.skipUnless(importlib.util.find_spec('django'), 'Django is not installed')
class DjangoTest(DevCase):
    """What Django is asked for."""

    def site(self, debug=True, **files):
        """The folder of a small project."""
        folder = self.project(**{'shop__wsgi': WSGI, 'pages__a.html': 'a', 'shop__urls': 'urlpatterns = []\n', **files})
        with open(os.path.join(folder, 'shop', 'settings.py'), 'w', encoding='utf-8') as file:
            file.write(SETTINGS % {'debug': debug, 'folder': folder})
        return folder

    def test_checks_and_settings_are_told_before_ready(self):
        worker = self.worker('shop.wsgi', folder=self.site(), dev=DEV)
        heard = self.until(worker, 'ready')
        (project,) = heard['project']
        self.assertEqual((project['framework'], project['settings']), ('Django', 'shop.settings'))
        self.assertEqual(project['checks'].strip(), 'System check identified no issues (0 silenced).')
        # The checks import the URLs, so that they are watched before the first request.
        self.assertTrue([path for path in self.files(heard) if path.endswith('shop/urls.py')])

    def test_skipped_checks_are_not_made(self):
        worker = self.worker('shop.wsgi', folder=self.site(), dev=dict(DEV, checks=False))
        self.assertEqual(self.until(worker, 'ready')['project'][0]['checks'], '')

    def test_an_error_in_the_urls_is_a_failed_start(self):
        worker = self.worker('shop.wsgi', folder=self.site(shop__urls='import shop.views\n', shop__views='x = [\n'), dev=DEV)
        heard = self.until(worker, 'failed')
        message = heard['failed'][0]
        self.assertIn('SyntaxError in shop/views.py:1', message['title'])
        self.assertNotIn('django/core', message['traceback'])
        self.assertTrue([path for path in self.files(heard) if path.endswith('shop/views.py')])

    def test_a_check_that_finds_an_error_is_a_failed_start(self):
        urls = (
            'from django.core import checks\nurlpatterns = []\n'
            '@checks.register()\ndef bad(app_configs, **kwargs):\n    return [checks.Error("too blue", id="site.E1")]\n'
        )
        worker = self.worker('shop.wsgi', folder=self.site(shop__wsgi=WSGI + 'import shop.urls\n', shop__urls=urls), dev=DEV)
        message = self.until(worker, 'failed')['failed'][0]
        self.assertIn('SystemCheckError', message['title'])
        self.assertIn('(site.E1) too blue', message['message'])

    def test_without_debug_allowed_hosts_are_demanded(self):
        worker = self.worker('shop.wsgi', folder=self.site(debug=False), dev=DEV)
        title = self.until(worker, 'failed')['failed'][0]['title']
        self.assertEqual(title, 'CommandError: You must set settings.ALLOWED_HOSTS if DEBUG is False.')

    def test_templates_and_translations_are_seen_to_without_a_restart(self):
        folder = self.site(locale__de__LC_MESSAGES__x='')
        worker = self.worker('shop.wsgi', folder=folder, dev=DEV)
        heard = self.until(worker, 'ready')
        globs = {tuple(pair) for message in heard['modules'] for pair in message['globs']}
        self.assertIn((folder + '/pages', '**/*'), globs)
        self.assertIn((folder + '/locale', '**/*.mo'), globs)
        while worker.hear()['type'] != 'migrations':
            pass
        page, other = folder + '/pages/a.html', folder + '/notes.txt'
        worker.tell({'type': 'changed', 'number': 7, 'files': [page, other]})
        message = worker.hear()
        while message['type'] == 'modules':
            message = worker.hear()
        self.assertEqual((message['type'], message['number'], message['unhandled']), ('changed', 7, [other]))

    def test_migrations_that_were_not_applied_are_told(self):
        folder = self.site()
        with open(os.path.join(folder, 'shop', 'settings.py'), 'a', encoding='utf-8') as file:
            file.write("INSTALLED_APPS = ['django.contrib.contenttypes']\n")
            file.write("DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}}\n")
        worker = self.worker('shop.wsgi', folder=folder, dev=DEV)
        text = self.until(worker, 'migrations')['migrations'][0]['text']
        self.assertRegex(text, r'^You have \d unapplied migration\(s\)\. .* app\(s\): contenttypes\.\nRun ')


if __name__ == '__main__':
    unittest.main()
