"""Tells what it was asked, in some shapes of an answer; the query says which. The same words as the WSGI application of this name."""

import asyncio
import hashlib
import json
from urllib.parse import parse_qs


async def application(scope, receive, send):
    if scope['type'] != 'http':
        return
    wanted = {name: values[0] for name, values in parse_qs(scope['query_string'].decode('latin-1')).items()}
    came = b''
    more = True
    while more:
        message = await receive()
        came += message.get('body', b'')
        more = message.get('more_body', False)
    body = told(scope, came) + b'.' * int(wanted.get('pad', '0'))
    status = int(wanted.get('status', '200')[:3])
    headers = [(b'content-type', b'application/json')]
    headers += [(b'x-only', value) for name, value in scope['headers'] if name == b'x-only']
    headers += [(b'x-set', b'v' * number) for number in range(int(wanted.get('set', '0')))]
    if status in (204, 304):
        body = b''
    elif 'length' in wanted:
        headers.append((b'content-length', b'%d' % len(body)))
    shape = wanted.get('shape', 'list')
    if shape == 'generator':
        await asyncio.sleep(0)
    await send({'type': 'http.response.start', 'status': status, 'headers': tuple(headers) if shape == 'tuple' else headers})
    if shape == 'write':
        await asyncio.sleep(0)
    cut = {'list': 0, 'tuple': 0, 'pieces': 1, 'generator': 5000, 'write': 7}[shape]
    if cut:
        await send({'type': 'http.response.body', 'body': body[:cut], 'more_body': True})
    await send({'type': 'http.response.body', 'body': body[cut:]})


def told(scope, body):
    """The scope in words, and what came with it."""
    entries = {}
    for name, value in scope.items():
        if name == 'headers':
            value = [[key.decode('latin-1'), text.decode('latin-1')] for key, text in value if key != b'x-only']
        elif name == 'client':
            value = value[0]
        elif isinstance(value, bytes):
            value = value.decode('latin-1')
        entries[name] = value if isinstance(value, (str, list)) else repr(value)
    for name in ('state', 'licorne.request_id'):
        entries.pop(name, None)
    return json.dumps([entries, len(body), hashlib.sha256(body).hexdigest()], sort_keys=True).encode()
