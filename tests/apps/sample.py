"""A file to send, the same for every framework: 300,000 bytes in the system's folder for temporary files."""

import hashlib
import os
import tempfile

BYTES = bytes(range(250)) * 1200


def path():
    digest = hashlib.sha256(BYTES).hexdigest()[:12]
    name = os.path.join(tempfile.gettempdir(), f"licorne-sample-{os.getuid()}-{digest}.bin")
    if not os.path.exists(name) or os.path.getsize(name) != len(BYTES):
        handle, fresh = tempfile.mkstemp(dir=tempfile.gettempdir())
        with os.fdopen(handle, "wb") as file:
            file.write(BYTES)
        os.replace(fresh, name)
    return name
