"""Whether coders agree, as a user learns it: per variable, pair and time, with intervals, words and a list."""

import csv
import json

import numpy as np
import pytest
from conftest import SEEDS
from typer.testing import CliRunner

from framing import Codebook, FramingError, agreement, sample
from framing.annotation.coded import read_coded
from framing.annotation.folder import read_all
from framing.annotation.reliability import measure
from framing.annotation.rows import Coding, read_codings
from framing.annotation.store import CodingStore
from framing.annotation.variables import YES_NO, CodingTable, Variable
from framing.annotation.wording import notes
from framing.cli.app import app
from framing.exchange import import_codings
from framing.web import open_desk

BOOK = Codebook.load("china-russia")
runner = CliRunner()


def coding(sentence_id, coder, *frames, **fields):
    return Coding(sentence_id=sentence_id, coder=coder, frames=list(frames), **fields)


def both(said, coders=("anna", "ben"), **fields):
    """Codings by two coders from, per sentence, whether each saw the frame economic; two sentences per story."""
    return [
        coding(f"a{i // 2}#{i % 2}", coder, *["economic"] * saw, **fields)
        for i, pair in enumerate(said)
        for coder, saw in zip(coders, pair, strict=True)
    ]


def write(path, codings):
    rows = (coding.model_dump_json(exclude_defaults=True) + "\n" for coding in codings)
    path.write_text("".join(rows), encoding="utf-8")
    return path


def by_name(variables):
    return {v.variable: v for v in variables}


def run(*arguments, code=0):
    result = runner.invoke(app, ["agreement", *map(str, arguments)])
    assert result.exit_code == code, result.output
    return result


def table_of(one, other, stories):
    """Codings by two coders of one variable, from arrays of yes (1) and no (0)."""
    n = len(stories)
    ids = np.array([f"s{i}" for i in range(n)], dtype=object)
    codes = np.stack([one, other]).astype(np.int8)
    variables = [Variable("economic", "frame", YES_NO, codes)]
    return CodingTable(["a", "b"], ids, ids, stories, np.full(n, np.nan), np.ones((2, n), dtype=bool), variables)


def test_only_sentences_of_two_coders_are_compared():
    said = [(1, 1), (1, 0), (0, 1), (0, 0), (0, 0), (0, 0)]
    found = agreement([*both(said), coding("a9#0", "anna", "economic")], BOOK)
    economic = by_name(found.variables)["economic"]
    assert (found.n_sentences, found.n_twice, found.n_codings) == (7, 6, 13)
    assert found.coders == {"anna": 7, "ben": 6}
    assert economic.n_sentences == 6
    assert economic.percent.value == pytest.approx(4 / 6)
    assert economic.shares == pytest.approx({"no": 8 / 12, "yes": 4 / 12})
    assert economic.specific == pytest.approx({"no": 6 / 8, "yes": 2 / 4})
    assert by_name(found.variables)["cooperation"].verdict == "undefined"


def test_what_a_coding_leaves_out():
    """Boilerplate has no frame and no voice; a stance left out is absent, unless the coder never gave one."""
    codings = [
        coding("a#0", "anna", "economic", voice="outlet", stance={"china": "critical"}),
        coding("a#0", "ben", "economic", boilerplate=True, voice="outlet", stance={"china": "critical"}),
        coding("a#0", "cleo", "economic"),
        coding("a#1", "anna", voice="source", stance={"china": "neutral", "russia": "neutral"}),
        coding("a#1", "ben", voice="outlet", stance={"china": "neutral"}),
        coding("a#1", "cleo"),
        coding("a#2", "anna"),
        coding("a#2", "ben"),
        coding("a#2", "cleo"),
    ]
    found = agreement(codings, BOOK)
    said = {(d.sentence_id, d.variable): d.said for d in found.disagreements}
    assert said == {
        ("a#0", "economic"): {"anna": "yes", "ben": "no", "cleo": "yes"},
        ("a#0", "boilerplate"): {"anna": "no", "ben": "yes", "cleo": "no"},
        ("a#0", "stance_china"): {"anna": "critical", "ben": "absent"},
        ("a#1", "voice"): {"anna": "source", "ben": "outlet"},
        ("a#1", "stance_russia"): {"anna": "neutral", "ben": "absent"},
    }
    of = by_name(found.variables)
    assert of["stance_china"].n_sentences == 3
    assert of["voice"].n_sentences == 1
    pairs = {pair.coders: by_name(pair.variables) for pair in found.pairs}
    assert pairs["anna", "cleo"]["economic"].percent.value == 1
    assert pairs["anna", "ben"]["economic"].percent.value == pytest.approx(2 / 3)
    assert pairs["anna", "cleo"]["stance_china"].n_sentences == 0


def stances_of(tmp_path, *rows):
    """What `read_coded` makes of the stances of rows by coder; each is a sentence, "boilerplate" one of no content."""
    codings = [
        coding(
            f"a#{i}", coder, text="So it is.", **({"boilerplate": True} if said == "boilerplate" else {"stance": said})
        )
        for i, (coder, said) in enumerate(rows)
    ]
    return read_coded(write(tmp_path / "codings.jsonl", codings), BOOK).stances


CRITICAL = {"china": "critical"}


@pytest.mark.parametrize("coder", ["", "majority"])
def test_what_several_people_leave_out_of_their_rows_is_not_coded(tmp_path, coder):
    rows = [(coder, said) for said in (CRITICAL, {}, None, "boilerplate")]
    assert stances_of(tmp_path, *rows) == [CRITICAL, {}, None, {}]


def test_a_coder_who_says_absent_somewhere_did_not_code_what_is_left_out(tmp_path):
    """Anna says it where there is none, Ben gives only what is there, Cleo does not code stance."""
    said = {"anna": (CRITICAL, {}, None, "boilerplate"), "ben": (CRITICAL, None, "boilerplate"), "cleo": (None,)}
    rows = [(coder, each) for coder, answers in said.items() for each in answers]
    assert stances_of(tmp_path, *rows) == [CRITICAL, {}, None, {}, CRITICAL, {}, {}, None]


def test_variables_that_nobody_coded_are_not_there():
    assert set(by_name(agreement(both([(1, 1), (0, 0)]), BOOK).variables)) == {*BOOK.frame_names, "boilerplate"}
    alone = [*both([(1, 1), (0, 0)]), coding("b#0", "anna", voice="outlet")]
    found = agreement(alone, BOOK)
    assert found.not_compared == ["voice"]
    assert "No two coders coded the same sentence for voice: not compared." in notes(found)


def test_a_story_is_known_if_any_row_of_a_sentence_names_it_in_any_order():
    rows = both([(i % 3 == 0, i % 4 == 0) for i in range(60)])
    rows = [row.model_copy(update={"sentence_id": row.sentence_id.replace("#", "-")}) for row in rows]
    known = [{"story": f"s{i // 20}"} if i % 2 else {"article_id": f"a{i // 4}"} for i in range(len(rows))]
    named = [row.model_copy(update=own) for row, own in zip(rows, known, strict=True)]  # the stories are ben's
    found = [agreement(order, BOOK) for order in (named, named[::-1], sorted(named, key=lambda row: row.coder))]
    assert {one.n_stories for one in found} == {6}
    assert len({str(one.variables) for one in found}) == 1
    assert not any("count as stories of their own" in text for text in notes(found[0]))
    alone = agreement(rows, BOOK)
    assert alone.n_stories == alone.n_alone == 60
    assert any("60 of 60 sentences have no story or article_id and count as" in text for text in notes(alone))


def test_intervals_respect_stories():
    """Ten copies of each sentence carry no more than one: intervals are as wide as without, if copies share a story."""
    rng = np.random.default_rng(3)
    truth = rng.random(60) < 0.4
    one, other = (truth ^ (rng.random(60) < 0.15) for _ in range(2))
    stories = np.arange(60)

    def width(*table):
        alpha = measure(table_of(*table), replicates=500)[0].alpha
        assert alpha.low < alpha.value < alpha.high
        return alpha.high - alpha.low

    single = width(one, other, stories)
    copied = one.repeat(10), other.repeat(10)
    assert width(*copied, stories.repeat(10)) == pytest.approx(single, rel=0.05)
    assert width(*copied, np.arange(600)) == pytest.approx(single / np.sqrt(10), rel=0.15)


def test_intervals_cover_the_true_alpha():
    """Stories differ in how common the frame is and in how hard they are to code; alpha follows from their means."""
    rng = np.random.default_rng(5)
    a, b, worst = 1.0, 3.0, 0.2  # p ~ Beta(a, b), error ~ Uniform(0, worst), independent of each other
    error, error_squared, p = worst / 2, worst**2 / 3, a / (a + b)
    share = p + error - 2 * p * error
    truth = 1 - 2 * (error - error_squared) / (2 * share * (1 - share))
    covered = 0
    for seed in range(150):
        stories = np.arange(60).repeat(5)
        has = rng.random(300) < rng.beta(a, b, 60)[stories]
        wrong = rng.uniform(0, worst, 60)[stories]
        table = table_of(has ^ (rng.random(300) < wrong), has ^ (rng.random(300) < wrong), stories)
        alpha = measure(table, replicates=300, seed=seed)[0].alpha
        covered += alpha.low <= truth <= alpha.high
    assert 0.88 <= covered / 150 <= 0.99


def test_intervals_that_would_say_nothing_are_left_out():
    few = agreement(both([(1, 1), (1, 0), (0, 1), (0, 0)] * 2), BOOK)  # four stories
    assert not by_name(few.variables)["economic"].alpha.has_limits
    unanimous = agreement(both([(1, 1), (0, 0)] * 20), BOOK)
    assert by_name(unanimous.variables)["economic"].alpha.value == 1
    assert not by_name(unanimous.variables)["economic"].alpha.has_limits
    # seen in one story only, alpha is undefined in a third of the resamples
    lone = by_name(agreement(both([(1, 0), *[(0, 0)] * 39]), BOOK).variables)["economic"]
    assert not lone.alpha.has_limits
    assert lone.percent.has_limits


def test_intervals_are_reproducible_and_optional():
    codings = both([(1, 1), (1, 0), (0, 1), (0, 0), (0, 0), (1, 1)] * 5)
    assert repr(agreement(codings, BOOK, seed=4)) == repr(agreement(codings, BOOK, seed=4))
    assert repr(agreement(codings, BOOK, seed=4)) != repr(agreement(codings, BOOK, seed=5))
    wide, narrow = (by_name(agreement(codings, BOOK, level=level).variables)["economic"] for level in (0.99, 0.5))
    assert wide.alpha.low < narrow.alpha.low < narrow.alpha.high < wide.alpha.high
    without = by_name(agreement(codings, BOOK, intervals=False).variables)["economic"]
    assert without.alpha.value == wide.alpha.value
    assert not without.alpha.has_limits


def test_drift_shows_in_the_order_of_coding():
    """Coders agree at first and guess in the end; the file is in another order than they coded."""
    rng = np.random.default_rng(1)
    codings = []
    for day in range(1, 29):
        for i in range(4):
            saw = rng.random() < 0.5
            for coder in ("anna", "ben"):
                given = saw if day <= 21 else rng.random() < 0.5
                codings.append(
                    coding(f"d{day}#{i}", coder, *["economic"] * given, coded_at=f"2024-05-{day:02}T09:00:00+02:00")
                )
    order = rng.permutation(len(codings))
    found = agreement([codings[i] for i in order], BOOK, intervals=False)
    assert [(block.first, block.last) for block in found.blocks] == [(1, 28), (29, 56), (57, 84), (85, 112)]
    assert (found.blocks[3].first_date, found.blocks[3].last_date) == ("2024-05-22", "2024-05-28")
    alphas = [by_name(block.variables)["economic"].alpha.value for block in found.blocks]
    assert alphas[:3] == [1, 1, 1]
    assert alphas[3] < 0.5
    untimed = agreement([c.model_copy(update={"coded_at": None}) for c in codings], BOOK, intervals=False)
    assert untimed.blocks[0].first_date == ""
    assert [by_name(block.variables)["economic"].alpha.value for block in untimed.blocks] == alphas
    assert agreement(codings[:38], BOOK).blocks == []


def test_a_low_alpha_of_a_rare_frame_is_explained(tmp_path):
    rare = both([(1, 1), (1, 0), (0, 1), (1, 0), *[(0, 0)] * 96])
    found = agreement(rare, BOOK)
    economic = by_name(found.variables)["economic"]
    assert economic.deflated
    assert economic.alpha.value < 0.667
    assert economic.ac1.value > 0.8
    out = run(write(tmp_path / "c.jsonl", rare), "--codebook", "china-russia").output
    assert "economic: alpha is low (0.39) though 97% of pairs agree (AC1 0.97), because 98% of" in out
    assert "Where one coder gave a rare value, another gave it too in 40% for 'yes'." in out
    assert "cooperation: alpha is not defined, since all codings are 'no'" in out
    common = by_name(agreement(both([(1, 1), (1, 0), (0, 1), (0, 0)] * 25), BOOK).variables)["economic"]
    assert common.verdict == "unreliable"
    assert not common.deflated


def test_the_seed_corpus(tmp_path):
    """The figures of its datasheet, in the table and for a machine."""
    codings = SEEDS / "codings.jsonl"
    out = run(codings, "--codebook", "china-russia", "--no-intervals").output
    assert "1,943 of 1,943 sentences coded by at least two coders, of 79 stories" in out
    assert "Krippendorff's conventions for alpha" in out
    assert "alpha of consecutive sentences in file order" in out
    assert "over time" not in out
    everything = json.loads(run(codings, "--codebook", "china-russia", "--no-intervals", "--format", "json").output)
    alphas = [round(v["alpha"]["value"], 3) for v in everything["variables"]]
    assert alphas == [0.977, 0.996, 0.969, 1.0, 0.98, 0.868, 0.864, 0.973]
    assert everything["variables"][0]["alpha"]["low"] is None
    assert len({d["sentence_id"] for d in everything["disagreements"]}) == 237
    assert any("conventions" in note for note in everything["notes"])


def test_disagreements_open_in_a_spreadsheet(tmp_path):
    codings = [
        coding("=a#0", "@anna", "economic", text="=SUM(A1) rose."),
        coding("=a#0", "ben"),
        coding("=a#0", "cleo"),
        coding("a#1", "@anna", "economic", text="Both agree."),
        coding("a#1", "ben", "economic"),
        coding("a#2", "@anna", "economic"),
        coding("a#2", "cleo"),
    ]
    path, output = write(tmp_path / "c.jsonl", codings), tmp_path / "disagreements.csv"
    out = run(path, "--codebook", "china-russia", "-o", output).output
    assert f"; wrote {output}\n" in out
    assert "-o writes" not in out
    with output.open(newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows == [
        ["sentence_id", "variable", "'@anna", "ben", "cleo", "text"],
        ["'=a#0", "economic", "yes", "no", "no", "'=SUM(A1) rose."],
        ["a#2", "economic", "yes", "", "no", ""],
    ]
    assert "exists already" in run(path, "--codebook", "china-russia", "-o", output, code=2).stderr
    run(path, "--codebook", "china-russia", "-o", output, "--overwrite")


def test_a_coding_folder_knows_codebook_stories_and_texts(seed_corpus, tmp_path):
    folder = tmp_path / "coding"
    sample(seed_corpus.corpus.folder, folder, n=120, codebook="china-russia")
    drawn = {row["sentence_id"]: row for row in map(json.loads, (folder / "sample.jsonl").read_text().splitlines())}
    assert "nothing coded yet, no codings.jsonl" in run(folder, code=2).stderr
    kept = [c for c in read_codings(SEEDS / "codings.jsonl", BOOK) if c.sentence_id in drawn]
    write(folder / "codings.jsonl", [c.model_copy(update={"place": ""}) for c in kept])
    found = agreement(folder)
    assert found.n_twice == len(drawn)
    assert found.n_stories == len({row["story"] for row in drawn.values()})
    assert found.disagreements
    assert all(d.text == drawn[d.sentence_id]["text"] for d in found.disagreements)
    assert f"{len(drawn)} of {len(drawn)} sentences coded" in run(folder, "--no-intervals").output


def test_imported_codings_without_a_time_are_not_taken_for_coded_when_they_came_in(seed_corpus, tmp_path):
    folder = tmp_path / "coding"
    sample(seed_corpus.corpus.folder, folder, n=120, codebook="china-russia")
    drawn = [row["sentence_id"] for row in map(json.loads, (folder / "sample.jsonl").read_text().splitlines())]
    kept = [c for c in read_codings(SEEDS / "codings.jsonl", BOOK) if c.sentence_id in drawn]
    kept.sort(key=lambda c: c.frames)
    write(folder / "codings.jsonl", [c.model_copy(update={"place": ""}) for c in kept])
    import_codings(folder, folder / "codings.jsonl")
    assert [c.sentence_id for c in read_all(folder, BOOK)] == [one for one in drawn for _ in range(2)]
    assert {block.first_date for block in agreement(folder, intervals=False).blocks} == {""}
    assert "in file order, undated" in run(folder, "--no-intervals").output
    store = CodingStore.open(folder)
    store.record(store.codings()[0], token="again")
    assert [c.coded_at is None for c in store.codings()] == [False, *[True] * (len(kept) - 1)]


def test_a_folder_drawn_without_a_codebook_has_the_one_it_is_coded_with(seed_corpus, tmp_path):
    folder = tmp_path / "coding"
    sample(seed_corpus.corpus.folder, folder, n=60)
    assert "add --codebook" in run(folder, code=2).stderr
    store = open_desk(folder, ["anna", "ben"], codebook="china-russia").store
    for coder in store.coders():
        for sentence_id in store.assigned(coder)[:30]:
            store.record(coding(sentence_id, coder), token=f"{coder} {sentence_id}")
    assert agreement(folder, intervals=False).codebook == BOOK.reference
    assert "use artefacts of one codebook" in run(folder, "--codebook", "generic-news", code=2).stderr


@pytest.mark.parametrize(
    ("codings", "message"),
    [
        (both([(1, 0)])[:1], r"c.jsonl: none of 1 sentences is coded by two coders \(found: anna\); let a second"),
        (both([(1, 0)], coders=("anna", "anna")), r"c.jsonl:2 \(id a0#0\): anna coded it before at .*c.jsonl:1"),
        (both([(1, 0)], coders=("anna", "")), r"c.jsonl:2 \(id a0#0\): no coder; .* add the field coder"),
    ],
)
def test_codings_that_cannot_be_compared_are_named(tmp_path, codings, message):
    with pytest.raises(FramingError, match=message) as error:
        agreement(write(tmp_path / "c.jsonl", codings), BOOK)
    assert "\n" not in str(error.value)


def test_what_nobody_has_coded_is_said_to_be_so():
    with pytest.raises(FramingError, match=r"^no sentence is coded yet; let a second coder"):
        agreement([], BOOK)


def test_a_codebook_is_needed(tmp_path):
    assert "no codebook: name the one" in run(write(tmp_path / "c.jsonl", both([(1, 0)])), code=2).stderr
    assert "nowhere: no such file or folder of codings" in run(tmp_path / "nowhere", code=2).stderr


def test_fields_of_a_coding(tmp_path):
    path = tmp_path / "c.jsonl"
    row = {"sentence_id": "a#0", "frames": [], "unsure": True, "comment": "?", "coded_at": "2024-05-06", "seconds": 4}
    path.write_text(json.dumps(row))
    (found,) = read_codings(path, BOOK)
    assert (found.unsure, found.comment, found.coded_at, found.seconds) == (True, "?", "2024-05-06", 4.0)
    path.write_text(json.dumps(row | {"coded_at": "yesterday"}))
    with pytest.raises(FramingError, match=r"c.jsonl:1 \(id a#0\): coded_at: .*ISO 8601.* found 'yesterday'"):
        list(read_codings(path, BOOK))
