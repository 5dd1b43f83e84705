"""What the worker tells of the hosts a Django project answers for, and whether Django agrees."""

import importlib.util
import unittest

import test_django_static
from harness import WorkerCase

MIDDLEWARE = "\nMIDDLEWARE = ['django.middleware.security.SecurityMiddleware', %s]\n"
COMMON = "'django.middleware.common.CommonMiddleware'"
HOSTS = "\nALLOWED_HOSTS = ['example.com', '.example.org']"


@unittest.skipUnless(importlib.util.find_spec('django'), 'Django is not installed for this Python')
class HostsTest(WorkerCase):
    """The `hosts` of the `ready` message."""

    project = test_django_static.DjangoTest.project
    told = test_django_static.DjangoTest.told

    def hosts(self, settings, **options):
        return self.told(settings, **options)[0]['hosts']

    def test_a_project_that_looks_at_the_host_first_tells_its_hosts(self):
        for interface in ('wsgi', 'asgi'):
            told = self.hosts(HOSTS + MIDDLEWARE % COMMON, interface=interface)
            self.assertEqual(told, ['example.com', '.example.org'])

    def test_where_another_may_answer_before_it_says_nothing(self):
        for settings in (
            HOSTS,
            HOSTS + MIDDLEWARE % ("'probe.Answers', " + COMMON),
            HOSTS + MIDDLEWARE % COMMON + 'DEBUG = True',
            HOSTS + MIDDLEWARE % COMMON + 'USE_X_FORWARDED_HOST = True',
            "\nALLOWED_HOSTS = ['*']" + MIDDLEWARE % COMMON,
        ):
            probe = 'def Answers(get_response):\n    return get_response\n'
            self.assertIsNone(self.hosts(settings, probe=probe), settings)

    def test_an_application_around_django_says_nothing(self):
        entry = (
            "import os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'settings'\n"
            'from django.core.wsgi import get_wsgi_application\n'
            'inner = get_wsgi_application()\n'
            'def application(environ, start_response):\n    return inner(environ, start_response)\n'
        )
        self.assertIsNone(self.hosts(HOSTS + MIDDLEWARE % COMMON, entry=entry))


if __name__ == '__main__':
    unittest.main()
