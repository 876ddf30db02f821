"""`framing serve` by HTTP, with real weights: labels as in Python, bad requests refused, crowds served."""

import json
import re
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from time import sleep

import numpy as np
import pytest
from label_server import JSON, LabelServer, LabelThread

from framing import FramingError
from framing.classifier import load_classifier
from framing.classifier.article_context import ArticleContext
from framing.serving import Limits, serve
from framing.serving.messages import Model

TEXTS = [
    "The two sides pledged to deepen their strategic partnership.",
    "Trade between the two countries rose by a fifth last year.",
    "Western powers want to keep both nations down, the paper wrote.",
    "It rained in the capital.",
    "Photo: Agency",
]
MAX_BYTES, MAX_SENTENCES, MAX_CHARACTERS = 20_000, 50, 400
TOKEN = "a long enough secret"


@pytest.fixture(scope="module")
def classifier(seed_training):
    return load_classifier(seed_training.folder)


@pytest.fixture(scope="module")
def served(classifier):
    with LabelThread(classifier, Limits(MAX_BYTES, MAX_SENTENCES, MAX_CHARACTERS)) as server:
        yield server


def test_labels_are_those_of_the_classifier(served, classifier):
    status, headers, answer = served.label([TEXTS[0], *({"id": i, "text": text} for i, text in enumerate(TEXTS[1:]))])
    assert (status, headers["content-type"]) == (200, "application/json")
    rows = answer["sentences"]
    assert [row["id"] for row in rows] == [None, 0, 1, 2, 3]
    found = np.array([[row["probabilities"][name] for name in classifier.labels] for row in rows])
    np.testing.assert_allclose(found[:, :-1], classifier.predict_proba(TEXTS), atol=1e-5)
    names = np.array(classifier.codebook.frame_names)
    assert [row["frames"] for row in rows] == [names[one].tolist() for one in classifier.predict(TEXTS)]
    decided = classifier.decide(classifier.label_probabilities(TEXTS))
    assert [row["boilerplate"] for row in rows] == decided[:, -1].tolist()
    assert any(row["frames"] for row in rows)
    assert answer["model"] == {
        "name": classifier.folder.name,
        "sha256": classifier.manifest["sha256"],
        "codebook": classifier.codebook.reference,
    }


def test_a_model_is_named_however_it_was_opened(small_model, monkeypatch):
    monkeypatch.chdir(small_model)
    assert Model.of(load_classifier(".")).name == small_model.name


BAD = [
    (b"", 400, "body", "JSON"),
    (b'{"sentences": [', 400, "body", "JSON"),
    (b'{"sentences": ["\\ud800"]}', 400, "body", "JSON"),
    (b"\xff\xfe", 400, "body", "JSON"),
    (b"[" * 9_000, 400, "body", "JSON"),
    (b"[]", 422, "body", "object"),
    (b"{}", 422, "sentences", "a list named sentences"),
    (b'{"sentences": []}', 422, "sentences", "at least one sentence"),
    (b'{"sentences": "one"}', 422, "sentences", "a list"),
    (b'{"sentences": ["good", 7]}', 422, "sentences[1]", "a string, or an object"),
    (b'{"sentences": [{"id": "a"}]}', 422, "sentences[0].text", "a string named text"),
    (b'{"sentences": [{"text": 7}]}', 422, "sentences[0].text", "a string"),
    (b'{"sentences": [{"text": "a", "txet": "b"}]}', 422, "sentences[0].txet", "no such field"),
    (b'{"sentences": [{"text": "a", "id": true}]}', 422, "sentences[0].id", "a string or a whole number"),
    (b'{"sentences": [{"text": "a", "id": 1.0}]}', 422, "sentences[0].id", "a string or a whole number"),
    (b'{"sentences": ["good", " \\n"]}', 422, "sentences[1].text", "not white space"),
    (json.dumps({"sentences": ["x" * 401]}).encode(), 422, "sentences[0].text", "at most 400 characters"),
    (json.dumps({"sentences": ["x"] * 51}).encode(), 422, "sentences", "at most 50 sentences"),
    (json.dumps({"sentences": ["x" * 30_000]}).encode(), 413, "body", "at most 20,000 bytes"),
    (b" " * 300_000, 413, "body", "at most 20,000 bytes"),
]


@pytest.mark.parametrize(("body", "status", "where", "expected"), BAD)
def test_a_bad_request_is_told_what_was_expected(served, body, status, where, expected):
    given, _, answer = served.send("POST", "/label", body, JSON)
    assert given == status
    (problem,) = answer["problems"]
    assert problem["where"] == where
    assert expected in problem["expected"]
    assert problem["found"]
    assert answer["error"].endswith(".")


def test_the_number_of_problems_that_are_named_is_bounded(served):
    status, _, answer = served.label([" "] * 40)
    assert (status, len(answer["problems"])) == (422, 10)


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/label", {}, 405),
        ("DELETE", "/label", {}, 405),
        ("POST", "/health", JSON, 405),
        ("GET", "/labels", {}, 404),
        ("POST", "/label", {"Content-Type": "text/plain"}, 415),
        ("POST", "/label", {}, 415),
        ("GET", "/health", {"Host": "evil.example"}, 421),
        ("POST", "/label", JSON | {"Host": "evil.example:80"}, 421),
    ],
)
def test_what_is_no_request_for_labels_is_refused_in_json(served, method, path, headers, status):
    given, found, answer = served.send(method, path, b"{}" if method == "POST" else None, headers)
    assert (given, found["content-type"]) == (status, "application/json")
    assert answer["problems"][0]["found"]
    if status == 405:
        assert found["allow"]


def test_pages_of_other_origins_are_let_in_only_where_they_are_named(served, classifier):
    asks = {"Origin": "https://tool.example", "Access-Control-Request-Method": "POST"}
    asks["Access-Control-Request-Headers"] = "content-type"
    assert "access-control-allow-origin" not in served.send("OPTIONS", "/label", headers=asks)[1]
    assert "access-control-allow-origin" not in served.label(TEXTS[:1], Origin="https://tool.example")[1]
    with LabelThread(classifier, origins=["https://tool.example"], token=TOKEN) as server:
        status, headers, _ = server.send("OPTIONS", "/label", headers=asks)
        assert (status, headers["access-control-allow-origin"]) == (200, "https://tool.example")
        assert (
            "access-control-allow-origin"
            not in server.send("OPTIONS", "/label", headers=asks | {"Origin": "https://evil.example"})[1]
        )
        status, headers, answer = server.label(TEXTS[:1], Origin="https://tool.example")
        assert (status, headers["access-control-allow-origin"]) == (401, "https://tool.example")
        assert answer["problems"][0]["found"] == "no key"
        assert server.label(TEXTS[:1], Authorization="Bearer another secret")[0] == 401
        assert server.label(TEXTS[:1], Authorization=f"Bearer {TOKEN}")[0] == 200
        assert server.send("GET", "/health")[0] == 200


def test_the_description_is_complete_and_loads_nothing(served):
    _, _, document = served.send("GET", "/openapi.json")
    text = json.dumps(document)
    for name in re.findall(r'"#/components/schemas/(\w+)"', text):
        assert name in document["components"]["schemas"]
    sentences = document["components"]["schemas"]["LabelRequest"]["properties"]["sentences"]
    assert (sentences["minItems"], sentences["maxItems"]) == (1, MAX_SENTENCES)
    assert {"type": "string"} in sentences["items"]["anyOf"]
    assert {"200", "400", "413", "422", "503"} <= set(document["paths"]["/label"]["post"]["responses"])
    for path in ("/", "/docs"):
        status, headers, page = served.send("GET", path)
        assert status == 200
        assert "default-src 'none'" in headers["content-security-policy"]
        assert not re.search(r"(src|href)=.?(http|//)", page)
        assert "anti_western" in page


def test_the_page_says_where_labels_differ_from_those_of_whole_articles(served, small_model):
    assert "read alone" not in served.send("GET", "/docs")[2]
    classifier = load_classifier(small_model)
    classifier.article_context = ArticleContext(np.ones((4, 5)), np.zeros(4), np.full(4, 0.5))
    with LabelThread(classifier) as server:
        assert "read alone" in server.send("GET", "/docs")[2]


def test_the_page_fits_a_phone_and_its_examples_can_be_scrolled_by_keyboard(browser, served):
    from axe_playwright_python.sync_playwright import Axe

    page = browser.new_page(viewport={"width": 400, "height": 800})
    page.goto(f"http://127.0.0.1:{served.port}/docs")
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    assert [one["id"] for one in Axe().run(page).response["violations"]] == []
    page.close()


def test_many_at_once_with_bad_ones_among_them(served, classifier):
    """64 clients, every fourth request malformed, oversized or cut off; all good ones get their own labels."""
    expected = dict(zip(TEXTS, classifier.predict_proba(TEXTS), strict=True))
    bad = [one for one in BAD if len(one[0]) < 100_000]

    def good(client, turn):
        texts = [TEXTS[(client + turn + i) % len(TEXTS)] for i in range(1 + (client + turn) % 7)]
        status, _, answer = served.label(texts)
        assert status == 200
        for text, row in zip(texts, answer["sentences"], strict=True):
            found = list(row["probabilities"].values())[:-1]
            np.testing.assert_allclose(found, expected[text], atol=1e-5)

    def cut_off():
        with socket.create_connection(("127.0.0.1", served.port)) as connection:
            head = (
                "POST /label HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 900\r\n"
            )
            connection.sendall(f"{head}\r\n{{".encode())

    def client(number):
        for turn in range(4):
            if (number + turn) % 4:
                good(number, turn)
            elif number % 8:
                body, status, *_ = bad[(number + turn) % len(bad)]
                assert served.send("POST", "/label", body, JSON)[0] == status
            else:
                cut_off()

    with ThreadPoolExecutor(64) as pool:
        list(pool.map(client, range(64)))
    sleep(0.2)
    status, _, health = served.send("GET", "/health")
    assert (status, health["status"], health["waiting"]) == (200, "ok", 0)


def test_a_full_queue_says_when_to_come_again_and_what_was_taken_on_is_answered(classifier):
    limits = Limits(sentences=40, waiting=40)
    with LabelThread(classifier, limits) as server, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: server.label(TEXTS * 6), range(8)))
        assert {status for status, *_ in answers} == {200, 503}
        for status, headers, answer in answers:
            if status == 503:
                assert int(headers["retry-after"]) >= 1
                assert answer["problems"][0]["where"] == "queue"
        assert server.label(TEXTS)[0] == 200


def test_the_command_serves_and_when_stopped_answers_what_is_under_way(seed_training):
    with LabelServer(seed_training.folder, "--engine", "torch") as server, ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(server.label, TEXTS * 100)
        while server.send("GET", "/health")[2]["waiting"] == 0 and not under_way.done():
            sleep(0.005)
        code, errors = server.stop(signal.SIGTERM)
        status, _, answer = under_way.result()
        assert (status, len(answer["sentences"])) == (200, 500)
        assert code == -signal.SIGTERM
        assert "Traceback" not in errors


def test_what_cannot_be_served_is_said_in_one_line(seed_training):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(FramingError, match="choose another port"):
            serve(seed_training.folder, port=taken.getsockname()[1], engine="torch", announce=print)
    for options, message in (
        ({"host": "192.168.1.20"}, "add --token"),
        ({"origins": ["*"]}, "--allow-origin"),
        ({"origins": ["https://tool.example/"]}, "--allow-origin"),
    ):
        with pytest.raises(FramingError, match=message):
            serve(seed_training.folder, **options, engine="torch", announce=print)
    with pytest.raises(FramingError, match="expected at least --max-sentences"):
        Limits(sentences=100, waiting=10)
