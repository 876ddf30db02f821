"""For tests of the pages for coding: a coding folder of any size, the server as a process of its own, a client."""

import http.client
import json
import os
import re
import subprocess
import sys
from threading import Timer
from urllib.parse import urlencode, urlsplit

from framing import Codebook
from framing.artefact import sha256_text

BOOK = Codebook.load("china-russia")
PATIENCE = 60  # seconds; a busy machine takes its time


def write_coding(folder, n, *, purpose="estimate", texts=None, codebook=BOOK):
    """A coding folder of n sentences of four outlets, ten sentences an article."""
    folder.mkdir(parents=True)
    rows = []
    for i in range(n):
        text = texts[i] if texts else f"Minister {i} spoke of trade."
        outlet = f"Outlet-{i % 4}"
        rows.append(
            {
                "sentence_id": f"{outlet}-{i // 10}#{i % 10}",
                "article_id": f"{outlet}-{i // 10}",
                "index": i % 10,
                "part": "body",
                "story": f"story-{i // 10}",
                "outlet": outlet,
                "date": "2024-05-17",
                "text": text,
                "title": f"Headline {i // 10}",
                "previous": f"Neighbour {i}.",
                "sha256": sha256_text(text),
                "stratum": outlet,
                "inclusion_probability": 0.5 if purpose == "estimate" else None,
                "purpose": purpose,
            }
        )
    (folder / "sample.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    codebook.save(folder / "codebook.yaml")
    manifest = {"kind": "coding", "codebook": codebook.reference, "corpus": {"sha256": "c" * 64}}
    (folder / "framing.json").write_text(json.dumps(manifest))
    return folder


class Server:
    """`framing annotate` as a process, as a user starts it; `links` are what it prints."""

    def __init__(self, folder, *options, coders=("anna",), port=0):
        named = [part for coder in coders for part in ("--coder", coder)]
        arguments = ["annotate", str(folder), *named, "--no-browser", "--port", str(port), *map(str, options)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "framing", *arguments],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
        self.links = {}
        too_late = Timer(PATIENCE, self.process.kill)
        too_late.start()
        for line in self.process.stdout:
            if line.startswith("serving"):
                break
            if found := re.match(r"(.+): (http://\S+) \(", line):
                self.links[found[1]] = found[2]
        too_late.cancel()
        assert self.links, "the server did not start"
        self.port = urlsplit(next(iter(self.links.values()))).port
        self.base = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Client:
    """A browser without a screen: one connection, cookies, and the fields of the form it was shown."""

    def __init__(self, port):
        self.port = port
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self.cookies = {}
        self.path = "/"

    def send(self, method, path, body=None, headers=None):
        """Status, headers and text of an answer; no redirect is followed."""
        given = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())} if self.cookies else {}
        self.connection.request(method, path, body, given | (headers or {}))
        response = self.connection.getresponse()
        text = response.read().decode()
        for cookie in response.headers.get_all("set-cookie") or []:
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[name] = value
        return response.status, response.headers, text

    def get(self, path, **headers):
        """An answer, redirects followed."""
        status, found, text = self.send("GET", path, headers=headers)
        while status == 303:
            path = found["location"]
            status, found, text = self.send("GET", path, headers=headers)
        self.path = path.split("?")[0]
        return status, text

    def post(self, path, fields, **headers):
        """Send a form as a browser does."""
        given = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://127.0.0.1:{self.port}"}
        return self.send("POST", path, urlencode(fields, doseq=True), {**given, **headers})


def hidden(page):
    """Hidden fields of the answer's form."""
    form = page[page.index('id="answer"') :]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form.split("</form>")[0]))
