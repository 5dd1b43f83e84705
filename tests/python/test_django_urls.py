"""A Django project whose URLs or views cannot be imported does not start, asked of a real Django."""

import importlib.util
import unittest

from test_boot import APP
from test_preload import PreloadCase

SETTINGS = "SECRET_KEY = 'only-for-tests'\nALLOWED_HOSTS = ['*']\n"
ENTRY = """
import os
os.environ['DJANGO_SETTINGS_MODULE'] = 'shop.settings'
from django.core.%s import get_%s_application
application = get_%s_application()
"""
URLS = "from django.urls import include, path\nurlpatterns = [path('', include('shop.inner'))]\n"
INNER = "from django.urls import path\nfrom shop import views\nurlpatterns = [path('', views.index)]\n"
VIEWS = "from django.http import HttpResponse\ndef index(request):\n    return HttpResponse('ok')\n"


@unittest.skipUnless(importlib.util.find_spec('django'), 'Django is not installed for this Python')
class UrlsTest(PreloadCase):
    """What a worker, or a zygote, says of projects."""

    def site(self, interface='wsgi', settings="ROOT_URLCONF = 'shop.urls'\n", **files):
        """A project; what is not given is in order."""
        base = {
            'shop____init__': '', 'shop__settings': SETTINGS + settings, 'shop__entry': ENTRY % ((interface,) * 3),
            'shop__urls': URLS, 'shop__inner': INNER, 'shop__views': VIEWS,
        }  # fmt: skip
        return self.project(**{**base, **files})

    def test_a_view_that_cannot_be_imported_is_a_failed_start(self):
        for interface in ('wsgi', 'asgi'):
            for start in ({}, {'type': 'preload'}):
                folder = self.site(interface, shop__views='import nowhere_at_all\n')
                failed = self.failure('shop.entry', folder=folder, **start)
                self.assertEqual(failed['title'], "Importing the URLs (ROOT_URLCONF shop.urls) failed: no module named 'nowhere_at_all'.")
                self.assertIn('shop/views.py", line 1', failed['traceback'])
                self.assertIn('not installed', failed['hint'])

    def test_what_is_wrong_with_the_urls_is_said(self):
        for files, title in (
            ({'shop__urls': 'urlpatterns = [\n'}, 'SyntaxError in shop/urls.py:1: '),
            ({'shop__inner': '1 / 0\n'}, 'failed: ZeroDivisionError: '),
            ({'shop__inner': 'raise SystemExit(0)\n'}, 'failed: SystemExit: 0'),
            ({'shop__inner': ''}, 'failed: ImproperlyConfigured: '),
            ({'settings': "ROOT_URLCONF = 'shop.urlz'\n"}, "no module named 'shop.urlz'"),
        ):
            self.assertIn(title, self.failure('shop.entry', folder=self.site(**files))['title'])

    def test_nested_patterns_that_are_made_late_are_gone_through(self):
        urls = (
            'from django.urls import URLResolver\nfrom django.urls.resolvers import RoutePattern\n'
            "urlpatterns = [URLResolver(RoutePattern('a/'), 'shop.late')]\n"
        )
        failed = self.failure('shop.entry', folder=self.site(shop__urls=urls, shop__late='x = nothing\n'))
        self.assertIn('NameError', failed['title'])

    def test_an_application_without_urls_is_no_fault(self):
        for settings in ('', 'ROOT_URLCONF = None\n'):
            self.assertEqual(self.worker('shop.entry', folder=self.site(settings=settings)).hear()['type'], 'ready')

    def test_who_only_uses_the_models_of_django_may_have_broken_urls(self):
        entry = (
            "import os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'shop.settings'\nimport django\nimport django.urls\ndjango.setup()\n" + APP
        )
        folder = self.site(shop__entry=entry, shop__urls='1 / 0\n')
        self.assertEqual(self.worker('shop.entry', folder=folder).hear()['type'], 'ready')

    def test_a_project_that_is_in_order_answers_with_its_views_imported(self):
        folder = self.site(shop__views=VIEWS + "import sys\nsys.stderr.write('views imported\\n')\n")
        worker, gateway = self.serving('shop.entry', folder=folder)
        self.assertIn('views imported', worker.log())
        self.assertEqual(gateway.get('/').body, b'ok')


if __name__ == '__main__':
    unittest.main()
