"""The server of `framing annotate` by HTTP: who may open and change what, and that no answer is lost or doubled."""

import json
import re
from html import unescape

import click
import pytest
from coding_server import BOOK, Client, Server, hidden, write_coding
from typer.main import get_command

from framing import Codebook, FramingError
from framing.annotation.folder import read_all, read_final
from framing.annotation.store import CodingStore
from framing.artefact import sha256_text
from framing.cli.app import app
from framing.listening import check_host
from framing.web import Guard, open_desk

TOKEN = "a long enough secret"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = write_coding(tmp_path_factory.mktemp("served") / "coding", 12)
    with Server(folder, coders=("anna", "ben")) as server:
        yield server, folder


@pytest.fixture
def client(served):
    made = Client(served[0].port)
    yield made
    made.connection.close()


def answer(client, coder="anna", **fields):
    """Open the coder's page and send an answer; status and where it leads."""
    _, page = client.get(f"/code/{coder}")
    status, headers, _ = client.post(client.path, hidden(page) | {"voice": "outlet"} | fields)
    return status, headers["location"]


def rows(folder, coder="anna"):
    return CodingStore.open(folder).coded(coder)


def test_an_answer_is_kept_with_all_its_parts(client, served):
    _, page = client.get("/code/anna")
    fields = {"frame": ["economic", "cooperation"], "stance-west": "critical", "stance-china": "", "voice": "source"}
    status, headers, _ = client.post(
        client.path, hidden(page) | fields | {"unsure": "yes", "comment": "a\r\nb <i>", "ignored": "x"}
    )
    assert status == 303
    assert headers["location"] != client.path
    (kept,) = [one for one in read_all(served[1], BOOK) if one.comment]
    assert (kept.frames, kept.stance, kept.voice) == (["cooperation", "economic"], {"west": "critical"}, "source")
    assert (kept.unsure, kept.comment, kept.coder, kept.boilerplate) == (True, "a\nb <i>", "anna", False)
    assert kept.codebook == BOOK.sha256
    assert 0 <= kept.seconds < 60
    assert kept.inclusion_probability == 0.5


def test_a_form_sent_twice_is_one_answer_and_a_changed_one_is_not_lost(client, served):
    _, page = client.get("/code/anna")
    form, before = hidden(page) | {"voice": "outlet"}, rows(served[1])
    assert [client.post(client.path, form | {"frame": "economic"})[0] for _ in range(2)] == [303, 303]
    assert len(rows(served[1])) == len(before) + 1
    status, _, page = client.post(client.path, form | {"frame": "cooperation"})
    assert status == 422
    assert "sent before with another answer" in page
    assert 'value="cooperation" checked' in page
    assert client.post(client.path, hidden(page) | {"frame": "cooperation", "voice": "outlet"})[0] == 303
    assert len(rows(served[1])) == len(before) + 1


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({}, "Nothing is chosen yet"),
        ({"frame": "economic"}, "Who speaks is not chosen yet: outlet or source."),
        ({"none": "yes"}, "Who speaks is not chosen yet"),
        ({"frame": "sport"}, "no frame “sport”"),
        ({"frame": "economic", "boilerplate": "yes"}, "Boilerplate has no frames"),
        ({"stance-west": "neutral", "boilerplate": "yes"}, "Boilerplate has no frames"),
        ({"frame": "economic", "none": "yes"}, "Either no frame applies"),
        ({"none": "yes", "stance-mars": "neutral"}, "no target “mars”"),
        ({"none": "yes", "stance-west": "warm"}, "no stance “warm”"),
        ({"none": "yes", "voice": "god"}, "no voice “god”"),
        ({"none": "yes", "comment": "x" * 2001}, "2,001 characters"),
    ],
)
def test_an_answer_that_does_not_fit_comes_back_with_all_that_was_filled_in(client, served, fields, problem):
    before = rows(served[1], "ben")
    _, page = client.get("/code/ben")
    status, _, page = client.post(client.path, hidden(page) | {"unsure": "yes", "comment": "why"} | fields)
    assert status == 422
    assert problem in page
    assert 'name="unsure" value="yes" checked' in page
    assert fields.get("comment", "why") in page
    assert rows(served[1], "ben") == before


def test_undo_takes_back_the_last_answer_once_per_form(client, served):
    before = rows(served[1], "ben")
    assert answer(client, "ben", none="yes")[0] == 303
    assert len(rows(served[1], "ben")) == len(before) + 1
    _, page = client.get("/code/ben")
    undo = page[page.index('id="undo"') :]
    form = dict(re.findall(r'name="(\w+)" value="([^"]*)"', undo))
    for _ in range(2):
        status, headers, _ = client.post("/code/ben/undo", form)
        assert (status, headers["location"].split("?")[1]) == (303, "note=undone")
    assert rows(served[1], "ben") == before


def test_forms_of_other_sites_or_without_their_key_change_nothing(client, served):
    before = rows(served[1])
    _, page = client.get("/code/anna")
    form = hidden(page) | {"none": "yes", "voice": "outlet"}
    assert client.post(client.path, form | {"key": "0" * 64})[0] == 403
    assert client.post(client.path, {k: v for k, v in form.items() if k != "key"})[0] == 403
    _, other = client.get("/code/ben")
    client.get("/code/anna")
    assert client.post(client.path, form | {"key": hidden(other)["key"]})[0] == 403
    for origin in ("http://evil.example", "null", "", f"http://127.0.0.1:{client.port + 1}", "http://[broken"):
        assert client.post(client.path, form, Origin=origin)[0] == 403, origin
    assert client.post(client.path, form, Origin="", Referer="http://evil.example/127.0.0.1")[0] == 403
    assert client.post(client.path, form | {"token": "x"})[0] == 400
    assert client.send("POST", client.path, b"\xff=\xff", {"Origin": f"http://127.0.0.1:{client.port}"})[0] == 400
    assert rows(served[1]) == before
    assert client.post(client.path, form, Origin="", Referer=f"http://127.0.0.1:{client.port}/x")[0] == 303


def test_only_names_of_this_machine_are_answered(client):
    for host in ("evil.example", "evil.example:8100", "127.0.0.1.evil.example", "[broken", "localhost@evil.example"):
        assert client.send("GET", "/", headers={"Host": host})[0] == 421, host
    for host in ("localhost:1", "127.0.0.1", "[::1]:8100"):
        assert client.send("GET", "/", headers={"Host": host})[0] == 200, host


def test_long_bodies_are_refused_however_they_are_sent(client, served):
    before = rows(served[1])
    _, page = client.get("/code/anna")
    form = hidden(page) | {"none": "yes", "voice": "outlet"}
    assert client.post(client.path, form | {"comment": "x" * 70_000})[0] == 413
    client.connection.close()
    headers = {"Origin": f"http://127.0.0.1:{client.port}"}
    chunks = (b"x" * 10_000 for _ in range(7))
    client.connection.request("POST", client.path, chunks, headers, encode_chunked=True)
    assert client.connection.getresponse().status == 413
    client.connection.close()
    assert rows(served[1]) == before
    assert client.get("/code/anna")[0] == 200


def test_unknown_addresses_and_methods(client):
    unknown = ("/x", "/code/carl", "/code/anna/0123456789abcdef", "/code/anna/..%2f..%2fframing.json")
    for path in (*unknown, "/static/..%2fapp.py", "/static/%2fetc%2fpasswd", "/code/", "/code/anna/"):
        assert client.send("GET", path)[0] == 404, path
    for method, path in (("POST", "/"), ("PUT", "/code/anna"), ("DELETE", "/codebook"), ("GET", "/code/anna/undo/x")):
        assert client.send(method, path)[0] in {404, 405}, (method, path)
    assert client.send("POST", "/")[1]["allow"]
    assert client.post("/code/anna/0123456789abcdef", {})[0] == 403


def test_every_answer_forbids_scripts_from_elsewhere_and_framing(client):
    for path in ("/", "/code/anna/overview", "/static/annotate.js", "/x"):
        headers = client.send("GET", path)[1]
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers
    assert client.send("GET", "/code/anna/overview")[1]["cache-control"] == "no-store"


def test_outlet_and_date_are_hidden_unless_asked_for(client, tmp_path):
    page = client.get("/code/anna")[1]
    assert "Outlet-" not in page
    assert "2024-05-17" not in page
    assert "Neighbour" in page
    with Server(write_coding(tmp_path / "coding", 4), "--show-outlet") as server:
        seeing = Client(server.port)
        assert "· 2024-05-17" in seeing.get("/code/anna")[1]
        seeing.connection.close()


def test_coders_do_not_see_each_others_answers(client):
    answer(client, "anna", none="yes", comment="my own thought")
    for path in ("/code/ben", "/code/ben/overview", "/"):
        assert "my own thought" not in client.get(path)[1]


def test_the_overview_counts_what_is_left_and_tells_disputes_only_when_all_is_coded(tmp_path):
    folder = write_coding(tmp_path / "coding", 3)
    with Server(folder, coders=("anna", "ben")) as server:
        client = Client(server.port)
        for frames in (["economic"], ["economic"], ["cooperation"]):
            assert answer(client, "anna", frame=frames)[0] == 303
        said = set()
        for _ in range(2):
            answer(client, "ben", frame=["economic"])
            first = CodingStore.open(folder).assigned("ben")[0]
            address = f"/code/ben/{sha256_text(first)[:16]}"
            for frame in BOOK.frame_names:  # what ben tries on this sentence tells nothing of what anna says
                _, page = client.get(address)
                assert client.post(address, hidden(page) | {"frame": frame, "voice": "outlet"})[0] == 303
                text = client.get("/code/ben/overview")[1]
                said.add(text[text.index("<h2>The sample") :])
            assert client.post(address, hidden(client.get(address)[1]) | {"frame": "economic", "voice": "outlet"})
        assert len(said) == 1
        assert "is shown when all have coded" in said.pop()
        status, location = answer(client, "ben", frame=["economic"])
        assert (status, location.split("?")[0]) == (303, "/code/ben/overview")
        _, page = client.get("/code/ben")
        assert "All your sentences are coded" in page
        assert "On 1 of them coders differ" in page
        assert "framing adjudicate coding" in page
        client.connection.close()
    assert len(list(read_final(folder, BOOK))) == 2


def test_every_command_that_the_overview_names_is_complete(tmp_path):
    folder = write_coding(tmp_path / "coding", 1)
    with Server(folder, coders=("anna", "ben")) as server:
        client = Client(server.port)
        answer(client, "anna", frame=["economic"])
        answer(client, "ben", frame=["cooperation"])
        page = client.get("/code/anna/overview")[1]
        client.connection.close()
    assert "What to code next" in page
    named = re.findall(r"<code>framing ([^<]+)</code>", page)
    assert {one.split()[0] for one in named} == {
        *("annotate", "adjudicate", "agreement", "train", "learning-curve", "sample")
    }
    commands = get_command(app)
    with click.Context(commands) as context:
        for name, *arguments in map(str.split, named):
            command = commands.get_command(context, name)
            command.make_context(name, arguments, context)  # fails where an option is unknown or missing


def test_the_overview_names_the_folder_however_it_was_opened(tmp_path, monkeypatch):
    monkeypatch.chdir(write_coding(tmp_path / "spring sample", 1))
    with Server(".") as server:
        client = Client(server.port)
        page = unescape(client.get("/code/anna/overview")[1])
        client.connection.close()
    assert "framing learning-curve 'spring sample'<" in page


def test_with_a_token_each_coder_opens_only_their_own_pages(tmp_path):
    folder = write_coding(tmp_path / "coding", 4)
    with Server(folder, "--token", TOKEN, coders=("anna", "ben")) as server:
        anna = Client(server.port)
        for path in (
            "/",
            "/code/anna",
            "/code/carl",
            "/codebook",
            "/code/anna/overview",
            "/enter/anna",
            "/enter/anna?key=1",
        ):
            assert anna.get(path)[0] == 403, path
        assert anna.get("/static/annotate.css")[0] == 200
        link = server.links["anna"].removeprefix(server.base)
        assert anna.get(link.replace("anna", "ben"))[0] == 403
        status, headers, page = anna.send("GET", link)
        assert status == 200
        assert "You code as anna" in page
        assert {"HttpOnly", "SameSite=strict"} <= set(headers["set-cookie"].split("; "))
        assert answer(anna, none="yes")[0] == 303
        assert anna.get("/")[0] == 200
        assert anna.path.startswith("/code/anna/")
        for path in ("/code/ben", "/code/ben/overview"):
            assert anna.get(path)[0] == 403
        _, page = anna.get("/code/anna")
        assert anna.post(anna.path.replace("anna", "ben"), hidden(page) | {"none": "yes"})[0] == 403
        anna.connection.close()
        keys = re.findall(r"key=(\w+)", " ".join(server.links.values()))
        assert len(set(keys)) == 2
        assert TOKEN not in " ".join(keys)


def test_one_browser_codes_in_two_folders_at_once(tmp_path):
    folders = [write_coding(tmp_path / name, 2) for name in ("one", "two")]
    with Server(folders[0], "--token", TOKEN) as one, Server(folders[1], "--token", TOKEN) as two:
        clients = [Client(one.port), Client(two.port)]
        clients[1].cookies = clients[0].cookies  # a browser keeps them by host, whatever the port
        for client, server in zip(clients, (one, two), strict=True):
            client.get(server.links["anna"].removeprefix(server.base))
        assert [client.get("/code/anna")[0] for client in clients] == [200, 200]
        for client in clients:
            client.connection.close()


def test_a_link_is_no_help_in_finding_another(tmp_path):
    """Keys of the same token differ between databases: with the token guessed they cannot be checked offline."""
    guards = [Guard(secret, TOKEN) for secret in (b"1" * 32, b"2" * 32)]
    assert len({key for guard in guards for key in (guard.key("anna"), guard.form_key("anna"))}) == 4
    assert guards[0].key("anna") != Guard(b"1" * 32, TOKEN + "!").key("anna")
    folder = write_coding(tmp_path / "coding", 2)
    with Server(folder, "--token", TOKEN, coders=("anna", "ben")) as server:
        links = server.links
        client = Client(server.port)
        client.get(links["anna"].removeprefix(server.base))
        name = next(iter(client.cookies))
        client.cookies[name] = "é".encode().decode("latin-1")
        assert client.get("/code/anna")[0] == 403
        client.connection.close()
    with Server(folder, "--token", TOKEN, coders=(), port=server.port) as again:
        assert again.links == links


@pytest.mark.parametrize("shown", ["-inf", "inf", "nan", "x", "1e999"])
def test_a_time_that_is_none_costs_the_time_and_not_the_answer(client, served, shown):
    _, page = client.get("/code/anna")
    form = hidden(page) | {"shown": shown, "none": "yes", "voice": "outlet", "comment": f"at {shown}"}
    assert client.post(client.path, form)[0] == 303
    assert [one.seconds for one in read_all(served[1], BOOK) if one.comment == f"at {shown}"] == [None]


def test_a_running_server_sees_that_sentences_were_dealt_anew(tmp_path):
    folder = write_coding(tmp_path / "coding", 8)
    with Server(folder, "--overlap", 0) as server:
        client = Client(server.port)
        answer(client, "anna", none="yes")
        assert "<strong>1</strong> of 8" in client.get("/code/anna")[1]
        open_desk(folder, ["ben"])
        assert "<strong>1</strong> of 4" in client.get("/code/anna")[1]
        while "/overview" not in client.path:
            assert answer(client, "anna", none="yes")[0] == 303
            client.get("/code/anna")
        client.connection.close()
    store = CodingStore.open(folder)
    assert store.coded("anna") == set(store.assigned("anna"))


def test_a_form_outlives_a_restart_of_the_server(tmp_path):
    folder = write_coding(tmp_path / "coding", 4)
    with Server(folder) as server:
        client = Client(server.port)
        _, page = client.get("/code/anna")
        client.connection.close()
    with Server(folder, port=server.port, coders=()) as again:
        assert again.links == server.links
        assert client.post(client.path, hidden(page) | {"none": "yes", "voice": "outlet"})[0] == 303
        client.connection.close()


@pytest.mark.parametrize(
    ("host", "token", "message"),
    [
        ("192.168.1.20", None, "add --token"),
        ("example.org", None, "add --token"),
        ("0.0.0.0", TOKEN, "the one address"),
        ("::", TOKEN, "the one address"),
        ("127.0.0.1", "short", "12 or more characters"),
    ],
)
def test_addresses_that_others_reach_need_a_token(host, token, message):
    with pytest.raises(FramingError, match=message):
        check_host(host, token)


def test_hosts_that_are_served():
    for host, token in (("127.0.0.1", None), ("localhost", None), ("::1", None), ("192.168.1.20", TOKEN)):
        check_host(host, token)


def test_what_a_codebook_does_not_have_is_not_asked(tmp_path):
    lean = BOOK.model_dump(mode="json") | {"targets": [], "voice": {}, "stance": {}, "examples": []}
    (tmp_path / "lean.yaml").write_text(json.dumps(lean))
    folder = write_coding(tmp_path / "coding", 2, codebook=Codebook.load(tmp_path / "lean.yaml"))
    with Server(folder) as server:
        client = Client(server.port)
        _, page = client.get("/code/anna")
        assert "Stance" not in page
        assert 'name="voice"' not in page
        assert client.post(client.path, hidden(page) | {"frame": "economic"})[0] == 303
        client.connection.close()
    (kept,) = CodingStore.open(folder).codings()
    assert (kept.voice, kept.stance) == (None, None)


def test_folders_that_cannot_be_coded_here_say_why(tmp_path, seed_corpus):
    folder = write_coding(tmp_path / "coding", 4)
    with pytest.raises(FramingError, match="add --coder NAME"):
        open_desk(folder)
    with pytest.raises(FramingError, match="another corpus"):
        open_desk(folder, ["anna"], corpus=seed_corpus.corpus.folder)
    with pytest.raises(FramingError, match="one codebook"):
        open_desk(folder, ["anna"], codebook="generic-news")
    with pytest.raises(FramingError, match="no sentence for training"):
        open_desk(folder, ["anna"], labels=tmp_path / "labels")
    for name in ("", "a/b", "../x", "x" * 41, "\n"):
        with pytest.raises(FramingError, match="--coder"):
            open_desk(folder, [name])
    elsewhere = write_coding(tmp_path / "elsewhere", 4)
    for where, name in ((elsewhere, "annotations.jsonl"), (elsewhere, "codings.jsonl"), (folder, "codings.jsonl")):
        (where / name).write_text("{}")
        with pytest.raises(FramingError, match=f"framing import .*{name}.imported"):
            open_desk(where, ["anna"])
        (where / name).unlink()
    (elsewhere / "codebook.yaml").unlink()
    with pytest.raises(FramingError, match="add --codebook"):
        open_desk(elsewhere, ["anna"])
