"""For tests and benchmarks of `framing serve`: a server on this machine, as a process or as a thread."""

import http.client
import json
import os
import signal
import subprocess
import sys
from threading import Thread, Timer
from urllib.parse import urlsplit

from framing.listening import listen, server
from framing.serving import create_app

PATIENCE = 300  # seconds; a busy machine takes its time
JSON = {"Content-Type": "application/json"}


class Client:
    """Asks the server at `port`."""

    port: int

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def send(self, method, path, body=None, headers=None):
        """Status, headers and parsed body of an answer, by a connection of its own."""
        connection = self.connect()
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            text = response.read().decode()
            return response.status, response.headers, json.loads(text) if text.startswith(("{", "[")) else text
        finally:
            connection.close()

    def label(self, sentences, **headers):
        return self.send("POST", "/label", json.dumps({"sentences": sentences}), JSON | headers)


class LabelServer(Client):
    """`framing serve MODEL` on a free port of this machine; ends as Ctrl-C ends it."""

    def __init__(self, model, *options):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "framing", "serve", str(model), "--port", "0", *map(str, options)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
        too_late = Timer(PATIENCE, self.process.kill)
        too_late.start()
        first = self.process.stdout.readline()
        too_late.cancel()
        if not first.startswith("http://"):
            raise AssertionError(f"the server did not start: {self.process.communicate()[1]}")
        self.port = urlsplit(first.split()[0]).port

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop(signal.SIGKILL)

    def stop(self, with_signal):
        """Exit status and what was written to standard error."""
        self.process.send_signal(with_signal)
        _, errors = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, errors


class LabelThread(Client):
    """The same app on a real socket, in a thread of this process, which need not start and load the weights again."""

    def __init__(self, classifier, limits=None, **options):
        self.socket = listen("127.0.0.1", 0)
        self.port = self.socket.getsockname()[1]
        self.server = server(create_app(classifier, limits, **options), lifespan="on")
        self.thread = Thread(target=self.server.run, kwargs={"sockets": [self.socket]})

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.should_exit = True
        self.thread.join()
        self.socket.close()
