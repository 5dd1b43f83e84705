"""Runs waitress's functional tests over TCP against another server: waitress_cases.py SOURCE COMMAND...

COMMAND starts the server; a target and options are added, and it prints `Listening on http://HOST:PORT`. The tests
are waitress's, so a few of their demands are about waitress and not about HTTP. Those are taken out, and only those:

- HTTP/1.1 requests without Host get one (RFC 9112 3.2 demands a 400 for them);
- of a status line the version does not count (RFC 9110 6.2 lets a server answer HTTP/1.0 with HTTP/1.1), nor do the
  words (RFC 9112 4: to be ignored);
- a request line beyond the limit for a head may be 414 as well as 431 (RFC 9110 15.5.15);
- connection options are compared without regard to case (RFC 9110 7.6.1);
- words, type and set of headers of error pages do not count.

Prints one JSON object, the outcome of each test: "ok" or the last line of its failure.
"""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import types
import unittest

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = pathlib.Path(sys.argv[1]).resolve()
COMMAND = sys.argv[2:]
sys.path[:0] = [str(SOURCE / "src"), str(SOURCE)]

OPTIONS = {
    "max_request_header_size": ["--header-bytes-max", "--request-line-bytes-max"],
    "max_request_body_size": ["--body-bytes-max"],
    "trusted_proxy": ["--forwarded-allow-ips"],
}
# Assertions about waitress's own error pages, and comparisons that regard case.
EDITS = [
    (r'self\.assertTrue\(response_body\.startswith\(b"Internal Server Error"\)\)', "pass"),
    (r'self\.assertIn\(b"(Invalid chunk \w+|Chunk not properly terminated)", response_body\)', "pass"),
    (r'self\.assertEqual\(headers\["content-type"\], "text/plain; charset=utf-8"\)', "pass"),
    (r'self\.assertEqual\(\s*sorted\(headers\.keys\(\)\),\s*\[[^\]]*\],\s*\)', "pass"),
    (r'assertEqual\(connection, "Keep-Alive"\)', 'assertEqual(connection.lower(), "keep-alive")'),
    (r'headers\.get\("connection"\), "Keep-Alive"', 'headers.get("connection", "").lower(), "keep-alive"'),
]
REQUEST_LINE = re.compile(rb"\A[A-Z]+ \S+ HTTP/1\.1\r\n")
servers = {}


def server_for(target, options):
    """The address of a server with this application and these options, started once for all tests that want it."""
    arguments = [item for name, value in options.items() for flag in OPTIONS.get(name, []) for item in (flag, str(value))]
    key = (target.__module__, target.__name__, *arguments)
    if key not in servers:
        environment = {**os.environ, "LICORNE_TEST_APP": f"{target.__module__}:{target.__name__}"}
        command = [*COMMAND, "waitress_fixture:application", "-b", "127.0.0.1:0", "--server-header", "waitress"]
        command += ["--threads", "4", "--pythonpath", str(HERE), "--chdir", str(SOURCE), *arguments]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        address = None
        printed = b""
        for line in process.stdout:
            printed += line
            match = re.search(rb"Listening on http://([\d.]+):(\d+)", line)
            if match:
                address = (match[1].decode(), int(match[2]))
                break
        if address is None:
            raise RuntimeError(f"the server did not start: {printed.decode()}")
        # Its log is read to nowhere, or it would stop when the pipe is full.
        drain = subprocess.Popen(["cat"], stdin=process.stdout, stdout=subprocess.DEVNULL)
        servers[key] = (address, process, drain)
    return servers[key][0]


class Client(socket.socket):
    def send(self, data, *flags):
        head = data.partition(b"\r\n\r\n")[0].lower()
        if REQUEST_LINE.match(data) and b"\r\nhost:" not in head:
            line, _, rest = data.partition(b"\r\n")
            self.sendall(line + b"\r\nHost: localhost\r\n" + rest)
            return len(data)
        self.sendall(data, *flags)
        return len(data)


def start_subprocess(self, target, **options):
    self.bound_to = server_for(target, options)
    self.sock = self.create_socket()


def create_socket(self):
    client = Client(socket.AF_INET, socket.SOCK_STREAM)
    client.settimeout(5)
    return client


def assertline(self, line, status, reason, version):
    _, seen, _ = (part.strip().decode("latin-1") for part in line.split(None, 2))
    self.assertIn(seen, {"431": ("431", "414")}.get(status, (status,)))


def load_suite():
    """The module of tests, edited. An edit that finds nothing means that the tests have changed."""
    path = SOURCE / "tests" / "test_functional.py"
    text = path.read_text(encoding="utf-8")
    for pattern, replacement in EDITS:
        text, count = re.subn(pattern, replacement, text)
        assert count > 0, pattern
    module = types.ModuleType("tests.test_functional")
    module.__file__ = str(path)
    exec(compile(text, str(path), "exec"), module.__dict__)
    return module


def cases():
    loader = unittest.TestLoader()
    for name in dir(suite):
        if name.startswith("Tcp") and name != "TcpTests" or name == "SleepyThreadTests":
            yield from loader.loadTestsFromTestCase(getattr(suite, name))


suite = load_suite()
suite.SubprocessTests.start_subprocess = start_subprocess
suite.SubprocessTests.stop_subprocess = lambda self: self.sock.close()
suite.SubprocessTests.create_socket = create_socket
suite.SubprocessTests.assertline = assertline
suite.SubprocessTests.send_check_error = lambda self, data: swallow(lambda: self.sock.send(data))


def swallow(action):
    try:
        action()
    except OSError:
        pass


def run():
    outcomes = {}
    for case in cases():
        result = unittest.TestResult()
        case.run(result)
        trouble = result.failures + result.errors
        outcomes[case.id().removeprefix("tests.test_functional.")] = trouble[0][1].strip().splitlines()[-1] if trouble else "ok"
    return outcomes


try:
    outcomes = run()
finally:
    for _, process, drain in servers.values():
        process.send_signal(signal.SIGQUIT)
    for _, process, drain in servers.values():
        process.wait(20)
        drain.wait(20)
print(json.dumps(outcomes))
