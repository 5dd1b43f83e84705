"""What both applications of the soak test share: the release that is deployed, and the bytes of a download."""

import hashlib
import os

with open(os.environ['SOAK_RELEASE']) as _file:
    RELEASE = _file.read().strip()

if RELEASE == 'broken':
    raise RuntimeError('this release cannot be imported')

PIECE = hashlib.sha256(b'soak').digest() * 2048
PIECES = 24
EVENTS = 12
EVENT_SECONDS = 0.1
