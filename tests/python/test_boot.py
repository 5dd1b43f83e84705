"""How a worker starts, fails to start, and leaves."""

import os
import signal
import sys
import tempfile
import time

from harness import BRIDGE, TESTS, WorkerCase


def contents(path):
    """The text of a file."""
    with open(path, encoding='utf-8') as file:
        return file.read()


class ProjectCase(WorkerCase):
    """A test with a folder of its own."""

    def project(self, **files):
        """A new folder with these files; `__` in a name is `/`."""
        folder = tempfile.TemporaryDirectory(prefix='licorne-project-')
        self.addCleanup(folder.cleanup)
        for name, text in files.items():
            package, init, _end = name.partition('____init__')
            path = os.path.join(folder.name, *package.split('__'), *([init[2:]] if init else []))
            if not path.endswith(('.html', '.txt')):
                path += '.py'
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text)
        return os.path.realpath(folder.name)

    def failure(self, target, folder=TESTS, code=3, stage='boot', **start):
        """The `failed` message of a worker, its exit code being checked."""
        worker = self.worker(target, folder=folder, **start)
        message = worker.hear()
        self.assertEqual((message['type'], message.get('stage')), ('failed', stage), message)
        self.assertEqual(worker.exit_code(), code)
        self.assertNotIn('licorne_worker', message['traceback'])
        self.assertEqual(len(message['title'].splitlines()), 1)
        return message


APP = 'def application(environ, start_response):\n    start_response("200 OK", [])\n    return [b"ok"]\n'


class TargetTest(ProjectCase):
    """Ways to name an application."""

    def test_every_form_of_target_is_understood(self):
        for target, body in {
            'apps': b'hello',
            'apps:hello': b'hello',
            'apps:Nested.app': b'hello',
            'apps:make()': b'made',
            'apps:make("x", times=3)': b'xxx',
        }.items():
            _worker, gateway = self.serving(target)
            self.assertEqual(gateway.get('/').body, body, target)

    def test_app_is_the_second_default(self):
        folder = self.project(small=APP.replace('application', 'app'))
        _worker, gateway = self.serving('small', folder=folder)
        self.assertEqual(gateway.get('/').body, b'ok')

    def test_a_projects_own_modules_do_not_replace_the_bridges(self):
        names = ('json', 'types', 'signal', 'socket', 'select', 'log', 'wsgi', 'frames', 'traceback', 'boot')
        folder = self.project(small=APP, **dict.fromkeys(names, 'raise RuntimeError("shadowed")'))
        _worker, gateway = self.serving('small', folder=folder)
        self.assertEqual(gateway.get('/').body, b'ok')

    def test_ready_says_what_it_is(self):
        worker = self.worker('apps')
        message = worker.hear()
        self.assertEqual(message['interface'], 'wsgi')
        self.assertEqual(message['pid'], worker.process.pid)
        self.assertEqual(message['python'], '.'.join(map(str, sys.version_info[:3])))
        gateway = worker.gateway()
        self.addCleanup(gateway.close)
        self.assertEqual(
            gateway.hello,
            {'protocol': 2, 'interface': 'wsgi', 'threads': 1, 'worker': 0, 'pid': worker.process.pid},
        )

    def test_settings_module_is_put_into_the_environment_and_weighs_more_than_what_was_inherited(self):
        app = APP.replace('b"ok"', '__import__("os").environ["DJANGO_SETTINGS_MODULE"].encode()')
        folder = self.project(small=app)
        _worker, gateway = self.serving('small', folder=folder, settings_module='a.settings')
        self.assertEqual(gateway.get('/').body, b'a.settings')
        env = {'DJANGO_SETTINGS_MODULE': 'b.settings'}
        _worker, gateway = self.serving('small', folder=folder, settings_module='a.settings', env=env)
        self.assertEqual(gateway.get('/').body, b'a.settings')

    def test_stdlib_only_is_what_the_bridge_imports(self):
        import subprocess

        code = 'import sys; sys.path.insert(0, %r); import licorne_worker.boot; print(licorne_worker.__file__)' % BRIDGE
        out = subprocess.run([sys.executable, '-ISc', code], capture_output=True, text=True, timeout=20, check=False)
        self.assertEqual(out.stderr, '')
        self.assertIn('licorne_worker', out.stdout)


class ImportFailureTest(ProjectCase):
    """The import fails: stage boot, exit code 3."""

    def test_a_name_nearly_right_gets_the_right_one(self):
        folder = self.project(mysite____init__='', mysite__wsgi=APP)
        message = self.failure('mysit.wsgi', folder=folder)
        self.assertEqual(message['title'], "There is no module named 'mysit'.")
        self.assertEqual(message['hint'], "Did you mean 'mysite.wsgi'?")
        self.assertEqual(self.failure('mysite.wgsi:application', folder)['hint'], "Did you mean 'mysite.wsgi:application'?")

    def test_a_project_in_a_sub_folder_or_above_gets_chdir(self):
        folder = self.project(backend__mysite____init__='', backend__mysite__wsgi=APP)
        below = os.path.join(folder, 'backend')
        self.assertIn('--chdir ' + below, self.failure('mysite.wsgi', folder)['hint'])
        self.assertIn('--chdir ' + below, self.failure('mysite.wsgi', os.path.join(below, 'mysite'))['hint'])

    def test_a_file_name_gets_the_module(self):
        folder = self.project(mysite__wsgi=APP, app='app = None\n')
        self.assertIn("Did you mean 'mysite.wsgi:application'?", self.failure('mysite/wsgi.py', folder)['hint'])
        self.assertIn("Did you mean 'app:app'?", self.failure('app.py', folder)['hint'])
        self.assertIn("Did you mean 'app:main'?", self.failure('app.py:main', folder)['hint'])

    def test_nothing_like_it_says_where_was_looked(self):
        folder = self.project(something=APP)
        hint = self.failure('zzz', folder)['hint']
        self.assertIn(folder, hint)
        self.assertIn('something', hint)

    def test_a_dot_in_the_place_of_the_colon(self):
        folder = self.project(mysite____init__='', mysite__wsgi=APP)
        self.assertIn("Did you mean 'mysite.wsgi:application'?", self.failure('mysite.wsgi.application', folder)['hint'])

    def test_a_file_that_hides_an_installed_package_is_named(self):
        folder = self.project(
            xml='import xml.etree\n' + APP, wsgiref='from wsgiref import validate\n' + APP, colorsys='import colorsys\ncolorsys.one()\n'
        )
        for target in ('xml', 'wsgiref', 'colorsys'):
            self.assertIn('%s.py in %s hides' % (target, folder), self.failure(target, folder)['hint'])

    def test_a_folder_with_spaces_is_quoted(self):
        folder = self.project(**{'my site__small': APP, 'other': ''})
        self.assertIn("give --chdir '%s'." % os.path.join(folder, 'my site'), self.failure('small', folder)['hint'])

    def test_a_parent_where_anybody_may_put_a_file_is_not_proposed(self):
        folder = self.project(small=APP, inner__other='')
        inner = os.path.join(folder, 'inner')
        self.assertIn('give --chdir %s.' % folder, self.failure('small', inner)['hint'])
        os.chmod(folder, 0o1777)
        self.assertNotIn('--chdir %s' % folder, self.failure('small', inner)['hint'])

    def test_a_missing_package_names_the_interpreter_and_the_remedy(self):
        folder = self.project(small='import yaml_that_is_missing.sub\n' + APP, other='import bs4\n' + APP)
        message = self.failure('small', folder)
        self.assertEqual(message['title'], "Importing small failed: no module named 'yaml_that_is_missing'.")
        self.assertIn("'yaml_that_is_missing' is not installed for " + sys.executable, message['hint'])
        self.assertIn('-m pip install yaml_that_is_missing', message['hint'])
        self.assertIn('--python', message['hint'])
        self.assertTrue(message['traceback'].startswith('Traceback'))
        self.assertIn('small.py", line 1', message['traceback'])

    def test_a_folder_that_is_called_after_a_framework_is_not_taken_for_it(self):
        folder = self.project(nowhere_to_be_found__small='import nowhere_to_be_found\n' + APP, small_lib____init__='')
        inner = os.path.join(folder, 'nowhere_to_be_found')
        self.assertIn('-m pip install nowhere_to_be_found', self.failure('small', inner)['hint'])
        with open(os.path.join(inner, 'small.py'), 'w') as file:
            file.write('import small_lib\n')
        self.assertIn('--pythonpath %s.' % folder, self.failure('small', inner)['hint'])

    def test_a_missing_package_with_a_virtual_environment_beside_names_that(self):
        folder = self.project(small='import nowhere_to_be_found\n' + APP)
        os.makedirs(os.path.join(folder, '.venv', 'bin'))
        os.symlink(sys.executable, os.path.join(folder, '.venv', 'bin', 'python'))
        self.assertIn('--python .venv/bin/python', self.failure('small', folder)['hint'])

    def test_an_own_module_that_is_missing_is_not_called_a_package_to_install(self):
        folder = self.project(shop____init__='', shop__models='', shop__wsgi='import shop.modles\n' + APP)
        message = self.failure('shop.wsgi', folder)
        self.assertEqual(message['hint'], "Did you mean 'shop.models'?")

    def test_a_syntax_error_names_the_place(self):
        folder = self.project(small='x = 1\ny = = 2\n')
        message = self.failure('small', folder)
        self.assertRegex(message['title'], r'^SyntaxError in small\.py:2: ')
        self.assertIn(sys.executable, message['hint'])

    def test_any_error_at_import_is_reported_with_the_applications_traceback(self):
        folder = self.project(small='def f():\n    raise ValueError("two\\nlines")\nf()\n', leaves='raise SystemExit(5)\n')
        message = self.failure('small', folder)
        self.assertEqual(message['title'], 'Importing small failed: ValueError: two')
        self.assertIn('in f', message['traceback'])
        self.assertIn('exits when it is imported', self.failure('leaves', folder)['hint'])

    def test_django_settings_that_are_missing_or_wrong_are_named(self):
        django = (
            'class ImproperlyConfigured(Exception): pass\n'
            'raise ImproperlyConfigured("Requested setting DEBUG, but settings are not configured. '
            'You must either define the environment variable DJANGO_SETTINGS_MODULE or call settings.configure()")\n'
        )
        asks = 'import importlib, os\nimportlib.import_module(os.environ["DJANGO_SETTINGS_MODULE"])\n'
        folder = self.project(mysite____init__='', mysite__settings='', unset=django, asks=asks)
        self.assertIn('give --settings mysite.settings', self.failure('unset', folder)['hint'])
        self.assertIn('give --settings mysite.settings', self.failure('asks', folder)['hint'])
        hint = self.failure('asks', folder, settings_module='mysit.settings')['hint']
        self.assertIn("'mysit.settings', which cannot be imported. Did you mean 'mysite.settings'?", hint)
        hint = self.failure('asks', folder, settings_module='mysite.setings')['hint']
        self.assertIn("Did you mean 'mysite.settings'?", hint)

    def test_a_folder_that_is_not_there(self):
        self.assertIn('/not/there', self.failure('apps', '/not/there')['title'])

    def test_an_empty_or_relative_module_is_an_error_like_any_other(self):
        for target in (':app', '.apps', '', 'a b'):
            self.failure(target)

    def test_a_socket_path_that_cannot_be_used_is_reported(self):
        self.assertIn('cannot listen', self.failure('apps', socket='/not/there/socket')['title'])


class AttributeFailureTest(ProjectCase):
    """The module is there, the application is not: stage load, exit code 4."""

    def failure(self, target, folder=TESTS, code=4, stage='load', **start):
        return super().failure(target, folder, code, stage, **start)

    def test_a_missing_attribute_gets_the_nearest_callable(self):
        folder = self.project(small=APP, flask_like='class Flask:\n    def __call__(self, a, b): pass\nmy_app = Flask()\n')
        message = self.failure('small:aplication', folder)
        self.assertEqual(message['title'], "The module small has no attribute 'aplication'.")
        self.assertEqual(message['hint'], "Did you mean 'small:application'?")
        self.assertIn('flask_like:my_app', self.failure('flask_like:my_ap', folder)['hint'])

    def test_what_raises_on_every_access_does_not_hide_the_error(self):
        proxy = (
            'class Proxy:\n    def __getattribute__(self, name):\n        raise RuntimeError("outside of a request")\n'
            '    def __call__(self, *arguments): pass\n'
        )
        folder = self.project(proxies=proxy, small='from proxies import Proxy\nrequest = Proxy()\n' + APP)
        message = self.failure('small:ap', folder)
        self.assertEqual(message['title'], "The module small has no attribute 'ap'.")
        self.assertIn("small:application", message['hint'])
        self.assertIn("Asking for the attribute 'x' failed", self.failure('small:request.x', folder)['title'])

    def test_a_factory_without_brackets_is_told_how_to_write_it(self):
        made = 'def create_app(config=None, testing=False): pass\ndef app(): pass\n'
        folder = self.project(fac=made, any='def app(*arguments): pass\n')
        self.assertEqual(self.failure('fac:create_app', folder)['hint'], "Write 'fac:create_app()'.")
        self.assertEqual(self.failure('fac', folder)['hint'], "Write 'fac:app()'.")
        self.assertEqual(self.worker('any', folder=folder).hear()['type'], 'ready')

    def test_a_package_names_the_module_that_startproject_made(self):
        folder = self.project(mysite____init__='', mysite__wsgi=APP, manage='')
        self.assertEqual(self.failure('mysite', folder)['hint'], "Did you mean 'mysite.wsgi'?")
        self.assertIn('write just `licorne`', self.failure('manage', folder)['hint'])

    def test_neither_default_is_there(self):
        folder = self.project(small=APP.replace('application', 'other'), made='def create_app(): pass\ndef helper(): pass\n')
        message = self.failure('small', folder)
        self.assertIn('neither "application" nor "app"', message['title'])
        self.assertEqual(message['hint'], "Did you mean 'small:other'?")
        self.assertEqual(self.failure('made', folder)['hint'], "Did you mean 'made:create_app()'?")

    def test_what_is_not_callable_or_none_is_refused(self):
        self.assertIn('not callable: it is of type int', self.failure('apps:number')['title'])
        folder = self.project(small='application = None\ndef create_app(): pass\n')
        self.assertIn('is None', self.failure('small', folder)['title'])
        self.assertIn('is None', self.failure('small:create_app()', folder)['title'])

    def test_an_expression_that_is_no_name_or_call_is_refused(self):
        for expression in ('1', 'a b', 'f(x)', 'f(*[1])', 'f(**{})', 'f()()', 'a[0]', '', 'lambda: 1'):
            message = self.failure('apps:' + expression)
            self.assertIn('neither a name nor a call', message['title'], expression)

    def test_a_factory_called_wrongly_is_reported(self):
        self.assertIn('unexpected keyword', self.failure('apps:make(nope=1)')['title'])
        self.assertIn('cannot be called', self.failure('apps:number()')['title'])

    def test_a_missing_attribute_of_an_attribute(self):
        self.assertIn("no attribute 'nope'", self.failure('apps:Nested.nope')['title'])

    def test_a_factory_that_raises_failed_to_boot(self):
        folder = self.project(small='def create_app():\n    raise ValueError("inside")\n')
        message = self.failure('small:create_app()', folder, 3, 'boot')
        self.assertIn('ValueError: inside', message['title'])
        self.assertIn('in create_app', message['traceback'])


class LeaveTest(ProjectCase):
    """Stop, signals and the end of the master."""

    def test_stop_lets_what_runs_and_what_waits_finish_and_exits_with_0(self):
        for threads in (1, 2):
            worker, gateway = self.serving('apps:stays', threads=threads)
            path = os.path.join(worker.run_dir, 'go')
            streams = [gateway.request('/', query=path) for _ in range(3)]
            worker.wait_for_log('waiting')
            worker.tell({'type': 'stop'})
            self.assertTrue(gateway.quiet())
            self.assertIsNone(worker.process.poll())
            open(path, 'w').close()
            for stream in streams:
                self.assertEqual(gateway.finish(stream).body, b'hello')
            self.assertIsNone(gateway.next_frame())
            self.assertEqual(worker.exit_code(), 0)

    def test_an_idle_worker_stops_at_once(self):
        for threads in (1, 4):
            worker, _gateway = self.serving('apps:hello', threads=threads)
            worker.tell({'type': 'stop'})
            self.assertEqual(worker.exit_code(), 0)

    def test_atexit_functions_run_on_stop(self):
        folder = self.project(small='import atexit, sys\natexit.register(lambda: sys.stderr.write("at exit\\n"))\n' + APP)
        worker, _gateway = self.serving('small', folder=folder)
        worker.tell({'type': 'stop'})
        self.assertEqual(worker.exit_code(), 0)
        self.assertIn('at exit', worker.log())

    def test_sigterm_says_leaving_and_waits_for_stop(self):
        worker, gateway = self.serving('apps:hello')
        worker.process.send_signal(signal.SIGTERM)
        self.assertEqual(worker.hear(), {'type': 'leaving', 'reason': 'signal'})
        worker.process.send_signal(signal.SIGTERM)
        self.assertEqual(gateway.get('/').body, b'hello')
        worker.tell({'type': 'stop'})
        self.assertEqual(worker.exit_code(), 0)

    def test_sigterm_is_answered_while_the_application_runs(self):
        worker, gateway = self.serving('apps:stays')
        path = os.path.join(worker.run_dir, 'go')
        stream = gateway.request('/', query=path)
        worker.wait_for_log('waiting')
        worker.process.send_signal(signal.SIGTERM)
        self.assertEqual(worker.hear(), {'type': 'leaving', 'reason': 'signal'})
        open(path, 'w').close()
        self.assertEqual(gateway.finish(stream).body, b'hello')

    def test_sigint_is_ignored(self):
        worker, gateway = self.serving('apps:hello')
        worker.process.send_signal(signal.SIGINT)
        self.assertEqual(gateway.get('/').body, b'hello')

    def test_sigquit_leaves_at_once_with_0_whatever_runs(self):
        worker, gateway = self.serving('apps:stays')
        gateway.request('/', query='/never/exists')
        worker.wait_for_log('waiting')
        worker.process.send_signal(signal.SIGQUIT)
        self.assertEqual(worker.exit_code(), 0)

    def test_the_end_of_the_master_ends_the_worker_whatever_runs(self):
        worker, gateway = self.serving('apps:stays')
        gateway.request('/', query='/never/exists')
        worker.wait_for_log('waiting')
        worker.control.close()
        self.assertEqual(worker.exit_code(), 0)

    def test_the_end_of_the_master_ends_a_worker_that_still_imports(self):
        folder = self.project(small='import sys, time\nsys.stderr.write("importing\\n")\ntime.sleep(60)\n')
        worker = self.worker('small', folder=folder)
        worker.wait_for_log('importing')
        worker.control.close()
        self.assertEqual(worker.exit_code(), 0)

    def test_stop_ends_a_worker_that_still_imports(self):
        folder = self.project(small='import sys, time\nsys.stderr.write("importing\\n")\ntime.sleep(60)\n')
        worker = self.worker('small', folder=folder)
        worker.wait_for_log('importing')
        worker.tell({'type': 'stop'})
        self.assertEqual(worker.exit_code(), 0)

    def test_dump_writes_the_stacks_while_the_application_runs(self):
        worker, gateway = self.serving('apps:stays')
        gateway.request('/', query='/never/exists')
        worker.wait_for_log('waiting')
        worker.tell({'type': 'dump'})
        worker.wait_for_log(r'Stacks of all threads.*in stays')

    def test_reopen_points_the_log_at_a_new_file(self):
        worker, gateway = self.serving('apps:raises')
        gateway.get('/one')
        path = os.path.join(worker.run_dir, 'new.log')
        worker.tell({'type': 'reopen', 'error_log': path})
        end = time.monotonic() + 20
        while not os.path.exists(path) and time.monotonic() < end:
            time.sleep(0.005)
        worker.tell({'type': 'nonsense'})
        while 'nonsense' not in contents(path) and time.monotonic() < end:
            time.sleep(0.005)
        gateway.get('/two')
        text = contents(path)
        self.assertIn('GET /two', text)
        self.assertNotIn('GET /one', text)
        self.assertNotIn('GET /two', worker.log())

    def test_the_process_is_named(self):
        worker, _gateway = self.serving('apps:hello')
        if os.path.exists('/proc/self/comm'):
            with open('/proc/%d/comm' % worker.process.pid) as file:
                self.assertEqual(file.read().strip(), 'licorne: worker')

    def test_a_stale_socket_is_replaced(self):
        worker, gateway = self.serving('apps:hello')
        gateway.close()
        worker.process.kill()
        worker.exit_code()
        path = worker.path
        second = self.worker('apps:hello', socket=path)
        self.assertEqual(second.hear()['type'], 'ready')
