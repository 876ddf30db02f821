"""Disputes decided by majority, and a codebook changed while coding: through the database that coders use."""

import json
import re
import shutil
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from framing import Codebook, FramingError, train
from framing.annotation.coded import read_coded
from framing.annotation.folder import read_all, read_final
from framing.annotation.revision import compare_codebooks
from framing.annotation.rows import Coding
from framing.annotation.settling import differences, majority
from framing.annotation.store import CodingStore
from framing.annotation.stored import DECISION
from framing.cli.app import app
from framing.evaluation.provenance import CoderFacts, coder_facts
from framing.exchange import import_codings
from framing.web.docket import Docket

BOOK = Codebook.model_validate(
    {
        "name": "trade",
        "version": "1",
        "language": "en",
        "title": "Trade",
        "unit": "A sentence.",
        "frames": [
            {"name": name, "label": name.title(), "definition": f"About {name}."} for name in ("jobs", "tariffs", "war")
        ],
        "targets": [{"name": name, "label": name, "aliases": [name]} for name in ("east", "west")],
        "voice": {"outlet": "The outlet speaks.", "source": "A source speaks."},
        "stance": {"favourable": "For.", "neutral": "Neither.", "critical": "Against."},
        "boilerplate": "No content.",
    }
)
FRAMES = st.lists(st.sampled_from(BOOK.frame_names), unique=True)
STANCE = st.none() | st.dictionaries(st.sampled_from(BOOK.target_names), st.sampled_from(["favourable", "critical"]))
ANSWER = st.one_of(
    st.builds(Coding, sentence_id=st.just("a#1"), frames=st.just([]), boilerplate=st.just(True)),
    st.builds(
        Coding,
        sentence_id=st.just("a#1"),
        frames=FRAMES,
        voice=st.sampled_from([None, "outlet", "source"]),
        stance=STANCE,
        codebook=st.just(BOOK.sha256),
    ),
)


def changed(**parts):
    return Codebook.model_validate(BOOK.model_dump() | {"version": "2"} | parts)


def frames(*names, **definitions):
    return [
        {"name": name, "label": name.title(), "definition": definitions.get(name, f"About {name}.")} for name in names
    ]


@pytest.fixture
def coding(tmp_path):
    """A coding folder of three sentences, with a codebook and an empty database."""
    folder = tmp_path / "coding"
    folder.mkdir()
    rows = [
        {"sentence_id": f"a#{i}", "text": f"Sentence {i}.", "previous": "", "article_id": "a", "index": i, "story": "a",
         "outlet": "Gazette", "sha256": "", "inclusion_probability": 0.5, "purpose": "estimate"}
        for i in range(3)
    ]  # fmt: skip
    (folder / "sample.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "framing.json").write_text(json.dumps({"kind": "coding", "codebook": BOOK.reference, "seed": 13}))
    BOOK.save(folder / "codebook.yaml")
    return CodingStore.create(folder, BOOK)


@pytest.fixture
def say(coding):
    """Record an answer."""
    tokens = (f"t{i}" for i in count())

    def record(coder, sentence, *names, seat=None, **values):
        answer = Coding(sentence_id=f"a#{sentence}", frames=list(names), coder=coder, **values)
        coding.record(answer, token=next(tokens), seat=seat)

    return record


@pytest.fixture
def change(coding, tmp_path):
    """Run ``framing codebook change`` with another codebook."""

    def run(book, *options, code=0):
        book.save(tmp_path / "new.yaml")
        result = CliRunner().invoke(
            app, ["codebook", "change", str(coding.folder), str(tmp_path / "new.yaml"), *options]
        )
        assert result.exit_code == code, result.output
        return result.output

    return run


def adjudicate(coding, *options):
    result = CliRunner().invoke(app, ["adjudicate", str(coding.folder), "--by", "majority", *options])
    assert result.exit_code == 0, result.output
    return result.output


def test_who_settled_what_is_known_afterwards(coding, say):
    """Three differ on a sentence and a majority decides; two differ on another and Eva does."""
    for coder, name in [("ann", "jobs"), ("ben", "jobs"), ("cleo", "war")]:
        say(coder, 0, name)
    say("ann", 1, "jobs")
    say("ben", 1, "war")
    say("ann", 2, "jobs")
    adjudicate(coding)
    say("eva", 1, "war", seat=DECISION)
    assert coder_facts(coding.folder, BOOK) == CoderFacts(3, n_twice=2, n_disputed=2, by_majority=1, by_person=1)


@pytest.mark.parametrize("command", [["learning-curve"], ["train", "-o", "model"]])
def test_what_is_disputed_is_said_where_too_little_is_coded(coding, say, command):
    """The codebook is the folder's."""
    for coder, name in [("ann", "jobs"), ("ben", "war")]:
        say(coder, 0, "jobs")
        say(coder, 1, name)
    result = CliRunner().invoke(app, [*command, str(coding.folder)])
    assert result.exit_code == 2
    assert "too little to train on: 1 coded sentences" in result.stderr
    assert (
        "; code more sentences, or decide the disputed ones, which count as not coded (1): "
        f"framing annotate {coding.folder} --adjudicator NAME\n"
    ) in result.stderr
    left_out = "1 sentences on which coders differ count as not coded and are left out"
    assert left_out in result.stderr
    say("eva", 1, "war", seat=DECISION)
    told = CliRunner().invoke(app, [*command, str(coding.folder)]).stderr
    assert told.endswith("; code more sentences\n")
    assert "on which coders differ" not in told


def test_folders_coded_by_different_codebooks_are_not_learned_from_together(coding, change, tmp_path):
    copy = shutil.copytree(coding.folder, tmp_path / "copy")
    change(changed(title="Trade and war"))
    with pytest.raises(FramingError, match=r"coding: made with codebook trade 2 .*, expected trade 1"):
        train([copy, coding.folder], tmp_path / "model")


def test_majority_decides_each_value_and_leaves_ties(coding, say):
    for coder, names, stance in [
        ("ann", ["jobs"], "critical"),
        ("ben", ["jobs", "war"], "critical"),
        ("eve", [], None),
    ]:
        say(coder, 0, *names, voice="outlet", stance=stance and {"east": stance})
    for coder, voice in [("ann", "outlet"), ("ben", "source"), ("eve", None)]:
        say(coder, 1, voice=voice)
    say("ann", 2, "war")
    assert "1 would be decided" in adjudicate(coding, "--dry-run")
    assert not coding.decisions()
    out = adjudicate(coding)
    assert "2 disputed sentences: 1 decided by majority, 1 tied" in out
    assert "a#1: voice" in out
    decision = coding.decisions()["a#0"]
    assert (decision.frames, decision.voice, decision.stance) == (["jobs"], "outlet", {"east": "critical"})
    assert (decision.coder, decision.comment) == ("majority", "2 of 3")
    assert {row.sentence_id for row in read_final(coding.folder, BOOK)} == {"a#0", "a#2"}


def test_an_absent_stance_stays_coded(coding, say):
    """Ann never codes stance; the others find none in what they decide by majority and in what all agree on."""
    for coder, names, stance in [("ann", ["jobs"], None), ("ben", ["jobs"], {}), ("eve", [], {})]:
        say(coder, 0, *names, stance=stance)
        say(coder, 1, "war", stance=stance)
    say("eve", 2, stance={"east": "critical"})
    adjudicate(coding)
    assert [row.stance for row in read_final(coding.folder, BOOK)] == [{}, {}, {"east": "critical"}]
    assert read_coded(coding.folder, BOOK).stances == [{}, {}, {"east": "critical"}]


def test_who_did_not_code_stance_or_voice_does_not_vote_it_away(coding, say):
    """Ann codes all, the others frames only; they differ on a frame of one sentence and on nothing of another."""
    for sentence, seen in enumerate([("jobs",), ("war",)]):
        say("ann", sentence, *seen, voice="outlet", stance={"east": "critical"})
        say("ben", sentence, *seen)
        say("eve", sentence, "war")
    assert coding.tally() == (2, 1)
    assert "1 disputed sentences: 1 decided by majority" in adjudicate(coding)
    final = {row.sentence_id: (row.frames, row.voice, row.stance) for row in read_final(coding.folder, BOOK)}
    assert final == {
        "a#0": (["jobs"], "outlet", {"east": "critical"}),
        "a#1": (["war"], "outlet", {"east": "critical"}),
    }


def test_what_coders_agree_on_is_by_all_of_them(coding, say):
    for coder, sentence in [("ann", 0), ("ben", 0), ("ann", 1)]:
        say(coder, sentence, "jobs")
    assert {row.sentence_id: row.coder for row in read_final(coding.folder, BOOK)} == {
        "a#0": "ann and ben",
        "a#1": "ann",
    }


def test_coders_who_differ_in_stance_are_in_dispute_whoever_did_not_code_it(coding, say):
    say("ann", 0, "jobs")
    say("ben", 0, "jobs", stance={"east": "critical"})
    say("eve", 0, "jobs", stance={})
    assert coding.tally() == (1, 1)
    assert "a#0: stance on east" in adjudicate(coding)


def test_where_nobody_codes_stance_the_majority_does_not(coding, say):
    for coder, names in [("ann", ["jobs"]), ("ben", ["jobs"]), ("eve", [])]:
        say(coder, 0, *names)
    adjudicate(coding)
    assert coding.decisions()["a#0"].stance is None


def test_two_coders_have_no_majority(coding, say):
    say("ann", 0, "jobs")
    say("ben", 0)
    out = adjudicate(coding)
    assert "0 decided by majority, 1 tied" in out
    assert "two coders have no majority" in out
    assert not coding.decisions()


def test_majority_follows_later_answers_and_never_overrules_a_person(coding, say):
    for sentence in (0, 1):
        for coder, names in (("ann", ["jobs"]), ("ben", ["jobs"]), ("eve", [])):
            say(coder, sentence, *names)
    say("Editor", 1, "war", seat=DECISION, comment="it is about war")
    adjudicate(coding)
    adjudicate(coding)
    assert len(coding.history("a#0")) == 4  # three answers, one decision: a second run has nothing to add
    assert coding.decisions()["a#1"].frames == ["war"]
    say("ben", 0)
    adjudicate(coding)
    assert coding.decisions()["a#0"].frames == []
    say("ann", 0)
    adjudicate(coding)
    assert coding.decisions().keys() == {"a#1"}


def test_a_majority_that_is_none_any_more_does_not_count(coding, say):
    """After the decisions coders think again: now all agree, most say otherwise, or nothing relevant was changed."""
    for sentence in range(3):
        for coder, names in (("ann", ["jobs"]), ("ben", []), ("eve", [])):
            say(coder, sentence, *names)
    adjudicate(coding)
    assert coding.tally() == (3, 0)
    say("ben", 0, "jobs")
    say("eve", 0, "jobs")
    say("ben", 1, "jobs")
    say("eve", 2, comment="as before")
    docket = Docket(coding)
    assert docket.cases().decisions.keys() == coding.standing().keys() == {"a#2"}
    assert docket.cases().disputed == {"a#1", "a#2"}
    assert coding.tally() == (3, 1)
    final = {row.sentence_id: (row.coder, row.frames) for row in read_final(coding.folder, BOOK)}
    assert final == {"a#0": ("ann and ben and eve", ["jobs"]), "a#2": ("majority", [])}
    adjudicate(coding)
    assert {one: decision.frames for one, decision in coding.decisions().items()} == {"a#1": ["jobs"], "a#2": []}


def test_an_outdated_majority_on_which_coders_agree_now_is_not_to_be_reviewed(coding, say, change):
    for coder, names in (("ann", ["jobs"]), ("ben", ["jobs"]), ("eve", [])):
        say(coder, 0, *names)
    adjudicate(coding)
    new = changed(frames=frames("jobs", "tariffs", "war", jobs="Paid work only."))
    change(new)
    for coder in ("ann", "ben", "eve"):
        say(coder, 0, "jobs")
    assert [row.frames for row in read_final(coding.folder, new)] == [["jobs"]]


@given(st.lists(ANSWER, min_size=1, max_size=5))
def test_a_majority_is_more_than_half_and_blind_to_order(answers):
    decision, tied = majority(answers)
    assert (decision, tied) == majority(answers[::-1])
    if not tied and not decision.boilerplate:
        for frame in BOOK.frame_names:
            assert (frame in decision.frames) == (2 * sum(frame in one.frames for one in answers) > len(answers))
    whole = all(one.boilerplate or (one.voice and one.stance is not None) for one in answers)
    if whole and sum(one.says_the_same(answers[0]) for one in answers) * 2 > len(answers):
        assert not tied
        assert not differences([decision, answers[0]])


@given(ANSWER)
def test_renaming_and_back_changes_nothing(answer):
    new = changed(
        frames=frames("employment", "tariffs", "war", employment="About jobs."),
        targets=[{"name": "orient", "label": "o", "aliases": ["east"]}, *BOOK.model_dump()["targets"][1:]],
    )
    there = compare_codebooks(BOOK, new, renamed={"jobs": "employment", "east": "orient"})
    back = compare_codebooks(new, BOOK, renamed={"employment": "jobs", "orient": "east"})
    moved = there.migrate([answer])
    assert "jobs" not in moved[0].frames
    assert back.migrate(moved) == [answer]


@given(ANSWER)
def test_a_merge_keeps_every_positive_and_adds_none(answer):
    new = changed(frames=frames("economy", "war"), targets=[{"name": "abroad", "label": "a", "aliases": ["abroad"]}])
    merged = {"jobs": "economy", "tariffs": "economy", "east": "abroad", "west": "abroad"}
    (moved,) = compare_codebooks(BOOK, new, merged=merged).migrate([answer])
    assert ("economy" in moved.frames) == bool({"jobs", "tariffs"} & set(answer.frames))
    assert ("war" in moved.frames) == ("war" in answer.frames)
    assert bool(moved.stance) == bool(answer.stance)
    assert len(moved.frames) == len(set(moved.frames))
    if len(set((answer.stance or {}).values())) > 1:
        assert moved.codebook == answer.codebook  # two stances became one: somebody has to look


def test_a_redefined_frame_sends_its_codings_to_review_until_they_are_coded_again(coding, say, change):
    say("ann", 0, "jobs")
    say("ann", 1, "war")
    new = changed(frames=frames("employment", "tariffs", "war", employment="Paid work only."))
    dry = change(new, "--rename", "jobs=employment", "--dry-run")
    assert coding.codebook() == BOOK
    out = change(new, "--rename", "jobs=employment")
    assert out.splitlines()[:5] == dry.splitlines()[:5]
    assert [line.split() for line in out.splitlines()[3:5]] == [
        ["employment", "renamed", "from", "jobs", "1", "0"],
        ["employment", "redefined", "1", "1"],
    ]
    assert coding.answer("ann", "a#0").frames == ["employment"]
    assert coding.to_review("ann") == {"a#0"}
    assert [note["gone"] for note in coding.changes_since(BOOK.sha256)] == [[], ["About jobs."]]
    for read in (read_final, read_all):
        with pytest.raises(FramingError, match=r"codings to review after the codebook changed: 1; .*--coder ann \(1\)"):
            list(read(coding.folder, new))
    say("ann", 0)
    assert {row.sentence_id: row.frames for row in read_final(coding.folder, new)} == {"a#0": [], "a#1": ["war"]}
    assert Codebook.load(coding.folder / "codebook.yaml") == new
    manifest = json.loads((coding.folder / "framing.json").read_text())
    assert (manifest["codebook"], manifest["seed"]) == (new.reference, 13)


def test_an_imported_answer_is_a_review_too(coding, say, change, tmp_path):
    def bring(frames, **options):
        row = {"sentence_id": "a#0", "frames": frames, "coder": "ann"}
        (tmp_path / "again.jsonl").write_text(json.dumps(row) + "\n")
        return import_codings(coding.folder, tmp_path / "again.jsonl", **options)

    say("ann", 0, "jobs")
    for version, frame in (("2", "jobs"), ("3", "war")):  # coded as before, and otherwise
        change(changed(version=version, frames=frames("jobs", "tariffs", "war", jobs=f"Rule {version}.")))
        assert coding.to_review("ann") == {"a#0"}
        assert bring([frame], dry_run=True).n_replaced == 1
        assert bring([frame]).n_replaced == 1
        assert coding.to_review("ann") == set()
        assert coding.answer("ann", "a#0").frames == [frame]
        assert (bring([frame]).n_unchanged, bring([frame], replace=True).n_unchanged) == (1, 1)


def test_undo_goes_back_to_the_migrated_answer_and_no_further(coding, say, change):
    say("ann", 0, "jobs")
    change(changed(frames=frames("work", "tariffs", "war", work="About jobs.")), "--rename", "jobs=work")
    assert coding.undo("ann", token="u1") is None
    say("ann", 0, "war")
    assert coding.undo("ann", token="u2") == "a#0"
    assert coding.answer("ann", "a#0").frames == ["work"]
    assert [event.answer.frames for event in coding.history("a#0")] == [["jobs"], ["work"], ["war"], ["work"]]


def test_a_decision_of_a_person_stands_for_its_coders_reviews(coding, say, change):
    say("ann", 0, "jobs")
    say("ben", 0)
    new = changed(frames=frames("jobs", "tariffs", "war", jobs="Paid work only."))
    change(new)
    say("Editor", 0, "jobs", seat=DECISION)
    assert [row.coder for row in read_final(coding.folder, new)] == ["Editor"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [((), {"a#0"}), (("--widened", "jobs"), {"a#0", "a#1"})],
    ids=["as told by the rules", "widened"],
)
def test_what_is_reviewed_after_a_redefinition(coding, say, change, options, expected):
    say("ann", 0, "jobs")
    say("ann", 1, "war")
    say("ann", 2, boilerplate=True)
    change(changed(frames=frames("jobs", "tariffs", "war", jobs="Any work.")), *options)
    assert coding.to_review("ann") == expected


def test_an_added_frame_sends_all_but_boilerplate_to_review_and_labels_touch_nothing(coding, say, change):
    say("ann", 0, "jobs")
    say("ann", 1, boilerplate=True)
    retitled = changed(title="Another title")
    for out in (change(retitled, "--dry-run"), change(retitled)):
        assert f"models and labels made with {BOOK.name} {BOOK.version} ({BOOK.sha256[:12]}) belong" in out
        assert "no frame, target or rule differs" in out
    assert not coding.to_review("ann")
    assert "are refused" in change(BOOK)  # back
    assert coding.answer("ann", "a#0").codebook == BOOK.sha256
    assert "are refused" not in change(BOOK)
    change(retitled)
    assert "added" in change(changed(frames=frames("jobs", "tariffs", "war", "health")))
    assert coding.to_review("ann") == {"a#0"}


def test_a_frame_in_use_is_not_dropped_and_one_that_is_not_is(coding, say, change):
    say("ann", 0, "jobs")
    out = change(changed(frames=frames("tariffs", "war")), code=2)
    assert "frame jobs is not in trade 2, but has 1 of the codings; add --rename jobs=NEW or --merge jobs+OTHER" in out
    assert coding.codebook() == BOOK
    assert len(coding.history()) == 1
    assert "removed" in change(changed(frames=frames("jobs", "war")))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--rename", "jobs"), "--rename jobs: expected OLD=NEW"),
        (("--merge", "jobs=work"), "--merge jobs=work: expected A\\+B=C"),
        (("--rename", "jobz=work"), "jobz=work: expected a frame or target of trade 1"),
        (("--rename", "jobs=war"), "war was there before; write --merge jobs\\+war=war"),
        (("--rename", "war=work"), "war is still in the new codebook"),
        (("--rename", "jobs=work", "--widened", "war"), "--widened war: its rules are the same"),
    ],
)
def test_names_that_do_not_fit_are_refused(change, options, message):
    out = change(changed(frames=frames("work", "tariffs", "war")), *options, code=2)
    assert re.search(message, out)
    assert out.count("\n") == 1


def test_an_answer_to_another_codebook_than_that_in_use_is_refused(coding, say, change):
    """A page that was loaded before the change holds the old names."""
    change(changed(title="Another title", unit="A clause."))
    with pytest.raises(FramingError, match="load the page again"):
        say("ann", 0, "jobs", codebook=BOOK.sha256)
    say("ann", 0, "jobs")
    assert coding.answer("ann", "a#0").codebook == coding.codebook().sha256


def test_a_copy_that_was_not_written_is_written_by_the_same_command(coding, say, change):
    new = changed(unit="A clause.")
    change(new)
    BOOK.save(coding.folder / "codebook.yaml")  # as if the machine had stopped after the database was done
    change(new)
    assert Codebook.load(coding.folder / "codebook.yaml") == new
    assert len(coding.changes_since(BOOK.sha256)) == 1


def test_what_is_to_review_comes_first_with_what_changed(coding, say, change):
    """Through the server's pages, as a browser asks for them."""
    from starlette.testclient import TestClient

    from framing.web import Guard, create_app, open_desk

    open_desk(coding.folder, ["ann"])
    order = coding.assigned("ann")
    for sentence_id, names in zip(order[:2], ([], ["jobs"]), strict=True):
        say("ann", sentence_id[2:], *names)
    change(changed(frames=frames("jobs", "tariffs", "war", jobs="Paid <b>work</b> only.")))
    desk = open_desk(coding.folder, ["ann"])
    assert desk.work("ann").next_open().id == order[1]
    page = TestClient(create_app(desk, Guard(coding.secret())), base_url="http://127.0.0.1").get("/code/ann").text
    assert "To review" in page
    assert "<del>About jobs.</del>" in page
    assert "<ins>Paid &lt;b&gt;work&lt;/b&gt; only.</ins>" in page
    say("ann", order[1][2:], "jobs")
    assert desk.work("ann").next_open().id == order[2]
    assert not desk.changes_to_see(coding.answer("ann", order[1]))
