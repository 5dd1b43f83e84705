"""Requests that a worker makes of its own application, and the number of requests after which it wants to leave."""

import functools
import os
import shutil
import tempfile
import unittest

from asgi_harness import AsgiGateway
from harness import Worker

WSGI = """
import sys
seen = []
def application(environ, start_response):
    path = environ['PATH_INFO']
    seen.append((path, environ['SCRIPT_NAME'], environ['HTTP_HOST'], environ['wsgi.input'].read()))
    if path == '/raises':
        raise KeyError('no settings')
    if path == '/fails':
        environ['wsgi.errors'].write('Traceback of a framework')
    status = {'/fails': '503 Unavailable', '/missing': '404 Not Found'}.get(path, '200 OK')
    write = start_response(status, [])
    if path == '/endless':
        return (b'x' * 65536 for _ in iter(int, 1))
    if path == '/ask':
        return [repr(seen).encode()]
    return [b'a', b'b']
"""

ASGI = """
import asyncio
seen = []
async def application(scope, receive, send):
    if scope['type'] == 'lifespan':
        scope['state']['from'] = 'lifespan'
        await receive()
        await send({'type': 'lifespan.startup.complete'})
        await receive()
        return await send({'type': 'lifespan.shutdown.complete'})
    path = scope['path']
    seen.append((path, scope['query_string'], scope['state'].get('from'), dict(scope['headers'])[b'host']))
    if path == '/raises':
        raise KeyError('no settings')
    if path == '/silent':
        return
    status = {'/fails': 500}.get(path, 200)
    await send({'type': 'http.response.start', 'status': status, 'headers': []})
    while path == '/endless':
        await send({'type': 'http.response.body', 'body': b'x' * 65536, 'more_body': True})
        await asyncio.sleep(0)
    body = repr(seen).encode() if path == '/ask' else b''
    await send({'type': 'http.response.body', 'body': body})
"""


def ask_asgi(gateway):
    return gateway.finish(gateway.start())


class Case(unittest.TestCase):
    """Workers of an application of its own."""

    def worker(self, source, warmup, **start):
        folder = tempfile.mkdtemp(prefix='licorne-test-')
        self.addCleanup(shutil.rmtree, folder)
        with open(os.path.join(folder, 'warm.py'), 'w', encoding='utf-8') as file:
            file.write(source)
        worker = Worker('warm', folder=folder, warmup=warmup, **start)
        self.addCleanup(worker.end)
        return worker

    def link(self, gateway):
        self.addCleanup(gateway.socket.close)
        return gateway


class WarmupTest(Case):
    """Both interfaces, in real workers."""

    def fails(self, source, path):
        worker = self.worker(source, [path])
        told = worker.hear()
        self.assertEqual((told['type'], told['stage']), ('failed', 'boot'))
        self.assertEqual(worker.exit_code(), 3)
        return told

    def test_wsgi_paths_are_asked_for_in_order_before_ready(self):
        worker = self.worker(WSGI, ['/a%20b?x=1', '/mount/c'], script_name='/mount')
        self.assertEqual(worker.hear()['type'], 'ready')
        body = self.link(worker.gateway()).get('/ask').body.decode()
        expected = "[('/a b', '', 'localhost', b''), ('/c', '/mount', 'localhost', b''), ('/ask'"
        self.assertTrue(body.startswith(expected), body)

    def test_asgi_paths_are_asked_for_with_the_state_of_the_lifespan(self):
        worker = self.worker(ASGI, ['/a%20b?x=1'])
        self.assertEqual(worker.hear()['type'], 'ready')
        self.assertIn('GET /a%20b?x=1 was answered with 200', worker.log())

    def test_an_exception_fails_the_start_with_its_traceback(self):
        for source in (WSGI, ASGI):
            told = self.fails(source, '/raises')
            self.assertEqual(told['title'], "The warm-up request GET /raises failed: KeyError: 'no settings'")
            self.assertIn('warm.py', told['traceback'])
            self.assertNotIn('licorne_worker', told['traceback'])

    def test_an_answer_of_500_or_above_fails_the_start(self):
        told = self.fails(WSGI, '/fails')
        self.assertEqual(told['title'], 'The warm-up request GET /fails was answered with 503.')
        self.assertEqual(told['traceback'], 'Traceback of a framework')
        self.assertIn('answered with 500', self.fails(ASGI, '/fails')['title'])

    def test_no_answer_fails_the_start(self):
        self.assertIn('got no answer', self.fails(ASGI, '/silent')['title'])

    def test_an_answer_of_400_is_a_warning(self):
        worker = self.worker(WSGI, ['/missing'])
        self.assertEqual(worker.hear()['type'], 'ready')
        self.assertIn('[WARNING] Warm-up: GET /missing was answered with 404', worker.log())

    def test_an_answer_without_an_end_is_not_read_to_it(self):
        for source in (WSGI, ASGI):
            self.assertEqual(self.worker(source, ['/endless']).hear()['type'], 'ready')


class MaxRequestsTest(Case):
    """`leaving` after a number of requests; the worker goes on until it is told to stop."""

    def test_the_master_is_told_once(self):
        for source in (WSGI, ASGI):
            worker = self.worker(source, [], max_requests=3)
            self.assertEqual(worker.hear()['type'], 'ready')
            if source is WSGI:
                gateway = self.link(worker.gateway())
                ask = functools.partial(gateway.get, '/')
            else:
                gateway = self.link(AsgiGateway(worker.path))
                ask = functools.partial(ask_asgi, gateway)
            for _request in range(8):
                ask()
            self.assertEqual(worker.hear(), {'type': 'leaving', 'reason': 'max_requests'})
            worker.tell({'type': 'heard'})
            ask()
            worker.tell({'type': 'stop'})
            self.assertEqual(worker.exit_code(), 0)
            self.assertEqual(worker._lines, b'')


if __name__ == '__main__':
    unittest.main()
