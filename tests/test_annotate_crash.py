"""Eight coders at once while the server is killed ten times: what was acknowledged is kept, and nothing twice."""

import http.client
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from secrets import token_hex
from threading import Event
from time import monotonic, sleep

from coding_server import Client, Server, hidden, write_coding

from framing.annotation.store import CodingStore

CODERS = [f"coder{i}" for i in range(8)]
N, KILLS = 250, 10
FRAMES = ("cooperation", "anti_western", "economic")


class Coder:
    """Codes one page after the other; where the connection breaks, tries again, as one who presses the button again."""

    def __init__(self, port, name, stop):
        self.port, self.name, self.stop = port, name, stop
        self.acknowledged = {}

    def insist(self, ask, expected):
        while not self.stop.is_set():
            client = Client(self.port)
            try:
                answer = ask(client)
                if answer[0] == expected:
                    return client.path, answer
            except (OSError, http.client.HTTPException):
                sleep(0.02)
            finally:
                client.connection.close()
        raise RuntimeError("stopped")

    def code_all(self):
        path, (_, page) = self.insist(lambda client: client.get(f"/code/{self.name}"), 200)
        shown = hidden(page)
        while "/overview" not in path:
            number = len(self.acknowledged)
            form = shown | {
                "token": token_hex(16),
                "frame": FRAMES[number % 3],
                "voice": "outlet",
                "comment": str(number),
            }
            _, (_, headers, _) = self.insist(lambda client, to=(path, form): client.post(*to), 303)
            self.acknowledged[path] = (form["frame"], form["comment"])
            path = headers["location"].split("?")[0]


def test_no_acknowledged_answer_is_lost_and_none_is_doubled(tmp_path):
    folder = write_coding(tmp_path / "coding", N)
    server = Server(folder, coders=CODERS)
    stop = Event()
    coders = [Coder(server.port, name, stop) for name in CODERS]
    with ThreadPoolExecutor(len(CODERS)) as pool:
        running = [pool.submit(coder.code_all) for coder in coders]
        try:
            for kill in range(KILLS):
                goal, end = N * len(CODERS) * (kill + 1) // (KILLS + 2), monotonic() + 60
                while sum(len(coder.acknowledged) for coder in coders) < goal and monotonic() < end:
                    sleep(0.01)
                server.kill()
                server = Server(folder, port=server.port, coders=())
            for one in running:
                one.result(timeout=120)
        finally:
            stop.set()
            server.kill()
    store = CodingStore.open(folder)
    kept = store.codings()
    assert Counter(one.coder for one in kept) == dict.fromkeys(CODERS, N)
    assert {(one.coder, one.comment, *one.frames) for one in kept} == {
        (coder.name, number, frame) for coder in coders for frame, number in coder.acknowledged.values()
    }
    assert len(store.history()) == N * len(CODERS)  # not even in the history is an answer twice
