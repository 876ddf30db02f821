"""The adjudicator's pages in a real browser and by HTTP: decide, undo, resume, blind to who said what."""

import json
import re
from itertools import count

import pytest
from coding_server import BOOK, PATIENCE, Client, Server, hidden, write_coding
from typer.testing import CliRunner

from framing import Codebook, FramingError
from framing.annotation.adjudication import adjudicate
from framing.annotation.folder import read_final
from framing.annotation.rows import Coding
from framing.annotation.store import CodingStore
from framing.annotation.stored import DECISION
from framing.cli.app import app
from framing.exchange import export_codings, import_codings
from framing.web import open_desk

TOKEN = "a long enough secret"
TOKENS = (f"{i:032x}" for i in count())
CODERS = ("annabel", "bertrand")
EVIL = '<b>"quoted"</b> & <script>window.executed = true</script>'
# What two coders say of each sentence: they agree on the first, and differ on the others.
SAID = [
    ({"frames": ["economic"]}, {"frames": ["economic"]}),
    ({"frames": ["economic", "cooperation"]}, {"frames": ["economic"]}),
    ({"frames": []}, {"frames": [], "boilerplate": True, "voice": None, "stance": None}),
    ({"frames": ["economic"], "stance": {"west": "critical"}}, {"frames": ["economic"], "stance": {"west": "neutral"}}),
    ({"frames": ["economic"], "voice": "source", "comment": EVIL}, {"frames": ["economic"], "unsure": True}),
]


def say(store, coder, sentence_id, seat=None, **answer):
    coding = Coding(**({"sentence_id": sentence_id, "coder": coder, "voice": "outlet", "stance": {}} | answer))
    store.record(coding, token=next(TOKENS), seat=seat)


@pytest.fixture
def coding(tmp_path):
    """A folder of five sentences that two have coded, who differ on four."""
    folder = write_coding(tmp_path / "coding", len(SAID))
    store = CodingStore.create(folder, BOOK)
    for i, answers in enumerate(SAID):
        for coder, answer in zip(CODERS, answers, strict=True):
            say(store, coder, id_of(i), **answer)
    return store


def id_of(i):
    return f"Outlet-{i % 4}-{i // 10}#{i % 10}"


@pytest.fixture
def served(coding):
    with Server(coding.folder, "--adjudicator", "eva", coders=()) as server:
        yield server


@pytest.fixture
def client(served):
    made = Client(served.port)
    yield made
    made.connection.close()


@pytest.fixture
def opened(browser, served):
    """A page of the server; anything on the console, and any request to elsewhere, fails the test."""
    contexts, problems = [], []

    def go(path="/adjudicate", width=1280, **settings):
        context = browser.new_context(viewport={"width": width, "height": 900}, **settings)
        context.set_default_timeout(PATIENCE * 1000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "request", lambda request: request.url.startswith((served.base, "data:")) or problems.append(request.url)
        )
        page.goto(served.base + path)
        return page

    yield go
    for context in contexts:
        context.close()
    assert [one for one in problems if "422" not in one] == []  # a form that is not complete is a page too


def text_of(page):
    """The sentence that is shown, without what only screen readers get."""
    return page.locator("#sentence").evaluate("one => one.lastChild.textContent")


def number_of(page):
    return int(re.search(r"Minister (\d+)", text_of(page))[1])


def show(page, number):
    """Open a disputed sentence, from the first on."""
    page.goto(page.url.rsplit("/", 1)[0])
    while number_of(page) != number:
        press(page, "ArrowRight")


def press(page, *keys):
    """Keys that lead to another page."""
    for key in keys[:-1]:
        page.keyboard.press(key)
    with page.expect_navigation():
        page.keyboard.press(keys[-1])


def column_of(page, words):
    """Number of the coder in whose column a row of the table says these words."""
    rows = page.locator(".answers tbody tr").all()
    cells = [[cell.inner_text() for cell in row.locator("td").all()] for row in rows]
    return next(row.index(words) for row in cells if words in row)


# What to do on each disputed sentence, and the decision that comes of it.
def decide(page, number):
    if number == 1:  # frame and reason
        frame = str(BOOK.frame_names.index("cooperation") + 1)
        press(page, frame, "c", *"both sides agree", "Control+Enter")
    elif number == 2:
        press(page, "jk"[column_of(page, "yes")])
    elif number == 3:  # absent, favourable, neutral, critical
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Still open: stance on")
        west = "qwertasdfg"[BOOK.target_names.index("west")]
        press(page, *west * 4, "Enter")
    else:
        press(page, "0") if number == 0 else press(page, "jk"[column_of(page, "source")])


DECIDED = {
    id_of(0): (["economic"], False, "outlet", {}),
    id_of(1): (["cooperation", "economic"], False, "outlet", {}),
    id_of(2): ([], True, None, {}),
    id_of(3): (["economic"], False, "outlet", {"west": "critical"}),
    id_of(4): (["economic"], False, "source", {}),
}


def test_all_disputes_are_decided_by_keyboard(opened, coding):
    page = opened()
    seen = []
    while "/overview" not in page.url:
        seen.append(number_of(page))
        assert page.locator(".progress strong").inner_text() == str(len(seen) - 1)
        decide(page, seen[-1])
        if len(seen) == 2:
            page.reload()
            page.goto(page.url.rsplit("/", 1)[0])  # leave, and come back
    assert sorted(seen) == [1, 2, 3, 4]
    assert "All disputed sentences are decided" in page.inner_text("h1")
    assert "framing train coding" in page.inner_text("main")
    final = {one.sentence_id: one for one in read_final(coding.folder, BOOK)}
    values = {i: (one.frames, one.boilerplate, one.voice, one.stance or {}) for i, one in final.items()}
    assert values == DECIDED
    assert {one.coder for one in coding.decisions().values()} == {"eva"}
    assert final[id_of(1)].comment == "both sides agree"
    assert final[id_of(4)].comment == ""  # a coder's comment is not the reason
    assert coding.answer("annabel", id_of(2)).frames == []  # the coders' own answers stay
    assert "by eva: both sides agree" in page.inner_text("main")
    export_codings(coding.folder, coding.folder.parent / "final.jsonl", final=True)
    rows = [json.loads(line) for line in (coding.folder.parent / "final.jsonl").read_text().splitlines()]
    taken = {
        row["sentence_id"]: (row["frames"], row.get("boilerplate", False), row.get("voice"), row.get("stance") or {})
        for row in rows
    }
    assert taken == DECIDED
    assert all(row["inclusion_probability"] == 0.5 for row in rows)


def test_undo_takes_back_the_last_decision_and_a_decided_one_can_be_reopened(opened, coding):
    page = opened()
    first = number_of(page)
    press(page, "j")
    assert number_of(page) != first
    press(page, "z")
    assert number_of(page) == first
    page.get_by_text("Undone").wait_for()
    assert not coding.decisions()
    press(page, "z")
    page.get_by_text("nothing to undo").wait_for()
    press(page, "j")
    before = coding.decisions()[id_of(first)]
    with page.expect_navigation():
        page.get_by_role("link", name="What is left").click()
    with page.expect_navigation():
        page.get_by_role("link", name=f"Minister {first} ").click()
    assert "Decided by eva" in page.inner_text(".kept")
    press(page, "k")
    after = coding.decisions()[id_of(first)]
    assert not after.says_the_same(before)
    press(page, "z")
    assert coding.decisions()[id_of(first)] == before


def test_what_coders_agree_on_is_filled_in_and_the_rest_is_open(opened):
    page = opened()
    show(page, 3)
    assert page.locator("input[name=frame]:checked").evaluate_all("all => all.map(one => one.value)") == ["economic"]
    assert page.locator("input[name=voice]:checked").input_value() == "outlet"
    assert page.locator("input[name=stance-west]:checked").count() == 0
    assert page.locator("input[name=stance-china]:checked").input_value() == ""
    assert page.locator(".targets .mark").count() == 1
    show(page, 1)
    assert page.locator("input[value=cooperation]").is_checked() is False
    assert page.locator(".choice:has(.mark)").inner_text().startswith("1\nCooperation\n≠")
    assert page.locator("tr.differs").count() == 1


def test_it_works_without_scripts(opened, coding):
    page = opened(java_script_enabled=False)
    for _ in range(4):
        page.get_by_role("button", name="Take coder 1").click()
    assert "All disputed sentences are decided" in page.inner_text("h1")
    assert len(coding.decisions()) == 4


def test_the_adjudicator_does_not_learn_who_said_what(coding):
    """Neither names nor a fixed order: over many sentences each coder comes first about as often as the other."""
    folder = write_coding(coding.folder.parent / "many", 40)
    store = CodingStore.create(folder, BOOK)
    for i in range(40):
        for coder, frame in zip(CODERS, ("economic", "cooperation"), strict=True):
            say(store, coder, id_of(i), frames=[frame])
    with Server(folder, "--adjudicator", "eva", coders=()) as server:
        client = Client(server.port)
        pages = []
        _, page = client.get("/adjudicate")
        while page:
            pages.append(page)
            assert client.get(client.path)[1].split("<form")[0] == page.split("<form")[0]
            forward = re.search(r'href="([^"]+)" rel="next"', page)
            page = client.get(forward[1])[1] if forward else ""
        client.connection.close()
    assert len(pages) == 40
    assert not [name for page in pages for name in (*CODERS, "Outlet-") if name in page]
    rows = [re.search(r"Economic.*?<td( class=\"not\")?>", page, re.DOTALL) for page in pages]
    assert 10 <= sum(row[1] is None for row in rows) <= 30


def test_pages_of_the_adjudicator_are_accessible(opened, coding):
    from axe_playwright_python.sync_playwright import Axe

    say(coding, "majority", id_of(1), DECISION, frames=["economic"], comment="2 of 3")
    for width in (360, 1280):
        page = opened(width=width)
        for _ in range(5):
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
            violations = Axe().run(page).response["violations"]
            assert [(one["id"], one["nodes"][0]["html"]) for one in violations] == []
            assert page.evaluate("window.executed") is None
            if page.locator("a[rel=next]").count():
                press(page, "ArrowRight")
            else:
                page.goto(page.url.rsplit("/", 1)[0] + "/overview")


def case(client, number):
    """Open the page of a disputed sentence."""
    _, page = client.get("/adjudicate")
    while f"Minister {number} " not in page:
        page = client.get(re.search(r'href="([^"]+)" rel="next"', page)[1])[1]
    return page


def test_a_form_sent_twice_is_one_decision_and_forms_of_others_change_nothing(client, coding):
    form = hidden(case(client, 1)) | {"frame": "economic", "voice": "outlet"}
    assert client.post(client.path, form | {"key": "0" * 64})[0] == 403
    assert client.post(client.path, form, Origin="http://evil.example")[0] == 403
    assert client.post(client.path, form | {"token": ""})[0] == 400
    assert client.post("/adjudicate/undo", {})[0] == 403
    assert client.post("/adjudicate/0123456789abcdef", form)[0] == 404
    assert not coding.decisions()
    assert [client.post(client.path, form)[0] for _ in range(2)] == [303, 303]
    assert len([event for event in coding.history() if event.seat == DECISION]) == 1
    status, _, page = client.post(client.path, form | {"frame": "cooperation"})
    assert status == 422
    assert "sent before with another answer" in page


def test_an_answer_that_its_coder_changed_meanwhile_is_not_taken(client, coding):
    page = case(client, 1)
    taken = re.findall(r'name="take" value="(\w+)"', page)
    form = hidden(page) | {"comment": "why"}
    for coder in CODERS:
        say(coding, coder, id_of(1), frames=["conflict"] if coder == "annabel" else [])
    for value in taken:
        status, _, page = client.post(client.path, form | {"take": value})
        assert status == 422
        assert "A coder has changed this answer" in page
        assert ">why</textarea>" in page
    assert not coding.decisions()
    say(coding, "bertrand", id_of(1), frames=["conflict"])
    assert client.get(client.path)[0] == 404  # they agree now


def test_before_all_have_coded_the_page_says_so_and_names_no_next_step(coding):
    """Anna codes here too, and has not begun."""
    with Server(coding.folder, "--adjudicator", "eva") as server:
        client = Client(server.port)
        _, page = client.get("/adjudicate/overview")
        assert "So far 0 of 5 sentences are coded by all" in page
        assert "What to do next" not in page
        assert 'id="undo"' not in page  # nothing is decided
        for i in range(5):
            say(coding, "anna", id_of(i), **SAID[i][0])
            say(coding, "eva", id_of(i), DECISION, frames=[])
        _, page = client.get("/adjudicate/overview")
        assert "So far" not in page
        assert page.index("framing train coding") < page.index("framing label CORPUS") < page.index("framing compare")
        assert 'id="undo"' in page
        client.connection.close()


def test_undo_leaves_the_decisions_of_others(client, coding):
    case(client, 1)
    say(coding, "cleo", id_of(2), **SAID[2][0])
    adjudicate(coding.folder)
    _, page = client.get("/adjudicate/overview")
    assert "by majority: 2 of 3" in page
    assert client.post("/adjudicate/undo", undo_form(page))[1]["location"].endswith("nothing")
    assert coding.decisions()[id_of(2)].coder == "majority"
    form = hidden(case(client, 2))
    assert ">2 of 3</textarea>" not in client.get(client.path)[1]
    assert client.post(client.path, form | {"none": "yes", "voice": "outlet"})[0] == 303
    adjudicate(coding.folder)
    assert coding.decisions()[id_of(2)].coder == "eva"


def undo_form(page):
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', page[page.index('id="undo"') :]))


def test_with_a_token_only_the_adjudicator_decides(coding):
    """Even where a coder has the same name: there are two seats, and a key for each."""
    with Server(coding.folder, "--token", TOKEN, "--adjudicator", "annabel", coders=CODERS) as server:
        links = {seat: link.removeprefix(server.base) for seat, link in server.links.items()}
        assert set(links) == {*CODERS, "annabel (adjudicator)"}
        for seat in CODERS:
            coder = Client(server.port)
            assert coder.get(links[seat])[0] == 200
            for path in ("/adjudicate", "/adjudicate/overview"):
                assert coder.get(path)[0] == 403
            assert 'href="/adjudicate"' not in coder.get(f"/code/{seat}/overview")[1]
            key = re.search(r"key=(\w+)", links[seat])[1]
            assert coder.get(f"/enter/annabel%20(adjudicator)?key={key}")[0] == 403
            assert coder.post("/adjudicate/undo", {"key": key, "token": next(TOKENS)})[0] == 403
            coder.connection.close()
        judge = Client(server.port)
        assert "You decide as annabel" in judge.get(links["annabel (adjudicator)"])[1]
        assert judge.get("/adjudicate")[0] == 200
        assert judge.get("/codebook")[0] == 200
        assert "judge your own answers" in judge.get("/adjudicate/overview")[1]
        assert judge.get("/code/annabel/overview")[0] == 403
        judge.get(links["annabel"])
        assert 'href="/adjudicate"' in judge.get("/code/annabel/overview")[1]
        judge.connection.close()


def test_decisions_come_up_again_when_the_codebook_changes_and_the_server_says_so(coding):
    new = BOOK.model_dump(mode="json")
    new["version"], new["frames"][0]["definition"] = "99", "Something else."
    name = new["frames"][0]["name"]
    for i in range(1, 5):
        say(coding, "eva", id_of(i), DECISION, frames=[name] if i == 1 else ["economic"])
    with Server(coding.folder, "--adjudicator", "eva") as server:
        client = Client(server.port)
        assert "<strong>4</strong> of 4 decided" in client.get("/adjudicate")[1]
        form = hidden(client.get("/code/anna")[1])
        Codebook.model_validate(new).save(coding.folder.parent / "new.yaml")
        command = ["codebook", "change", str(coding.folder), str(coding.folder.parent / "new.yaml")]
        assert CliRunner().invoke(app, command).exit_code == 0
        for path in ("/adjudicate", client.path):
            status, page = client.get(path)
            assert status == 503
            assert "The codebook was changed" in page
        status, _, page = client.post(client.path, form | {"none": "yes"})
        assert status == 503
        assert "must start it again" in page
        client.connection.close()
    assert not coding.coded("anna")
    with pytest.raises(FramingError, match=r"--adjudicator NAME \(1\)"):
        list(read_final(coding.folder, coding.codebook()))
    with Server(coding.folder, "--adjudicator", "eva", coders=()) as server:
        client = Client(server.port)
        page = client.get("/adjudicate")[1]
        assert "Minister 1 " in page
        assert "<ins>Something else.</ins>" in page
        assert client.post(client.path, hidden(page) | {"none": "yes", "voice": "outlet"})[0] == 303
        client.connection.close()
    assert len(list(read_final(coding.folder, coding.codebook()))) == 5


def test_who_may_adjudicate_what(coding, tmp_path):
    with pytest.raises(FramingError, match="stands for what framing adjudicate decides"):
        open_desk(coding.folder, ["Majority"])
    with pytest.raises(FramingError, match="--adjudicator majority"):
        open_desk(coding.folder, adjudicator="majority")
    with pytest.raises(FramingError, match="--adjudicator"):
        open_desk(coding.folder, adjudicator="a/b")
    with pytest.raises(FramingError, match="add --coder NAME"):
        open_desk(write_coding(tmp_path / "empty", 2), adjudicator="eva")
    assert not open_desk(coding.folder, adjudicator="eva").queues
    (tmp_path / "rows.jsonl").write_text(json.dumps({"sentence_id": id_of(0), "frames": [], "coder": "majority"}))
    with pytest.raises(FramingError, match="coder majority stands for what framing adjudicate decides"):
        import_codings(coding.folder, tmp_path / "rows.jsonl", dry_run=True)
