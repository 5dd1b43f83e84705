"""Many streams on several links at once, some of them given up: every one comes to its end."""

import random
import threading
import unittest

from harness import WorkerCase, frames

STREAMS = 120
PIECES = 3


class Client:
    """One link that keeps some streams going."""

    def __init__(self, rng, gateway):
        self.rng = rng
        self.gateway = gateway
        self.open = {}
        self.left = STREAMS
        self.seen = {'hello': 0, 'upload': 0, 'endless': 0}

    def more(self):
        """Starts streams up to six, and sends the bodies of those that upload, in turns."""
        while self.left and len(self.open) < 6:
            self.left -= 1
            kind = self.rng.choice(('hello', 'upload', 'endless'))
            stream = self.gateway.request('/' + kind, method='POST', end=kind != 'upload')
            self.open[stream] = [kind, 0]
        for _round in range(PIECES):
            for stream, state in self.open.items():
                if state[0] == 'upload' and state[1] < PIECES:
                    state[1] += 1
                    flags = frames.END if state[1] == PIECES else 0
                    self.gateway.send(frames.BODY, flags, stream, b'x' * self.rng.randrange(30000))

    def take(self, case):
        """Takes one frame and what follows from it."""
        stream = self.gateway.step()
        if stream not in self.open:
            return
        answer = self.gateway.answers[stream]
        state = self.open[stream]
        if state[0] == 'endless' and state[1] == 0 and answer.body:
            state[1] = 1
            self.gateway.send(frames.RESET, 0, stream, b'\x02')
        if answer.over():
            del self.open[stream]
            self.seen[state[0]] += 1
            case.assertEqual(answer.reset, frames.CLIENT_GONE if state[0] == 'endless' else None)


class StressTest(WorkerCase):
    """Leader and followers under load."""

    def test_every_stream_ends_with_any_number_of_threads(self):
        for count in (1, 2, 5):
            worker, first = self.serving('apps:mixed', threads=count)
            clients = [Client(random.Random(count), first)]
            for _link in range(2):
                link = worker.gateway()
                self.addCleanup(link.close)
                clients.append(Client(random.Random(10 * count + len(clients)), link))
            self.drive(clients)
            total = sum(sum(client.seen.values()) for client in clients)
            self.assertEqual(total, 3 * STREAMS)
            worker.tell({'type': 'stop'})
            self.assertEqual(worker.exit_code(), 0)
            self.assertNotIn('Traceback', worker.log())

    def drive(self, clients):
        # A thread for each: a gateway never keeps another one waiting.
        faults = []
        threads = [threading.Thread(target=self.run_client, args=(client, faults)) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(faults, [])

    def run_client(self, client, faults):
        try:
            while client.left or client.open:
                client.more()
                if client.open:
                    client.take(self)
        except BaseException as error:
            faults.append(repr(error))


if __name__ == '__main__':
    unittest.main()
