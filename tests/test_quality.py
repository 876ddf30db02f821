"""Scores of probabilities and of groups, the quality report in a real browser, and the tests of leakage."""

import csv
import json
import re
from dataclasses import replace

import numpy as np
import pytest
from conftest import SEEDS
from hypothesis import given
from hypothesis import strategies as st
from tables import BOOK, make_labels, write_gold
from test_report_page import EVIL, opened  # noqa: F401  (a fixture)
from typer.testing import CliRunner

from framing import FramingError, evaluate
from framing import sample as draw
from framing.bootstrap import Interval
from framing.classifier import load_classifier
from framing.cli.app import app
from framing.cli.console import scored
from framing.cli.quality import print_evaluation
from framing.evaluation.diagnosis import confuse, precision_recall, reliability
from framing.evaluation.leakage import leakage
from framing.evaluation.name_swap import NameSwap, outlet_swap, place_swap
from framing.evaluation.outlet_only import outlet_only
from framing.evaluation.probability_scores import probability_scores
from framing.evaluation.swapped import Swap
from framing.evaluation.transfer import equal_training
from framing.report import report_quality


def sample(n, seed=0, per_story=4):
    """Probabilities with ties, frames that follow them, and stories."""
    rng = np.random.default_rng(seed)
    probability = rng.random(n).round(2)
    return probability, rng.random(n) < probability, np.arange(n) // per_story


@pytest.mark.parametrize("n", [12, 60, 400])
def test_average_precision_and_brier_score_are_those_of_scikit_learn(n):
    from sklearn.metrics import average_precision_score, brier_score_loss

    p, actual, story = sample(n, seed=n)
    for weights in (None, 1 + np.arange(n) % 3):
        precision, brier, _ = probability_scores(p, actual, story, weights=weights)
        assert precision.value == pytest.approx(average_precision_score(actual, p, sample_weight=weights))
        assert brier.value == pytest.approx(brier_score_loss(actual, p, sample_weight=weights))


def test_calibration_error_by_hand():
    """Two bins of ten: mean .1 with none coded, mean .8 with half coded; so (.1 + .3) / 2."""
    p = np.repeat([0.1, 0.8], 10)
    actual = np.arange(20) >= 15
    assert probability_scores(p, actual, np.arange(20))[2].value == pytest.approx(0.2)
    low, high = reliability(p, actual, np.arange(20), np.ones(20))
    assert (low.mean, low.share.value, low.n) == pytest.approx((0.1, 0, 10))
    assert (high.mean, high.share.value, high.n) == pytest.approx((0.8, 0.5, 10))


def test_a_weight_counts_as_so_many_sentences():
    p, actual, story = sample(60)
    weights = 1.0 + np.arange(60) % 2
    repeat = weights.astype(int)
    weighted = probability_scores(p, actual, story, weights=weights)
    repeated = probability_scores(np.repeat(p, repeat), np.repeat(actual, repeat), np.repeat(story, repeat))
    assert [s.value for s in weighted[:2]] == pytest.approx([s.value for s in repeated[:2]])


def test_intervals_hold_the_value_and_widen_with_fewer_stories():
    p, actual, _ = sample(480)
    many = probability_scores(p, actual, np.arange(480) // 2)
    some = probability_scores(p[:60], actual[:60], np.arange(60) // 2)
    for wide, narrow in zip(some, many, strict=True):
        assert narrow.low <= narrow.value <= narrow.high
        assert wide.low <= wide.value <= wide.high
        assert wide.high - wide.low > narrow.high - narrow.low
    assert not probability_scores(p[:8], actual[:8], np.arange(8) // 2)[0].has_limits


def test_the_curve_ends_with_all_sentences_and_passes_through_every_threshold():
    p = np.array([0.9, 0.8, 0.8, 0.1])
    curve = precision_recall(p, np.array([True, True, False, False]), np.ones(4))
    assert curve.threshold == [0.9, 0.8, 0.1]
    assert curve.recall == [0.5, 1, 1]
    assert curve.precision == pytest.approx([1, 2 / 3, 1 / 2])


def test_confusion_by_hand():
    actual = np.array([[1, 0], [1, 0], [1, 1], [0, 0], [0, 0], [0, 0]], dtype=bool)
    predicted = np.array([[1, 1], [0, 0], [1, 1], [0, 0], [0, 1], [0, 0]], dtype=bool)
    none, one, both = confuse(["a", "b"], predicted, actual, np.array([1, 3, 1, 1, 1, 1.0]))
    assert (none.coded, none.n, none.shares, none.none) == ([], 3, [0, pytest.approx(1 / 3)], pytest.approx(2 / 3))
    assert (one.coded, one.shares, one.none) == (["a"], [0.25, 0.25], 0.75)
    assert (both.coded, both.shares) == (["a", "b"], [1, 1])


@pytest.fixture(scope="module")
def labels():
    """Two outlets of 60 sentences in 20 stories, and one of 6 sentences in 2."""
    rng = np.random.default_rng(1)
    outlets = ["Alpha"] * 60 + [f"Beta {EVIL}"] * 60 + ["Tiny"] * 6
    rows = [(outlet, f"{outlet}-{i // 3}", *rng.random(3)) for i, outlet in enumerate(outlets)]
    return make_labels(rows, text=[f"Sentence {i} {EVIL}" for i in range(len(rows))], group=["all"] * len(rows))


@pytest.fixture(scope="module")
def gold(tmp_path_factory, labels):
    """Coded as the probabilities say, by chance."""
    coded = np.random.default_rng(2).random(labels.probabilities.shape) < labels.probabilities
    frames = {i: [name for name, has in zip(BOOK.frame_names, row, strict=True) if has] for i, row in enumerate(coded)}
    return write_gold(tmp_path_factory.mktemp("gold") / "gold.jsonl", frames)


@pytest.fixture(scope="module")
def written(tmp_path_factory, labels, gold):
    return report_quality(labels, gold, tmp_path_factory.mktemp("quality") / "report")


def test_groups_with_little_gold_get_no_numbers(labels, gold):
    result = evaluate(labels, gold, by="outlet")
    alpha, beta, tiny = result.groups
    assert [group.n_sentences for group in result.groups] == [60, 60, 6]
    for quality in (*alpha.frames, *beta.frames):
        assert all(interval.has_limits for interval in quality.scores.values())
    assert all(quality.too_few and np.isnan(quality.f1.value) for quality in tiny.frames)
    assert evaluate(labels, gold, by="group").groups[0].frames[0].f1 == result.frames[0].f1
    with pytest.raises(FramingError, match="no coded sentence has a value in column 'owner'"):
        evaluate(labels, gold, by="owner")


def test_the_command_says_which_groups_have_too_little_gold(labels, gold, capsys):
    print_evaluation(evaluate(labels, gold, by="outlet"))
    out = capsys.readouterr().out
    assert (
        "fewer than 20 coded sentences, or a frame in fewer than 5 of its coded stories; coded with each frame:" in out
    )
    assert re.search(r"^  Tiny, 6 coded: \d cooperation, \d anti_western, \d economic$", out, re.M)


@pytest.mark.parametrize(
    ("interval", "shown"),
    [
        (Interval(0.5, 0.25, 0.75), "0.50 (0.25-0.75)"),
        (Interval(-0.001, -0.034, 0.02), "0.00 (-0.03 to 0.02)"),
        (Interval(-0.3, -0.4, -0.2), "-0.30 (-0.40 to -0.20)"),
        (Interval(0.1, -0.001, 0.2), "0.10 (0.00-0.20)"),
        (Interval(-0.001, np.nan, np.nan), "0.00"),
    ],
)
def test_scores_with_a_minus_cannot_be_misread(interval, shown):
    assert scored(interval) == shown


def test_a_sample_coded_in_part_is_not_weighted(tmp_path, seed_corpus):
    """Labels that people gave, against a drawn sample that is coded, and one that is not yet."""
    draw(seed_corpus.corpus.folder, tmp_path / "coding", n=120, codebook="china-russia")
    drawn = {
        json.loads(line)["sentence_id"] for line in (tmp_path / "coding" / "sample.jsonl").read_text().splitlines()
    }
    rows = [json.loads(line) for line in (SEEDS / "annotations.jsonl").read_text().splitlines()]
    columns = [{"sentence_id": r["sentence_id"]} | {f: int(f in r["frames"]) for f in BOOK.frame_names} for r in rows]
    (tmp_path / "labels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in columns))
    coded = [json.dumps({"sentence_id": r["sentence_id"], "frames": r["frames"]}) for r in rows
             if r["sentence_id"] in drawn]  # fmt: skip
    arguments = ["evaluate", tmp_path / "labels.jsonl", tmp_path / "coding", "--codebook", "china-russia", "--corpus",
                 seed_corpus.corpus.folder, "--overwrite", "-o", tmp_path / "report"]  # fmt: skip

    def outcome(n):
        (tmp_path / "coding" / "annotations.jsonl").write_text("\n".join(coded[:n]) + "\n")
        done = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert done.exit_code == 0, done.output
        saved = json.loads((tmp_path / "report" / "quality.json").read_text())["evaluation"]
        page = (tmp_path / "report" / "quality.html").read_text(encoding="utf-8")
        return done.output, saved["weighted"], saved["n_uncoded"], "Weighted." in page, "Coded in part." in page

    output, *told = outcome(len(coded))
    assert told == [True, 0, True, False]
    assert "scores are those of the corpus" in output
    output, *told = outcome(100)
    assert told == [False, len(coded) - 100, False, True]
    assert f"{len(coded) - 100} of the drawn sentences are not coded" in output
    assert "scores are those of the corpus" not in output


def test_gold_without_a_label_is_counted_beside_sentences_for_training(tmp_path, labels):
    drawn = write_gold(tmp_path / "drawn.jsonl", {i: [] for i in range(30)}, purpose="estimate")
    other = {"sentence_id": "other#1", "frames": [], "inclusion_probability": 0.5, "text": "Elsewhere."}
    picked = {"sentence_id": "s40", "frames": [], "purpose": "training"}
    with drawn.open("a") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in (other, picked))
    result = evaluate(labels, drawn)
    assert (result.n_sentences, result.n_unlabelled) == (30, 1)


def test_labels_without_probabilities_are_scored_by_their_decisions(tmp_path, labels, gold):
    table = labels.table.drop_columns([f"p_{name}" for name in BOOK.frame_names])
    with (tmp_path / "labels.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, table.column_names)
        writer.writeheader()
        writer.writerows(table.to_pylist())
    arguments = ["evaluate", str(tmp_path / "labels.csv"), str(gold), "--codebook", "china-russia", "-o"]
    done = CliRunner().invoke(app, [*arguments, str(tmp_path / "report")])
    assert done.exit_code == 0, done.output
    assert "the labels have no probabilities" in done.output
    assert "No probabilities." in (tmp_path / "report" / "quality.html").read_text(encoding="utf-8")
    assert not (tmp_path / "report" / "tables" / "reliability.csv").exists()
    done = CliRunner().invoke(app, [*arguments, str(tmp_path / "evaluation.json")])
    saved = json.loads((tmp_path / "evaluation.json").read_text())
    whole = evaluate(labels, gold)
    assert saved["frames"][0]["ece"] is None
    assert saved["frames"][0]["f1"]["value"] == whole.frames[0].f1.value


def test_the_report_lists_the_surest_errors_and_all_tables(written, labels, gold):
    for frame, found in zip(BOOK.frame_names, written.diagnosis.frames, strict=True):
        assert [m.probability for m in found.false_positives] == sorted(
            (m.probability for m in found.false_positives), reverse=True
        )
        assert all(m.probability >= 0.5 for m in found.false_positives), frame
        assert all(m.probability < 0.5 for m in found.false_negatives), frame
        assert len(found.false_positives) == 10
    names = {path.stem for path in (written.folder / "tables").iterdir()}
    assert names == {"scores", "groups", "confusion", "reliability", "precision_recall", "errors"}
    with (written.folder / "tables" / "groups.csv").open(encoding="utf-8") as stream:
        tiny = [row for row in csv.DictReader(stream) if row["outlet"] == "Tiny"]
    assert {(row["status"], row["estimate"]) for row in tiny} == {("too few", "")}
    with pytest.raises(FramingError, match="exists already"):
        report_quality(labels, gold, written.folder)


def test_the_page_shows_text_as_text_and_a_plot_of_each_frame(opened, written):  # noqa: F811
    page = opened(written.page)
    assert page.locator("figure.plot svg").count() == 6
    assert "too few" in page.locator("table[data-name=groups] tbody").inner_text()
    assert EVIL in page.locator("blockquote").first.text_content()
    assert page.locator("blockquote").first.text_content().strip().startswith("Sentence")
    assert page.locator("body img").count() == 0
    assert page.locator("script").count() == 1
    assert page.evaluate("window.executed") is None


@pytest.mark.parametrize("width", [360, 1280], ids=["phone", "desktop"])
def test_the_page_fits_and_axe_finds_nothing_serious(opened, written, width):  # noqa: F811
    from axe_playwright_python.sync_playwright import Axe

    page = opened(written.page, width)
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    violations = Axe().run(page).response["violations"]
    serious = [one for one in violations if one["impact"] in {"serious", "critical"}]
    assert [(one["id"], one["nodes"][0]["html"]) for one in serious] == []


def test_countries_capitals_and_peoples_keep_their_roles():
    swap = place_swap(BOOK, ["China Courier"])
    countries = [names[0] for names in swap.bearers]
    step = (countries.index("Russia") - countries.index("China")) % len(countries)
    assert swap("China and Chinese firms, Beijing said.", step) == "Russia and Russian firms, Moscow said."
    assert (
        swap("CHINA WINS in Indochina, China's and China-led.", step)
        == "RUSSIA WINS in Indochina, Russia's and Russia-led."
    )
    assert swap("China Courier asked us about NATO.", step) == "China Courier asked us about NATO."
    assert swap("The Kremlin was silent.", -step) == "China was silent."


def test_outlets_are_swapped_as_whole_names_longest_first():
    swap = outlet_swap(["Herald", "Daily Herald", "QV", "QV"])
    assert isinstance(swap, NameSwap)
    assert swap("The Daily Herald told QV; heralds and AQVs, HERALD too.", 1) == (
        "The Herald told Daily Herald; heralds and AQVs, QV too."
    )
    assert outlet_swap(["Herald", "Herald", ""]) is None
    assert place_swap(BOOK.model_copy(update={"targets": ()}), []) is None


def test_the_outlet_alone_finds_what_only_outlets_decide_and_nothing_else():
    outlets = np.tile(["A", "B", "C", "D"], 60)
    by_outlet = np.isin(outlets, ["A", "B"])
    noise = np.random.default_rng(0).random(240) < 0.3
    predicted = outlet_only(
        np.column_stack([by_outlet, noise]), outlets, [str(i // 4) for i in range(240)], folds=5, seed=0
    )
    assert (predicted[:, 0] == by_outlet).all()
    assert abs(np.corrcoef(predicted[:, 1] + 1e-9 * np.arange(240), noise)[0, 1]) < 0.3


def test_leakage_of_the_seed_model(tmp_path, seed_corpus, seed_training):
    corpus = seed_corpus.corpus.folder
    result = leakage(SEEDS / "annotations.jsonl", seed_training.folder, corpus=corpus, output=tmp_path / "leakage.json")
    baseline, transfer = result.baseline, result.transfer
    assert baseline.n_sentences <= seed_training.n_test < result.n_sentences
    assert baseline.model.value > baseline.outlet_only.value
    assert transfer.difference.value == pytest.approx(transfer.stories.value - transfer.outlets.value)
    countries = result.swaps[1]
    assert (countries.kind, len(countries.changes)) == ("countries", 3)
    assert 0 < countries.n_changed < result.n_sentences
    for change in countries.changes:
        assert 0 < change.mean <= 1
        assert 0 <= change.p95 <= 1
        assert 0 <= change.flipped <= 1
    assert json.loads((tmp_path / "leakage.json").read_text())["transfer"]["n_folds"] == transfer.n_folds
    assert "before fine-tuning" in transfer.words
    unseen = replace(baseline, model=replace(baseline.model, value=np.nan))
    assert "train with --folds" in unseen.words
    assert countries.n_changed > countries.n_seen > countries.n_changed / 2, "most were trained on"
    assert f"was trained or tuned on {countries.n_seen:,} of these sentences" in countries.words
    assert "trained" not in Swap("countries", 100, 0, countries.changes).words
    few = Swap("countries", 5, 0, countries.changes).words
    assert few.startswith("Only 5 coded sentences have names of countries")
    assert "%" not in few
    assert transfer.n_training <= result.n_sentences * (1 - 1 / transfer.n_folds)
    assert f"as many sentences ({transfer.n_training:,.0f} on average)" in transfer.words


def test_equal_story_names_of_another_corpus_do_not_count_as_seen(tmp_path, seed_corpus, seed_training):
    rows = (SEEDS / "annotations.jsonl").read_text(encoding="utf-8").splitlines()[::12]
    (tmp_path / "coded.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    model = load_classifier(seed_training.folder)
    for corpus in (seed_corpus.corpus.manifest["sha256"], "of another corpus"):
        model.record = [{**row, "sha256": "of another text", "corpus": corpus} for row in model.record]
        result = leakage(tmp_path / "coded.jsonl", model, corpus=seed_corpus.corpus.folder)
        assert (result.baseline.n_sentences == result.n_sentences) == (corpus == "of another corpus")


def test_outlets_that_share_all_stories_are_not_told_to_be_no_harder(tmp_path, seed_training):
    """Nothing is left to learn from, which is no difference of 0; a sentence without an outlet is of none."""
    rows = [
        {"sentence_id": f"s{i}", "text": f"They signed treaty {i}.", "frames": ["cooperation"] if i % 2 else [],
         "story": f"story {i % 5}", "outlet": ("North", "South", "")[i % 3]} for i in range(60)
    ]  # fmt: skip
    (tmp_path / "coded.jsonl").write_text("\n".join(map(json.dumps, rows)))
    result = leakage(tmp_path / "coded.jsonl", seed_training.folder)
    assert (result.n_outlets, result.n_sentences, result.n_without_outlet) == (2, 40, 20)
    assert np.isnan(result.transfer.difference.value)
    assert result.transfer.words.startswith("Not tested")


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), min_size=8, max_size=60), st.integers(0, 9))
def test_both_sides_learn_from_equally_many_sentences_and_never_of_a_tested_story(dealt, seed):
    story, outlet = np.array(dealt).T
    story = np.unique(story, return_inverse=True)[1]
    by_story, by_outlet = story % 4, outlet
    sides = equal_training(by_story, by_outlet, story, seed)
    for one, other in zip(*sides, strict=True):
        assert len(one) == len(other)
    for folds, learned in zip((by_story, by_outlet), sides, strict=True):
        for fold, rows in enumerate(learned):
            assert not set(story[rows]) & set(story[folds == fold])
            assert len(set(rows.tolist())) == len(rows)
    again = equal_training(by_story, by_outlet, story, seed)
    assert all((a == b).all() for x, y in zip(sides, again, strict=True) for a, b in zip(x, y, strict=True))
