"""Stance and voice in `evaluate`, `compare` and on their pages."""

import csv
import dataclasses
import json
import re

import numpy as np
import pyarrow.csv as pacsv
import pytest
from tables import BOOK, make_labels
from test_report_page import EVIL, opened  # noqa: F401  (a fixture)
from typer.testing import CliRunner

from framing import FramingError, agreement, compare, evaluate
from framing.artefact import sha256_text
from framing.cli.app import app
from framing.cli.quality import print_evaluation
from framing.evaluation import analyse
from framing.evaluation.source_names import one_name
from framing.evaluation.stance_comparison import StanceEstimates
from framing.evaluation.stance_scores import score_stance, score_voice
from framing.labelling import read_labels
from framing.report import compare_markdown, report_quality
from framing.stance.values import STANCES

TARGETS = BOOK.target_names
N_STORIES, PER_STORY = 40, 8


def stance_columns(said, target="china"):
    """Columns of `framing label --stance` for one target, from what it says of each sentence."""
    said = np.array(said, dtype=object)
    scores = {s: np.where(said == "absent", np.nan, np.where(said == s, 0.8, 0.1)) for s in STANCES}
    return {f"stance_{target}": said} | {f"p_{target}_{s}": p for s, p in scores.items()}


def voice_columns(said, source=""):
    quoted = np.array(said) == "source"
    named = np.where(quoted, source, "").astype(object)
    return {"voice": np.array(said, dtype=object), "p_source": np.where(quoted, 0.9, 0.1), "source": named}


def write_codings(path, rows):
    """Codings of sentences by number; frames of every third, so that frames can be corrected too."""
    rows = [{"sentence_id": f"s{i}", "frames": ["economic"][: i % 3 == 0], **row} for i, row in rows.items()]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def planted(seed=0):
    """Outlets A and B are alike in truth, C is more favourable; labels take much neutral of B for critical.

    Returns labels, true stance toward china and west (always absent), true voice.
    """
    rng = np.random.default_rng(seed)
    shares = {"A": (0.2, 0.3, 0.2, 0.3), "B": (0.2, 0.3, 0.2, 0.3), "C": (0.6, 0.1, 0.1, 0.2)}
    n = N_STORIES * PER_STORY
    truth = np.concatenate([rng.choice([*STANCES, "absent"], n, p=p) for p in shares.values()]).astype(object)
    outlet = np.repeat(list(shares), n)
    wrong = rng.random(len(truth)) < np.where(outlet == "B", 0.6, 0.05)
    said = np.where((truth == "neutral") & wrong, "critical", truth)
    voice = np.where(rng.random(len(truth)) < np.where(truth == "critical", 0.8, 0.3), "source", "outlet")
    heard = np.where(rng.random(len(truth)) < 0.9, voice, "outlet")
    rows = [(name, f"{name}{i // PER_STORY}", 0, 0, i % 3 == 0) for i, name in enumerate(outlet)]
    return make_labels(rows, **stance_columns(said), **voice_columns(heard, "the minister")), truth, voice


def coded_sample(path, truth, voice, *, share=0.4, seed=1, keep=lambda i: True):
    """Codings of a simple random sample, with stance and voice where `keep` says so."""
    drawn = np.flatnonzero(np.random.default_rng(seed).random(len(truth)) < share)
    told = {i: {"stance": {"china": truth[i]} if truth[i] != "absent" else {}, "voice": voice[i]} for i in drawn}
    rows = {int(i): {"inclusion_probability": share, "coder": "a" if keep(i) else "b"} for i in drawn}
    return write_codings(path, {i: row | (told[i] if keep(i) else {}) for i, row in rows.items()})


def write_csv(table, path):
    """The table as `framing label` writes it; an empty cell where a number is not defined."""
    pacsv.write_csv(table, path)
    path.write_text(re.sub(r"(?<=,)nan(?=,)", "", path.read_text(encoding="utf-8")), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def corrected(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stance")
    labels, truth, voice = planted()
    gold = coded_sample(folder / "gold.jsonl", truth, voice)
    return labels, gold, compare(labels, folder / "report", gold=gold)


def table(report, name):
    with (report.folder / "tables" / f"{name}.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


# Evaluate: each row is a sentence of its own story, by hand.
TRUTH = ["favourable", "favourable", "neutral", "critical", "critical", "absent", "absent", "favourable"]
SAID = ["favourable", "critical", "neutral", "critical", "absent", "neutral", "absent", "absent"]


def by_hand(tmp_path):
    labels = make_labels(
        [("A", f"a{i}", 0, 0, 1) for i in range(8)],
        **stance_columns(SAID),
        **voice_columns(["source", "outlet"] * 4, "she"),
    )
    rows = {
        i: {"stance": {} if stance == "absent" else {"china": stance}, "voice": "source" if i < 4 else "outlet"}
        for i, stance in enumerate(TRUTH)
    }
    rows[7]["boilerplate"] = True  # no stance, no voice
    rows[7].pop("voice")
    rows[7]["stance"] = None
    return labels, write_codings(tmp_path / "gold.jsonl", rows)


def test_scores_of_stance_and_voice_by_hand(tmp_path):
    labels, gold = by_hand(tmp_path)
    result = evaluate(labels, gold)
    (stance,) = result.stance
    # Found 0-3 and 5, coded 0-4: the eighth is boilerplate.
    assert stance.target == "china"
    assert (stance.precision.value, stance.recall.value, stance.f1.value) == pytest.approx((4 / 5, 4 / 5, 8 / 10))
    # Favourable: one of one labelled, of two coded; neutral right; critical: one of two labelled, of two coded.
    assert stance.macro_f1.value == pytest.approx((2 / 3 + 1 + 1 / 2) / 3)
    # The second critical one was not found.
    assert stance.macro_f1_found.value == pytest.approx((2 / 3 + 1 + 2 / 3) / 3)
    assert stance.coded == {"favourable": 2, "neutral": 1, "critical": 2}
    assert stance.labelled == {"favourable": 1, "neutral": 2, "critical": 2}
    assert stance.n_sentences == 8
    # Source is coded in 0-3 and labelled in 0, 2, 4, 6; outlet is coded in 4-6 and labelled in 1, 3, 5.
    assert result.voice.f1_source.value == pytest.approx(2 * 2 / (4 + 4))
    assert result.voice.macro_f1.value == pytest.approx((1 / 2 + 2 * 1 / (3 + 3)) / 2)
    assert result.voice.coded == {"outlet": 3, "source": 4}
    assert stance.f1.low <= stance.f1.value <= stance.f1.high


def test_means_over_stances_and_voices_have_no_limits_where_resamples_lack_one():
    """40 stories, one of them critical, one with the outlet's own voice; labels say neutral and source throughout."""
    stories = np.repeat(np.arange(40), 3)
    stance = np.where(stories == 0, "critical", np.where(np.arange(120) % 3 == 1, "favourable", "neutral"))
    said = np.where(stories == 0, "neutral", stance)
    common = score_stance("china", np.roll(said[3:], 1), stance[3:], stories[3:])
    assert common.macro_f1.has_limits
    assert common.macro_f1_found.has_limits
    rare = score_stance("china", said, stance, stories)
    assert 0 < rare.macro_f1.value < 1
    assert not rare.macro_f1.has_limits
    assert not rare.macro_f1_found.has_limits
    voice = score_voice(["source"] * 120, np.where(stories == 0, "outlet", "source"), stories)
    assert voice.f1_source.has_limits
    assert voice.macro_f1.value == pytest.approx(voice.f1_source.value / 2)
    assert not voice.macro_f1.has_limits


def test_the_voice_that_coders_gave_is_no_label_of_a_classifier(tmp_path):
    labels, gold = by_hand(tmp_path)
    table = labels.table.drop_columns(["p_source"])
    assert evaluate(dataclasses.replace(labels, table=table), gold).voice is None


def test_scores_are_those_of_scikit_learn_and_a_weight_counts_as_so_many_sentences(tmp_path):
    from sklearn.metrics import f1_score

    labels, truth, voice = planted()
    result = evaluate(labels, coded_sample(tmp_path / "gold.jsonl", truth, voice, share=1.0))
    (stance,), said = result.stance, labels.column("stance_china")
    present = truth != "absent"
    expected = f1_score(truth[present], said[present], average="macro", labels=STANCES)
    assert stance.macro_f1.value == pytest.approx(expected)
    heard = labels.column("voice")
    assert result.voice.f1_source.value == pytest.approx(f1_score(voice == "source", heard == "source"))
    assert result.weighted
    twice = score_voice(heard[:90], voice[:90], np.arange(90), weights=np.repeat([2.0, 1.0], 45))
    again = score_voice(np.append(heard[:90], heard[:45]), np.append(voice[:90], voice[:45]), np.arange(135))
    assert twice.macro_f1.value == pytest.approx(again.macro_f1.value)


def test_evaluate_prints_and_writes_scores_of_stance(tmp_path, corrected):
    labels, gold, _ = corrected
    report = report_quality(labels, gold, tmp_path / "quality")
    (stance,) = report.evaluation.stance
    rows = {row["measure"]: row for row in table(report, "stance")}
    assert float(rows["macro_f1"]["estimate"]) == pytest.approx(stance.macro_f1.value, abs=1e-5)
    assert int(rows["f1"]["coded_critical"]) == stance.coded["critical"]
    assert {row["measure"] for row in table(report, "voice")} == {"f1_source", "macro_f1"}
    saved = json.loads((report.folder / "quality.json").read_text())["evaluation"]
    assert saved["stance"][0]["macro_f1_found"]["value"] == stance.macro_f1_found.value
    labelled = write_csv(labels.table, tmp_path / "labels.csv")
    done = CliRunner().invoke(app, ["evaluate", labelled, str(gold), "--codebook", "china-russia"])
    assert done.exit_code == 0, done.output
    assert f"voice: F1 of source {report.evaluation.voice.f1_source.value:.2f}" in done.output
    (line,) = [line for line in done.output.splitlines() if line.startswith("china ")]
    assert f"{stance.macro_f1.value:.2f} (" in line


def test_nothing_is_scored_where_gold_or_labels_have_no_stance(tmp_path):
    labels, gold = by_hand(tmp_path)
    bare = write_codings(tmp_path / "bare.jsonl", {i: {} for i in range(8)})
    assert evaluate(labels, bare).stance == []
    assert evaluate(labels, bare).voice is None
    assert evaluate(make_labels([("A", f"a{i}", 0, 0, 1) for i in range(8)]), gold).stance == []
    page = report_quality(labels, bare, tmp_path / "quality").page.read_text(encoding="utf-8")
    assert 'id="stance"' not in page


def test_a_labelled_csv_gives_the_same_stance_as_a_labels_folder(tmp_path, corrected):
    labels, gold, report = corrected
    labelled = write_csv(labels.table, tmp_path / "labels.csv")
    assert analyse(read_labels(labelled, codebook="china-russia"), gold).stance == report.analysis.stance


def net(estimates: StanceEstimates):
    return {each.group: each for each in estimates.net}


def test_gold_takes_out_a_difference_of_net_stance_that_only_the_labels_make(tmp_path, corrected):
    _, _, report = corrected
    (china,) = report.analysis.stance.targets
    found = net(china.total)
    assert found["A"].naive - found["B"].naive > 0.1
    differences = {(d.a, d.b): d for d in china.differences}
    assert abs(differences["A", "B"].difference.value) < 0.15
    assert differences["A", "B"].p_holm > 0.05
    for pair in (("A", "C"), ("B", "C")):
        assert differences[pair].difference.high < 0
        assert differences[pair].p_holm < 0.001
    assert found["C"].net.low < 0.5 < found["C"].net.high
    shares = {(s.group, s.frame): s for s in china.total.shares}
    critical = shares["B", "critical"]
    assert critical.naive > 0.3
    assert abs(critical.share.value - 0.2) < (critical.naive - 0.2) / 2
    assert all(s.corrected for s in china.total.shares)


def test_compare_prints_the_finding_of_stance(tmp_path, corrected):
    labels, gold, report = corrected
    labelled = write_csv(labels.table, tmp_path / "labels.csv")
    asked = ["compare", labelled, "--codebook", "china-russia", "--gold", str(gold), "-o", str(tmp_path / "report")]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    (sentence,) = report.stance_finding
    assert "in points of all sentences, is highest in C, +" in sentence
    assert sentence in done.output.splitlines()


def test_shares_by_voice_add_up_whether_counted_or_corrected(corrected):
    labels, gold, _ = corrected
    for stance in (analyse(labels, gold).stance, analyse(labels).stance):
        (china,) = stance.targets
        parts = [china.by_voice["outlet"], china.by_voice["source"]]
        assert [part.corrected for part in parts] == [china.total.corrected] * 2
        for whole, *own in zip(china.total.shares, *(part.shares for part in parts), strict=True):
            assert sum(s.share.value for s in own) == pytest.approx(whole.share.value)
            assert sum(s.n_labelled for s in own) == whole.n_labelled
        for whole, *own in zip(china.total.net, *(part.net for part in parts), strict=True):
            assert sum(n.net.value for n in own) == pytest.approx(whole.net.value)


def test_quoted_voice_is_corrected_too(tmp_path):
    """Labels hear nine of ten quotes; all is coded, so the shares are those of the coders."""
    labels, truth, voice = planted()
    (china,) = analyse(labels, coded_sample(tmp_path / "gold.jsonl", truth, voice, share=1.0)).stance.targets
    outlets = labels.column("outlet")
    for share in china.by_voice["source"].shares:
        own = outlets == share.group
        assert share.share.value == pytest.approx(((truth == share.frame) & (voice == "source"))[own].mean())


def test_uncorrected_stance_is_counted_and_untested(corrected):
    labels, _, _ = corrected
    (china,) = analyse(labels).stance.targets
    said, outlets = labels.column("stance_china"), labels.column("outlet")
    for each in china.total.net:
        own = said[(outlets == each.group) & (said != "absent")]
        assert each.among.value == pytest.approx((own == "favourable").mean() - (own == "critical").mean())
    for share in china.total.shares:
        assert share.share.value == pytest.approx((said == share.frame)[outlets == share.group].mean())
        assert share.share.has_limits
    assert china.differences
    assert all(np.isnan(d.p_holm) for d in china.differences)


def test_the_report_scores_stance_and_voice_as_evaluate_does(corrected):
    labels, gold, report = corrected
    scored, page = evaluate(labels, gold), report.page.read_text(encoding="utf-8")
    assert report.analysis.quality.stance == scored.stance
    assert report.analysis.quality.voice == scored.voice
    (china,) = scored.stance
    for score in (china.macro_f1, china.f1, scored.voice.f1_source):
        assert f'>{score.value:.2f} <span class="range">({score.low:.2f} to {score.high:.2f})' in page
    assert {row["measure"] for row in table(report, "quality_stance")} == set(china.scores)
    assert {row["measure"] for row in table(report, "quality_voice")} == set(scored.voice.scores)


@pytest.mark.parametrize(("n", "said"), [(0, "is not checked"), (40, "40 coded sentences had trained"), (2000, "")])
def test_coded_sentences_that_trained_stance_are_not_scored_on(tmp_path, corrected, n, said):
    """The first `n` in the corpus had; of 2,000 all had, so that there is no score."""
    labels, gold, _ = corrected
    texts = labels.column("text").tolist()
    rows = [json.loads(line)["sentence_id"] for line in gold.read_text().splitlines()]
    learned = frozenset(sha256_text(texts[labels.positions[name]]) for name in rows[:n])
    labels = dataclasses.replace(labels, seen_for_stance=learned)
    scored = evaluate(labels, gold)
    assert scored.n_seen_for_stance == len(learned)
    assert [q.n_sentences for q in scored.stance] == ([len(rows) - n] if n < len(rows) else [])
    assert scored.n_sentences == len(rows)  # frames are another classifier's
    assert evaluate(labels, gold, include_seen=True).stance == evaluate(corrected[0], gold).stance
    text = compare_markdown(labels, gold=gold)
    assert said in text
    assert ("too little is corrected" in text) == (n > 0)
    note = f"{len(learned):,} coded sentences left out here: the classifiers of stance or voice saw them in training"
    pages = (
        report_quality(labels, gold, tmp_path / "quality").page,
        compare(labels, tmp_path / "report", gold=gold).page,
    )
    assert [note in page.read_text(encoding="utf-8") for page in pages] == [n > 0] * 2


def test_stance_that_is_coded_in_part_is_scored_without_weights_and_pages_say_so(tmp_path, capsys):
    labels, truth, voice = planted()
    gold = coded_sample(tmp_path / "gold.jsonl", truth, voice, keep=lambda i: i % 3 > 0)
    rows = [json.loads(line) for line in gold.read_text().splitlines()]
    for i, row in enumerate(rows):
        row["inclusion_probability"] = 0.1 + 0.1 * (i % 5)
    gold.write_text("".join(json.dumps(row) + "\n" for row in rows))
    scored = evaluate(labels, gold)
    assert scored.weighted
    assert scored.n_without_stance == sum("stance" not in row for row in rows) > 0
    even = tmp_path / "even.jsonl"
    even.write_text("".join(json.dumps(row | {"inclusion_probability": 1}) + "\n" for row in rows))
    assert evaluate(labels, even).stance == scored.stance
    assert evaluate(labels, even).frames != scored.frames
    report = report_quality(labels, gold, tmp_path / "quality")
    print_evaluation(report.evaluation)
    for text in (report.page.read_text(encoding="utf-8"), capsys.readouterr().out):
        assert re.search("stance is not coded in all", text, re.I)


def test_what_stance_learned_from_is_checked_where_it_is_known(corrected):
    labels, gold, _ = corrected
    labels = dataclasses.replace(labels, seen_for_stance=frozenset({sha256_text("Another sentence.")}))
    text = compare_markdown(labels, gold=gold)
    assert "is not checked" not in text
    assert "had trained" not in text


def test_gold_of_frames_alone_says_nothing_of_what_stance_learned_from(tmp_path, corrected):
    labels, _, _ = corrected
    gold = write_codings(tmp_path / "gold.jsonl", {i: {"inclusion_probability": 1} for i in range(len(labels.table))})
    labels = dataclasses.replace(labels, seen_for_stance=frozenset(map(sha256_text, labels.column("text").tolist())))
    assert evaluate(labels, gold).n_seen_for_stance == 0
    assert "had trained" not in compare_markdown(labels, gold=gold)


def test_weak_labels_of_stance_and_voice_are_a_limitation(tmp_path):
    """All that is critical is labelled neutral, and all that is quoted is taken for the outlet's own."""
    rows = [(o, f"{o}{i}", 0, 0, i % 3 == 0) for o in "AB" for i in range(12)]
    truth = ["critical", "neutral", "favourable", "absent"] * 6
    said = ["neutral" if stance == "critical" else stance for stance in truth]
    labels = make_labels(rows, **stance_columns(said), **voice_columns(["outlet"] * 24))
    told = {"stance": {}, "voice": "source", "inclusion_probability": 1}
    gold = {i: told | {"stance": {} if s == "absent" else {"china": s}} for i, s in enumerate(truth)}
    text = compare_markdown(labels, gold=write_codings(tmp_path / "gold.jsonl", gold))
    assert "weak on stance toward China (macro-F1 0.56); the correction pays for that" in text
    assert "weak on voice (macro-F1 0.00); the correction pays for that" in text
    del gold[0]["voice"], gold[12]["voice"]
    text = compare_markdown(labels, gold=write_codings(tmp_path / "gold.jsonl", gold))
    assert "weak on voice (macro-F1 0.00); nothing corrects for it" in text
    assert "uncorrected: not all of the coded sentences with a stance have a voice coded." in text


def test_coders_of_stance_are_compared_where_labels_have_stance(tmp_path):
    """Anna and Ben differ on one sentence in six; only Anna told the voice, so agreement on it is not known."""
    folder = tmp_path / "coding"
    folder.mkdir()
    manifest = {"kind": "coding", "codebook": BOOK.reference, "corpus": {"sha256": "c" * 64}}
    (folder / "framing.json").write_text(json.dumps(manifest))
    rows = [(o, f"{o}{i}", 0, 0, i % 3 == 0) for o in "AB" for i in range(12)]
    truth = ["critical", "neutral"] * 12
    drawn = [
        {
            **{"sentence_id": f"s{i}", "text": f"Sentence {i}.", "sha256": sha256_text(f"Sentence {i}."), "index": 0},
            **{"previous": "", "article_id": row[1], "story": row[1], "outlet": row[0]},
            **{"inclusion_probability": 1.0, "purpose": "estimate"},
        }
        for i, row in enumerate(rows)
    ]
    (folder / "sample.jsonl").write_text("".join(json.dumps(row) + "\n" for row in drawn))
    anna = {i: {"coder": "anna", "stance": {"china": s}, "voice": "source"} for i, s in enumerate(truth)}
    ben = {i: {"coder": "ben", "stance": {"china": s if i % 6 else "neutral"}} for i, s in enumerate(truth)}
    first, second = (write_codings(tmp_path / "x", each).read_text() for each in (anna, ben))
    (folder / "annotations.jsonl").write_text(first)
    (folder / "codings.jsonl").write_text(first + second)
    said = make_labels(rows, **stance_columns(truth), **voice_columns(["source"] * 24))
    report = compare(said, tmp_path / "report", gold=folder)
    (china,) = [found for found in report.analysis.agreement if found.kind == "stance"]
    assert china.alpha == next(v for v in agreement(folder, BOOK).variables if v.variable == "stance_china").alpha
    page = report.page.read_text(encoding="utf-8")
    assert f'>{china.alpha.value:.2f} <span class="range">({china.alpha.low:.2f} to' in page
    assert "Whether coders agree on this is not known, no sentence was coded for it by two: voice." in page
    (alpha, *_) = [row for row in table(report, "agreement") if row["variable"] == "stance_china"]
    assert float(alpha["low"]) == pytest.approx(china.alpha.low, abs=1e-5)


def test_an_outlet_with_stance_coded_in_part_is_uncorrected_and_named(tmp_path):
    """In B coder b gave no stances, so those of coder a there are no probability sample."""
    labels, truth, voice = planted()
    outlets = labels.column("outlet")
    gold = coded_sample(tmp_path / "gold.jsonl", truth, voice, keep=lambda i: outlets[i] != "B" or i % 2)
    report = compare(labels, tmp_path / "report", gold=gold)
    stance = report.analysis.stance
    assert stance.coded_in_part == ["B"]
    (china,) = stance.targets
    assert {n.group: n.corrected for n in china.total.net} == {"A": True, "B": False, "C": True}
    assert not net(china.total)["B"].net.has_limits
    assert {(d.a, d.b) for d in china.differences} == {("A", "C")}
    assert "so stance is uncorrected in B." in report.page.read_text(encoding="utf-8")
    assert {r["status"] for r in table(report, "net_stance") if r["outlet"] == "B"} == {"uncorrected"}


def test_an_outlet_without_a_coded_stance_is_named_and_the_finding_is_among_the_others(tmp_path):
    labels, truth, voice = planted()
    outlets = labels.column("outlet")
    gold = coded_sample(tmp_path / "gold.jsonl", truth, voice, keep=lambda i: outlets[i] != "B")
    report = compare(labels, tmp_path / "report", gold=gold)
    assert (report.analysis.stance.uncoded, report.analysis.stance.coded_in_part) == (["B"], [])
    page = report.page.read_text(encoding="utf-8")
    assert "has a stance coded, so stance there is uncorrected and enters no test: B." in page
    (china,) = report.stance_finding
    assert china.startswith("China: among the 2 corrected outlets, favourable minus critical")


def test_gold_without_stance_corrects_frames_alone_and_the_page_says_so(tmp_path):
    labels, truth, voice = planted()
    gold = coded_sample(tmp_path / "gold.jsonl", truth, voice, keep=lambda i: False)
    report = compare(labels, tmp_path / "report", gold=gold)
    assert report.comparison.corrected
    assert not report.analysis.stance.corrected
    page = report.page.read_text(encoding="utf-8")
    assert "The coded sentences have no stance" in page
    assert "none of the coded sentences have a stance coded" in page
    assert "No coded sentence has a stance, so how well stance is labelled is not known." in page


def test_few_coded_sentences_make_net_stance_wide(tmp_path):
    """Nobody coded a stance in C, where labels see none: that is no proof that there is none."""
    rows = [(o, f"{o}{i // 2}", 0, 0, i % 3 == 0) for o in "ABC" for i in range(40)]
    said = [["favourable", "critical", "neutral"][i % 3] if i < 80 else "absent" for i in range(120)]
    gold = write_codings(
        tmp_path / "gold.jsonl",
        {i: {"stance": {} if s == "absent" else {"china": s}, "inclusion_probability": 1} for i, s in enumerate(said)},
    )
    (china,) = analyse(make_labels(rows, **stance_columns(said)), gold).stance.targets
    c = net(china.total)["C"]
    assert (c.rare, c.corrected) == (True, True)
    assert c.net.low < -0.03
    assert c.net.high > 0.03
    assert not net(china.total)["A"].rare
    assert china.by_voice == {}


def test_every_outlet_whose_stance_is_rare_is_named_and_marked(tmp_path):
    """In A six sentences are favourable and six critical, in the seven others nothing is."""
    said = ["favourable", "critical"] * 6 + ["neutral"] * 7 * 12
    rows = [(o, f"{o}{i // 2}", 0, 0, i % 3 == 0) for o in "ABCDEFGH" for i in range(12)]
    told = {i: {"stance": {"china": s}, "inclusion_probability": 0.9} for i, s in enumerate(said)}
    gold = write_codings(tmp_path / "gold.jsonl", told)
    report = compare(make_labels(rows, **stance_columns(said)), tmp_path / "report", gold=gold)
    page = report.page.read_text(encoding="utf-8")
    assert page.count('<td class="left">rare</td>') >= 7
    marked = {row["outlet"] for row in table(report, "net_stance") if row["status"] == "corrected, rare"}
    assert marked == set("BCDEFGH")
    assert {row["status"] for row in table(report, "net_stance") if row["outlet"] == "A"} == {"corrected"}
    text = report.markdown.read_text(encoding="utf-8")
    assert "| B | 0% rare (" in text
    assert "net, about it" in text
    assert "fewer than 5 coded sentences are favourable, or critical, in B, C, D, E, F, G, H; the" in page
    assert "Economic: fewer than 5 coded sentences have it, or lack it, in A, B, C, D, E, F, G, H; the" in page


def test_quoted_sources_by_hand():
    """A wire story in two outlets counts once; Kim is quoted in one story."""
    rows = [(o, f"{o}{i}" if i < 3 else "wire", 1, 0, i == 0) for o in "AB" for i in range(4)]
    source = ["Li", "Li", "Kim", "Wang", "Li", "Wang", "Wang", "Wang"]
    labels = make_labels(rows, **stance_columns(["neutral"] * 8), **voice_columns(["source"] * 8))
    table_ = labels.table.drop_columns(["source"]).append_column("source", [source])
    quoted = analyse(type(labels)(table_, BOOK, "sentence_id", {}, frozenset(), frozenset())).stance.quoted
    assert [(q.source, q.n_stories, q.n_groups) for q in quoted["cooperation"]] == [("Li", 3, 2), ("Wang", 3, 2)]
    assert [(q.source, q.n_stories, q.n_groups) for q in quoted["economic"]] == [("Li", 2, 2)]
    assert quoted["anti_western"] == []


@pytest.mark.parametrize(
    ("spellings", "name"),
    [
        (["Vale", "Mayor Ruth Vale", "Ms. Vale", "Ruth Vale", "the board's chief Ruth Vale"], "Ruth Vale"),
        (["Lin", "Lin Dao", "Corvane foreign ministry spokesperson Lin Dao"], "Lin Dao"),
        (["The ministry", "the ministry"], "the ministry"),
    ],
)
def test_spellings_of_a_source_are_one(spellings, name):
    assert one_name(dict.fromkeys(spellings, 1)) == dict.fromkeys(spellings, name)


@pytest.mark.parametrize(
    "names",
    [
        ["Holt", "Mark Holt", "Jay Holt"],  # which of the two?
        ["China", "China Courier"],
        ["the director of the Moor Institute", "the Moor Institute"],
        ["Prime Minister", "the Foreign Ministry"],
    ],
)
def test_different_sources_stay_apart(names):
    assert one_name(dict.fromkeys(names, 1)) == {name: name for name in names}


def test_a_family_name_stands_for_who_bears_it_most():
    assert one_name({"Holt": 30, "Mark Holt": 9, "Jay Holt": 1})["Holt"] == "Mark Holt"
    assert one_name({"Holt": 30, "Mark Holt": 9, "Jay Holt": 3})["Holt"] == "Holt"


def test_labels_without_stance_have_no_section(tmp_path):
    rows = [(o, f"{o}{i // 2}", i % 2, 0, i % 3 == 0) for o in "AB" for i in range(24)]
    report = compare(make_labels(rows), tmp_path / "report")
    assert report.analysis.stance is None
    for text in (report.page.read_text(encoding="utf-8"), report.markdown.read_text(encoding="utf-8")):
        assert "net stance" not in text.lower()
    assert not list((report.folder / "tables").glob("*stance*"))


def test_stance_without_its_probabilities_is_refused(tmp_path):
    rows = [(o, f"{o}{i // 2}", i % 2, 0, 0) for o in "AB" for i in range(24)]
    with pytest.raises(FramingError, match="no column 'p_china_favourable'; label again with --stance"):
        compare(make_labels(rows, stance_china=["neutral"] * 48), tmp_path / "report")


def test_tables_and_markdown_hold_the_numbers(corrected):
    labels, gold, report = corrected
    (china,) = report.analysis.stance.targets
    rows = table(report, "stance")
    assert len(rows) == 3 * 3 * 3
    whole = [float(row["estimate"]) for row in rows if row["voice"] == "all"]
    assert whole == pytest.approx([s.share.value for s in china.total.shares], abs=1e-5)
    assert [float(row["net_stance"]) for row in table(report, "net_stance") if row["voice"] == "source"] == (
        pytest.approx([n.net.value for n in china.by_voice["source"].net], abs=1e-5)
    )
    for row, each in zip(table(report, "net_stance"), china.total.net, strict=False):
        assert float(row["among"]) == pytest.approx(each.among.value, abs=1e-5)
    assert len(table(report, "stance_differences")) == 3
    assert table(report, "quoted")[0]["source"] == "the minister"
    text = compare_markdown(labels, gold=gold)
    assert text == report.markdown.read_text(encoding="utf-8")
    assert (
        "| outlet | favourable | neutral | critical | net stance | net, about it | net, own voice | net, quoted |"
        in text
    )
    assert "China: favourable minus critical, in points of all sentences, is highest in C, +" in text
    assert "Zou, G. Y., & Donner, A. (2008)" in text
    assert "3 differences of net stance (toward China)" in text
    assert "found by the codebook's aliases, in a sentence or" in text


@pytest.mark.parametrize("width", [360, 1280], ids=["phone", "desktop"])
def test_the_section_is_shown_and_fits(opened, corrected, tmp_path, width):  # noqa: F811
    from axe_playwright_python.sync_playwright import Axe

    labels, gold, _ = corrected
    source = np.where(labels.column("voice") == "source", EVIL, "").astype(object)
    hostile = labels.table.drop_columns(["source"]).append_column("source", [source.tolist()])
    report = compare(
        type(labels)(hostile, BOOK, "sentence_id", {}, frozenset(), frozenset()), tmp_path / "report", gold=gold
    )
    page = opened(report.page, width)
    page.get_by_role("link", name="Stance", exact=True).click()
    section = page.locator("#stance")
    assert section.locator("figure.plot svg").count() == 1
    assert section.locator("table[data-name=voice-china] tbody tr").count() == 3
    assert EVIL in section.locator("table[data-name=quoted] tbody").inner_text()
    assert section.locator("table[data-name=stance-differences] strong").count() == 2
    assert page.evaluate("window.executed") is None
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    serious = [one for one in Axe().run(page).response["violations"] if one["impact"] in {"serious", "critical"}]
    assert [(one["id"], one["nodes"][0]["html"]) for one in serious] == []
    quality = opened(report_quality(labels, gold, tmp_path / "quality").page, width)
    assert quality.locator("table[data-name=stance] tbody tr").count() == 1
    assert quality.locator("table[data-name=voice] tfoot td").all_inner_texts()[1:] == ["", ""]  # a mean has no counts
    assert quality.evaluate("document.documentElement.scrollWidth") <= width


def test_a_finding_says_among_whom_if_it_is_not_all_and_calls_no_gap_the_largest_that_is_not(tmp_path):
    said = {"A": ["critical", "neutral"], "B": ["critical", "critical"], "silent": ["absent", "absent"]}
    said |= {"single": ["favourable", "favourable"]}
    rows = [(name, name if name == "single" else f"{name}{i % 3}", 0, 0, 1) for name in said for i in range(6)]
    labels = make_labels(rows, **stance_columns([said[name][i % 2] for name in said for i in range(6)]))
    (china, *_) = compare(labels, tmp_path / "report").stance_finding
    assert china.startswith("China: among the 2 outlets with"), "a single story has no interval, silence no stance"
    assert "is highest in A" in china
    assert "the largest" not in china


def test_who_does_not_speak_of_a_target_is_not_among_the_extremes(tmp_path):
    said = {"A": ["critical", "neutral"], "B": ["critical", "critical"], "silent": ["absent", "absent"]}
    rows = [(name, f"{name}{i % 3}", 0, 0, 1) for name in said for i in range(6)]
    labels = make_labels(rows, **stance_columns([said[name][i % 2] for name in said for i in range(6)]))
    text = (compare(labels, tmp_path / "report").folder / "report.md").read_text(encoding="utf-8")
    assert "favourable minus critical, in points of all sentences, is highest in A, −50" in text
    assert "lowest in B, −100" in text
