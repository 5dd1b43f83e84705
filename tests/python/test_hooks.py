"""The hooks of a gunicorn.conf.py: those of a worker, those of the master, and what its settings are."""

import json
import os
import signal
import subprocess
import sys
import tempfile

from harness import BRIDGE, Worker, boot_line
from test_boot import ProjectCase, contents

APP = """
import os
def application(environ, start_response):
    if environ['PATH_INFO'] == '/raise':
        raise RuntimeError('broken')
    start_response('201 Created', [('Content-Length', '4'), ('X-Kind', 'a')])
    return [b'good']
"""

NOTE = """
import os
def note(*words):
    with open(os.environ['NOTES'], 'a') as file:
        file.write(' '.join(str(word) for word in words) + '\\n')
"""


class HooksCase(ProjectCase):
    """A test with a gunicorn.conf.py."""

    def setUp(self):
        handle, self.notes_path = tempfile.mkstemp()
        os.close(handle)
        self.addCleanup(os.unlink, self.notes_path)

    def noted(self):
        """The lines that hooks have noted."""
        return contents(self.notes_path).splitlines()

    def hooked(self, conf, app=APP, target='small', **options):
        """Options of a worker with these hooks."""
        folder = self.project(small=app, conf=NOTE + conf)
        hooks = {'file': os.path.join(folder, 'conf.py'), 'master_pid': 4242, 'settings': {'workers': 3, 'bind': ['0.0.0.0:9000']}}
        return {
            'target': target, 'folder': folder, 'hooks': hooks, 'age': 7, 'env': {'NOTES': self.notes_path}, **options,
        }  # fmt: skip

    def served(self, conf, **options):
        """A worker with these hooks that serves, and a link to it."""
        options = self.hooked(conf, **options)
        return self.serving(options.pop('target'), **options)


class WorkerHooksTest(HooksCase):
    """Hooks that run in the worker."""

    def test_each_is_called_at_its_time_with_what_gunicorn_gives(self):
        conf = """
workers = 9
note('conf')
def post_fork(server, worker):
    note('post_fork', server.pid, worker.pid == os.getpid(), worker.age, server.cfg.workers, worker.cfg.address, worker.booted)
    server.log.info('hello from %s', 'post_fork')
    try:
        server.LISTENERS_OF_OLD
    except AttributeError as error:
        note('refused' if 'not gunicorn' in str(error) else error)
def post_worker_init(worker):
    note('post_worker_init', callable(worker.wsgi), worker.app.wsgi() is worker.wsgi)
def pre_request(worker, req):
    req.mark = 'kept'
    note('pre_request', req.method, req.path, req.query, dict(req.headers)['HOST'], worker.nr)
def post_request(worker, req, environ, resp):
    note('post_request', req.mark, environ['PATH_INFO'], resp.status, resp.status_code, resp.sent, resp.response_length)
def worker_exit(server, worker):
    note('worker_exit', worker.alive)
"""
        worker, gateway = self.served(conf, app=APP.replace('import os', NOTE + "note('app')"))
        self.assertEqual(gateway.get('/x', query='a=1').status, '201 Created')
        worker.tell({'type': 'stop'})
        self.assertEqual(worker.exit_code(), 0)
        self.assertEqual(
            self.noted(),
            [
                'conf', "post_fork 4242 True 7 3 ('0.0.0.0', 9000) False", 'refused', 'app', 'post_worker_init True True',
                'pre_request GET /x a=1 localhost:8000 1', 'post_request kept /x 201 Created 201 4 4', 'worker_exit False',
            ],
        )  # fmt: skip
        self.assertRegex(worker.log(), r'INFO\] hello from post_fork')

    def test_post_request_takes_two_to_four_arguments_and_follows_errors_too(self):
        for arguments in ('worker, req', 'worker, req, environ', 'worker, req, environ, resp'):
            worker, gateway = self.served('def post_request(%s): note("after", req.path)' % arguments)
            gateway.get('/')
            self.assertIsNotNone(gateway.get('/raise').reset)
            gateway.get('/')
            worker.tell({'type': 'stop'})
            worker.exit_code()
            self.assertEqual(self.noted(), ['after /', 'after /raise', 'after /'])
            os.truncate(self.notes_path, 0)

    def test_an_error_of_pre_request_is_the_requests(self):
        worker, gateway = self.served('def pre_request(worker, req): 1 / (len(req.path) - 1)')
        self.assertIsNotNone(gateway.get('/').reset)
        self.assertEqual(gateway.get('/ok').body, b'good')
        self.assertIn('ZeroDivisionError', worker.log())

    def test_an_error_of_post_request_costs_nothing_but_a_log_entry(self):
        worker, gateway = self.served('def post_request(worker, req): raise SystemExit(1)')
        for _again in range(2):
            self.assertEqual(gateway.get('/').body, b'good')
        worker.wait_for_log('The hook post_request failed: SystemExit')

    def test_post_worker_init_may_wrap_the_application(self):
        conf = """
def post_worker_init(worker):
    inner = worker.wsgi
    def outer(environ, start_response):
        return [part.upper() for part in inner(environ, start_response)]
    worker.wsgi = outer
"""
        _worker, gateway = self.served(conf)
        self.assertEqual(gateway.get('/').body, b'GOOD')

    def test_a_hook_that_fails_before_the_worker_serves_is_a_failed_start(self):
        for hook in ('post_fork(server, worker)', 'post_worker_init(worker)'):
            options = self.hooked('def %s: raise KeyError("what")' % hook)
            worker = self.worker(options.pop('target'), **options)
            message = worker.hear()
            self.assertEqual((message['type'], message['stage']), ('failed', 'boot'))
            self.assertIn(hook.partition('(')[0], message['title'])
            self.assertIn('conf.py', message['traceback'])
            self.assertEqual(worker.exit_code(), 3)

    def test_quit_calls_worker_int_and_worker_exit_within_limits(self):
        conf = """
import time
def worker_int(worker):
    note('int')
def worker_exit(server, worker):
    note('exit')
    time.sleep(60)
"""
        worker, _gateway = self.served(conf)
        worker.process.send_signal(signal.SIGQUIT)
        self.assertEqual(worker.exit_code(), 0)
        self.assertEqual(self.noted(), ['int', 'exit'])

    def test_abort_calls_worker_abort_and_ends_with_one(self):
        worker, _gateway = self.served('def worker_abort(worker): note("abort", worker.aborted)')
        worker.process.send_signal(signal.SIGABRT)
        self.assertEqual(worker.exit_code(), 1)
        self.assertEqual(self.noted(), ['abort True'])

    def test_asgi_workers_have_no_hooks_of_requests_and_say_so(self):
        app = 'async def application(scope, receive, send): raise RuntimeError'
        worker, _gateway = self.served('def pre_request(worker, req): pass', app=app)
        self.assertIn('pre_request and post_request are not called for an ASGI', worker.log())

    def test_handlers_of_gunicorns_logger_write_to_the_log(self):
        app = APP + "\nimport logging\nassert logging.getLogger('gunicorn.error').handlers\nlogging.getLogger('gunicorn.error').warning('by %s', 'name')"
        worker, _gateway = self.served('def post_fork(server, worker): pass', app=app)
        self.assertRegex(worker.log(), r'WARNING\] by name')

    def test_with_preload_the_file_runs_once_and_the_hooks_in_each_worker(self):
        from test_preload import Forked

        conf = """
note('conf', os.getpid())
def post_fork(server, worker): note('post_fork', os.getpid(), worker.pid == os.getpid())
def worker_exit(server, worker): note('worker_exit', os.getpid())
"""
        options = self.hooked(conf, type='preload')
        zygote = self.worker(options.pop('target'), **options)
        self.assertEqual(zygote.hear()['type'], 'preloaded')
        zygote.start = {'protocol': 2, 'target': 'small', 'threads': 1}
        pids = []
        for number in range(2):
            worker = Forked(zygote, number)
            self.addCleanup(worker.end)
            pids.append(worker.hear()['pid'])
            self.assertEqual(worker.hear()['type'], 'ready')
            worker.tell({'type': 'stop'})
            self.assertIsNone(worker.hear())
        expected = ['conf %d' % zygote.process.pid]
        for pid in pids:
            expected += ['post_fork %d True' % pid, 'worker_exit %d' % pid]
        self.assertEqual(self.noted(), expected)


class HooksProcessTest(HooksCase):
    """The process that runs the master's hooks."""

    def process(self, conf):
        """One that has run the file."""
        options = self.hooked(conf)
        line = boot_line().replace('licorne_worker.boot', 'licorne_worker.hooks_process')
        process = _Hooks(options.pop('target'), line=line, type='hooks', **options)
        self.addCleanup(process.end)
        return process

    def test_hooks_are_run_in_order_with_what_gunicorn_gives(self):
        process = self.process("""
def on_starting(server): note('on_starting', server.pid, server.num_workers)
def nworkers_changed(server, new, old): note('nworkers', new, old, server.num_workers)
def pre_fork(server, worker):
    worker.mark = 'kept'
    note('pre_fork', worker.age, worker.pid)
def child_exit(server, worker): note('child_exit', worker.age, worker.pid, worker.mark, sorted(server.WORKERS))
def on_exit(server): raise ValueError('too late')
""")
        self.assertEqual(
            process.hear(), {'type': 'hooks_ready', 'hooks': ['child_exit', 'nworkers_changed', 'on_exit', 'on_starting', 'pre_fork']}
        )
        calls = [
            {'hook': 'on_starting'}, {'hook': 'nworkers_changed', 'count': 2, 'before': None}, {'hook': 'pre_fork', 'age': 1},
            {'hook': 'pre_fork', 'age': 2}, {'hook': 'child_exit', 'age': 1, 'pid': 77}, {'hook': 'on_exit'},
        ]  # fmt: skip
        for number, call in enumerate(calls):
            if call['hook'] == 'child_exit':
                process.tell({'type': 'spawned', 'age': 1, 'pid': 77})
                process.tell({'type': 'spawned', 'age': 2, 'pid': 78})
            process.tell({'type': 'call', 'id': number, **call})
        answers = [process.hear() for _call in calls]
        self.assertEqual([answer['id'] for answer in answers], list(range(len(calls))))
        self.assertEqual([answer['title'] for answer in answers], [''] * 5 + ['ValueError: too late'])
        self.assertIn('conf.py', answers[-1]['traceback'])
        self.assertEqual(
            self.noted(),
            [
                'on_starting 4242 3', 'nworkers 2 None 2', 'pre_fork 1 [booting]', 'pre_fork 2 [booting]', 'child_exit 1 77 kept [78]',
            ],
        )  # fmt: skip

    def test_it_leaves_with_the_master_and_not_before(self):
        process = self.process('def on_exit(server): pass')
        process.hear()
        process.process.send_signal(signal.SIGTERM)
        process.tell({'type': 'call', 'id': 1, 'hook': 'on_exit'})
        self.assertEqual(process.hear()['type'], 'called')
        process.control.close()
        self.assertEqual(process.exit_code(), 0)

    def test_programs_that_a_hook_starts_get_the_ordinary_signals(self):
        code = "import signal; print(signal.getsignal(signal.SIGTERM) == signal.SIG_DFL)"
        process = self.process("""
import subprocess, sys
def on_starting(server): note(subprocess.check_output([sys.executable, '-c', %r], text=True).strip())
""" % code)
        process.hear()
        process.tell({'type': 'call', 'id': 1, 'hook': 'on_starting'})
        process.hear()
        self.assertEqual(self.noted(), ['True'])

    def test_a_file_that_cannot_be_run_is_told(self):
        process = self.process('1 / 0')
        message = process.hear()
        self.assertEqual((message['type'], message['stage']), ('failed', 'boot'))
        self.assertIn('ZeroDivisionError', message['title'])


class _Hooks(Worker):
    """The process of the master's hooks, driven like a worker."""

    def __init__(self, target, line, **options):
        import harness

        plain = harness.boot_line
        harness.boot_line = lambda: line
        try:
            super().__init__(target, **options)
        finally:
            harness.boot_line = plain


class SettingsTest(HooksCase):
    """What the process that reads a file tells of it."""

    KNOWN = ['workers', 'bind', 'worker_class', 'raw_env', 'chdir', 'user', 'statsd_host', 'when_ready', 'post_fork', 'ssl_context']

    def read(self, text, location='conf.py'):
        """The answer for a file of this text."""
        folder = self.project(conf=text)
        line = boot_line().replace('licorne_worker.boot', 'licorne_worker.gunicorn_conf')
        command = [sys.executable, '-c', line, BRIDGE, location, json.dumps(self.KNOWN)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=30)
        self.printed = done.stderr
        return json.loads(done.stdout), folder

    def test_settings_and_hooks_are_told_and_prints_do_not_get_in_the_way(self):
        answer, folder = self.read("""
import os, pathlib
print('counting')
workers = os.cpu_count() * 0 + 5
bind = ('127.0.0.1:1', 'unix:/x')
chdir = pathlib.Path('/srv')
raw_env = ['A=1']
statsd_host = None
unknown = object()
class Own: pass
worker_class = Own
def when_ready(server): pass
""")
        self.assertEqual(
            answer,
            {
                'file': os.path.join(folder, 'conf.py'),
                'settings': {
                    'workers': 5, 'bind': ['127.0.0.1:1', 'unix:/x'], 'chdir': '/srv', 'raw_env': ['A=1'], 'worker_class': '__config__.Own',
                },
                'hooks': ['when_ready'],
                'faults': [],
            },
        )  # fmt: skip
        self.assertEqual(self.printed, 'counting\n')

    def test_what_cannot_be_carried_is_told_by_name(self):
        answer, _folder = self.read("""
user = lambda: 'x'
bind = [object()]
def post_fork(server): pass
when_ready = 'os.path.nothing'
""")
        messages = {fault['name']: fault['message'] for fault in answer['faults']}
        self.assertRegex(messages['user'], 'user is a function')
        self.assertRegex(messages['bind'], 'bind is an object')
        self.assertRegex(messages['post_fork'], 'post_fork takes 1 arguments; gunicorn calls it with 2')
        self.assertRegex(messages['when_ready'], 'when_ready cannot be imported from os.path.nothing')

    def test_every_form_of_location(self):
        for location in ('conf.py', './conf.py', 'file:conf.py', 'python:conf'):
            answer, folder = self.read('workers = 2', location)
            self.assertEqual((answer['settings'], answer['file']), ({'workers': 2}, os.path.join(folder, 'conf.py')), location)

    def test_a_file_that_raises_is_told_with_the_line(self):
        for text, title, where in (
            ('workers = 1\nnothing()', "NameError: name 'nothing' is not defined", 'conf.py:2 nothing()'),
            ('workers = (', 'SyntaxError', 'conf.py:1 workers = ('),
            ('raise SystemExit(3)', 'SystemExit: 3', 'conf.py:1 raise SystemExit(3)'),
        ):
            answer, _folder = self.read(text)
            self.assertIn(title, answer['error']['title'])
            self.assertTrue(answer['error']['where'].endswith(where), answer)
        self.assertRegex(self.read('', 'missing.py')[0]['error']['title'], 'There is no file .*/missing.py')
