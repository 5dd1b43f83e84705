"""A request that a worker makes of its ASGI application before it serves."""

import asyncio

from .warmup import BODY_BYTES_MAX, USER_AGENT, Answer, split


async def get_asgi(app, state, path, host, script_name):
    """One request of an ASGI application."""
    answer = Answer()
    decoded, query = split(path)
    scope = {
        'type': 'http',
        'asgi': {'version': '3.0', 'spec_version': '2.3'},
        'http_version': '1.1',
        'method': 'GET',
        'scheme': 'http',
        'path': decoded.encode('latin-1').decode('utf-8', 'replace'),
        'raw_path': path.partition('?')[0].encode(),
        'query_string': query.encode(),
        'root_path': script_name,
        'headers': [(b'host', host.encode()), (b'user-agent', USER_AGENT.encode())],
        'client': ('127.0.0.1', 0),
        'server': (host, 80),
        'state': state.copy(),
        'extensions': {},
    }
    over = asyncio.Event()
    asked = False

    async def receive():
        nonlocal asked
        if not asked:
            asked = True
            return {'type': 'http.request', 'body': b'', 'more_body': False}
        await over.wait()
        return {'type': 'http.disconnect'}

    async def send(message):
        if message['type'] == 'http.response.start':
            answer.status = int(message['status'])
        elif message['type'] == 'http.response.body':
            answer.size += len(message.get('body', b''))
            if not message.get('more_body', False) or answer.size > BODY_BYTES_MAX:
                over.set()

    task = asyncio.ensure_future(app(scope, receive, send))
    waiting = asyncio.ensure_future(over.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if answer.size > BODY_BYTES_MAX:
        task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        pass
    except BaseException as error:
        answer.error = error
    return answer
