import hashlib
import json

from answers import chunks, http, respond


@http
async def application(scope, receive, send):
    """Answers size and digest of the body, and in how many messages it came."""
    digest, size, reads = hashlib.sha256(), 0, 0
    async for chunk in chunks(receive):
        digest.update(chunk)
        size += len(chunk)
        reads += 1
    await respond(send, json.dumps({"size": size, "sha256": digest.hexdigest(), "reads": reads}).encode())
