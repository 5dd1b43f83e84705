"""Reads lines of {"value": ..., "hex": ...} and checks that marshal reads the value from the bytes."""

import json
import marshal
import sys

from test_golden import value_of

count = 0
for line in sys.stdin:
    pair = json.loads(line)
    value = marshal.loads(bytes.fromhex(pair['hex']))
    if value != value_of(pair['value']):
        sys.exit('%s\nwas read as %r' % (line, value))
    count += 1
print('%d equal' % count)
