"""Workers that are forked from a process which has imported the application once."""

import json
import os
import shutil
import signal
import socket
import tempfile

from harness import DEADLINE, Gateway
from test_boot import ProjectCase, contents

COUNTING = """
import os, random
with open(os.environ['IMPORTS'], 'a') as file:
    file.write('%d ' % os.getpid())
def application(environ, start_response):
    start_response('200 OK', [])
    return [('%d %d %r' % (os.getpid(), os.getppid(), random.random())).encode()]
"""

LOOP = """
import asyncio
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
async def app(scope, receive, send):
    if scope['type'] == 'lifespan':
        raise RuntimeError('none')
    await asyncio.sleep(0.01)
    # Another thread's call wakes the loop through descriptors of its own.
    value = await loop.run_in_executor(None, lambda: 'ran')
    assert asyncio.get_running_loop() is loop
    await send({'type': 'http.response.start', 'status': 200})
    await send({'type': 'http.response.body', 'body': value.encode()})
"""

FRAMEWORKS = """
import os, sys, types
def note(text):
    with open(os.environ['NOTES'], 'a') as file:
        file.write('%s %d\\n' % (text, os.getpid()))

class Connections:
    def all(self):
        return [types.SimpleNamespace(close_pool=lambda: note('pool'))]
    def close_all(self):
        note('closed')

db, conf, core = types.ModuleType('django.db'), types.ModuleType('django.conf'), types.ModuleType('django.core.cache')
db.connections = Connections()
conf.settings = types.SimpleNamespace(configured=True)
core.close_caches = lambda: note('caches')
sys.modules.update({'django.db': db, 'django.conf': conf, 'django.core.cache': core})

class Engine:
    def __init__(self, pool, is_async=False):
        self.pool = type(pool, (), {})()
        self.dialect = types.SimpleNamespace(is_async=is_async)
        self.name = pool + ('-async' if is_async else '')
    def dispose(self, close=True):
        note('%s %s' % (self.name, 'closed' if close else 'forgotten'))

engines = [Engine('QueuePool'), Engine('QueuePool', True), Engine('StaticPool')]
alchemy = types.ModuleType('sqlalchemy.engine')
alchemy.Engine = Engine
sys.modules['sqlalchemy.engine'] = alchemy

def application(environ, start_response):
    start_response('200 OK', [])
    return [b'ok']
"""


class Forked:
    """The master's end of a worker's control channel, and gateways' ends of its links."""

    def __init__(self, zygote, number):
        self.run_dir = tempfile.mkdtemp(prefix='licorne-test-')
        self.path = os.path.join(self.run_dir, 'worker.sock')
        self.control = socket.socket(socket.AF_UNIX)
        self.control.settimeout(DEADLINE)
        self.control.connect(zygote.path)
        self._file = self.control.makefile('rb')
        self.tell({**zygote.start, 'type': 'start', 'worker': number, 'socket': self.path})

    def tell(self, message):
        """Sends a control message."""
        self.control.sendall(json.dumps(message).encode() + b'\n')

    def hear(self):
        """The next control message; None at the end of the channel."""
        line = self._file.readline()
        return json.loads(line) if line else None

    def gateway(self):
        """A new link."""
        return Gateway(self.path)

    def end(self):
        """Leaves nothing behind."""
        self._file.close()
        self.control.close()
        shutil.rmtree(self.run_dir, ignore_errors=True)


class PreloadCase(ProjectCase):
    """A test that owns zygotes and their workers."""

    def zygote(self, target, **options):
        """A zygote that has imported the application."""
        zygote = self.worker(target, type='preload', **options)
        message = zygote.hear()
        self.assertEqual(message['type'], 'preloaded', message)
        zygote.start = {
            'protocol': 2, 'app': 'app', 'target': target, 'chdir': options.get('folder', '/'), 'pythonpath': [], 'interface': 'auto',
            'threads': 1, 'multiprocess': True, 'script_name': '', 'settings_module': None, 'log_level': 'debug', 'log_format': 'text',
            'log_color': False,
        }  # fmt: skip
        return zygote

    def fork(self, zygote, number=0):
        """A ready worker: (worker, link, its id)."""
        worker = Forked(zygote, number)
        self.addCleanup(worker.end)
        forked = worker.hear()
        self.assertEqual(forked['type'], 'forked')
        ready = worker.hear()
        self.assertEqual((ready['type'], ready['pid']), ('ready', forked['pid']), ready)
        gateway = worker.gateway()
        self.addCleanup(gateway.close)
        return worker, gateway, forked['pid']

    def noting(self, name):
        """A path that a process notes things in, by an environment variable of that name."""
        handle, path = tempfile.mkstemp()
        os.close(handle)
        self.addCleanup(os.unlink, path)
        return {name: path}, path


class ZygoteTest(PreloadCase):
    """Importing once, forking often."""

    def test_workers_are_children_of_the_one_process_that_imported(self):
        env, path = self.noting('IMPORTS')
        zygote = self.zygote('small', folder=self.project(small=COUNTING), env=env)
        answers = [self.fork(zygote, number)[1].get('/').body.split() for number in range(3)]
        self.assertEqual(contents(path), '%d ' % zygote.process.pid)
        self.assertEqual(len({answer[0] for answer in answers}), 3)
        self.assertEqual({int(answer[1]) for answer in answers}, {zygote.process.pid})
        self.assertEqual(len({answer[2] for answer in answers}), 3, 'workers draw the same random numbers')

    def test_an_import_that_fails_is_told_like_a_worker_tells_it(self):
        worker = self.worker('small', folder=self.project(small='1 / 0'), type='preload')
        message = worker.hear()
        self.assertEqual((message['type'], message['stage']), ('failed', 'boot'))
        self.assertIn('ZeroDivisionError', message['title'])
        self.assertEqual(worker.exit_code(), 3)

    def test_it_tells_how_each_worker_ended(self):
        zygote = self.zygote('apps')
        for sent, expected in (
            (signal.SIGKILL, {'code': None, 'signal': 'SIGKILL'}),
            (signal.SIGQUIT, {'code': 0, 'signal': None}),
        ):
            _worker, _gateway, pid = self.fork(zygote)
            os.kill(pid, sent)
            self.assertEqual(zygote.hear(), {'type': 'child_exit', 'pid': pid, **expected})
        worker, _gateway, pid = self.fork(zygote)
        worker.tell({'type': 'stop'})
        self.assertEqual(zygote.hear(), {'type': 'child_exit', 'pid': pid, 'code': 0, 'signal': None})

    def test_a_worker_that_is_sent_term_asks_to_leave(self):
        zygote = self.zygote('apps')
        worker, gateway, pid = self.fork(zygote)
        os.kill(pid, signal.SIGTERM)
        self.assertEqual(worker.hear()['type'], 'leaving')
        self.assertEqual(gateway.get('/').body, b'hello')

    def test_term_to_the_zygote_is_left_to_the_master(self):
        zygote = self.zygote('apps')
        os.kill(zygote.process.pid, signal.SIGTERM)
        self.assertEqual(self.fork(zygote)[1].get('/').body, b'hello')

    def test_workers_go_on_without_their_zygote(self):
        zygote = self.zygote('apps')
        worker, gateway, _pid = self.fork(zygote)
        zygote.process.kill()
        zygote.exit_code()
        self.assertEqual(gateway.get('/').body, b'hello')
        worker.tell({'type': 'stop'})
        self.assertIsNone(worker.hear())

    def test_the_zygote_leaves_with_the_master_also_while_it_imports(self):
        zygote = self.zygote('apps')
        zygote.control.close()
        self.assertEqual(zygote.exit_code(), 0)
        env, path = self.noting('NOTES')
        slow = "import os, time\nopen(os.environ['NOTES'], 'w').write('begun')\ntime.sleep(60)\n"
        importing = self.worker('small', folder=self.project(small=slow), type='preload', env=env)
        while contents(path) != 'begun':
            pass
        importing.control.close()
        self.assertEqual(importing.exit_code(), 0)

    def test_an_event_loop_that_an_import_made_is_each_workers_own(self):
        zygote = self.zygote('small', folder=self.project(small=LOOP))
        links = [self.fork(zygote, number)[1] for number in range(3)]
        streams = [(link, link.request('/', block=ASGI_BLOCK)) for link in links for _again in range(5)]
        for link, stream in streams:
            self.assertEqual(link.finish(stream).body, b'ran')


class WarningTest(PreloadCase):
    """What does not survive a fork is named."""

    def test_threads_and_connections_are_named(self):
        listener = socket.create_server(('127.0.0.1', 0))
        self.addCleanup(listener.close)
        text = """
            import os, socket, threading
            connection = socket.create_connection(('127.0.0.1', int(os.environ['PORT'])))
            serving = socket.create_server(('127.0.0.1', 0))
            pair = socket.socketpair()
            datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            forever = threading.Event()
            def beat():
                forever.wait()
            threading.Thread(target=beat, daemon=True, name='heart').start()
            from apps import hello as application
        """.replace('\n            ', '\n')  # fmt: skip
        port = listener.getsockname()[1]
        env = {'PORT': str(port), 'PYTHONPATH': os.path.dirname(__file__)}
        zygote = self.zygote('small', folder=self.project(small=text), env=env)
        log = zygote.log()
        self.assertRegex(log, r'WARNING\] preload: threads .* heart \(small\.beat\)\.')
        self.assertRegex(log, r'WARNING\] preload: connections .* descriptor \d+ to 127\.0\.0\.1:%d; descriptor \d+ listens on 127\.' % port)
        self.assertEqual(log.count('descriptor '), 2, log)
        self.assertEqual(self.fork(zygote)[1].get('/').body, b'hello')

    def test_an_application_that_does_nothing_of_the_kind_is_not_warned(self):
        zygote = self.zygote('apps')
        self.assertNotIn('WARNING', zygote.log())

    def test_connections_to_databases_are_closed_before_the_first_fork(self):
        env, path = self.noting('NOTES')
        zygote = self.zygote('small', folder=self.project(small=FRAMEWORKS), env=env)
        self.fork(zygote)
        pid = zygote.process.pid
        lines = [
            'pool %d', 'closed %d', 'caches %d', 'QueuePool closed %d', 'QueuePool-async forgotten %d',
        ]  # fmt: skip
        self.assertEqual(sorted(contents(path).splitlines()), sorted(line % pid for line in lines))


ASGI_BLOCK = {
    'type': 'http', 'http_version': '1.1', 'scheme': 'http', 'headers': [], 'client': None, 'server': ('127.0.0.1', 80), 'root_path': '',
}  # fmt: skip
