"""Evaluation and comparison: numbers by hand, invariants, and the words and tables of the report."""

import csv
import json
import re

import numpy as np
import pyarrow as pa
import pytest
from conftest import SEEDS
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from framing import Codebook, FramingError, compare, evaluate
from framing.evaluation import compare_shares
from framing.evaluation.bootstrap import clustered_replicates, percentile_intervals
from framing.evaluation.quality import score_frames
from framing.labelling import Labels, read_labels

BOOK = Codebook.load("china-russia")


def make_labels(rows):
    """Labels from (outlet, story, cooperation, anti_western, economic[, boilerplate])."""
    columns = {
        "sentence_id": [f"s{i}" for i in range(len(rows))],
        "article_id": [row[1] for row in rows],
        "text": [f"Sentence {i}." for i in range(len(rows))],
        "outlet": [row[0] for row in rows],
        "story": [row[1] for row in rows],
        "date": ["2024-05-06"] * len(rows),
        "boilerplate": [bool(row[5]) if len(row) > 5 else False for row in rows],
    }
    for i, name in enumerate(BOOK.frame_names):
        columns[name] = [int(row[2 + i]) for row in rows]
        columns[f"p_{name}"] = [float(row[2 + i]) for row in rows]
    return Labels(pa.table(columns), BOOK, "sentence_id", {}, frozenset(), frozenset())


def test_precision_recall_and_f1_by_hand():
    predicted = np.array([[1, 0], [1, 0], [0, 0], [1, 1]], dtype=bool)
    actual = np.array([[1, 0], [0, 0], [1, 0], [1, 0]], dtype=bool)
    (one, two), macro = score_frames(["a", "b"], predicted, actual, ["x", "x", "y", "y"])
    assert (one.precision.value, one.recall.value, one.f1.value) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert (one.positives, one.predicted) == (3, 3)
    assert two.precision.value == 0
    assert np.isnan(two.recall.value)
    assert macro.value == pytest.approx(1 / 3)


def test_a_frame_that_nobody_has_does_not_count_in_the_mean():
    actual = np.array([[1, 0], [0, 0]], dtype=bool)
    (one, two), macro = score_frames(["a", "b"], actual, actual, ["x", "y"])
    assert (one.f1.value, macro.value) == (1, 1)
    assert np.isnan(two.f1.value)


@given(hnp.arrays(bool, (24, 3)), hnp.arrays(bool, (24, 3)))
def test_scores_match_scikit_learn(predicted, actual):
    from sklearn.metrics import f1_score, precision_score, recall_score

    frames, _ = score_frames(["a", "b", "c"], predicted, actual, [str(i // 4) for i in range(24)])
    for i, frame in enumerate(frames):
        pairs = ((frame.precision, precision_score), (frame.recall, recall_score), (frame.f1, f1_score))
        for ours, theirs in pairs:
            assert np.nan_to_num(ours.value) == pytest.approx(theirs(actual[:, i], predicted[:, i], zero_division=0))
            if ours.has_limits:
                assert ours.low <= ours.high


def test_intervals_cover_and_widen_with_clustering():
    """Clusters that agree within carry less information than as many single sentences."""
    rng = np.random.default_rng(0)
    by_cluster = np.repeat(rng.random(40) < 0.4, 10).astype(float)
    single = np.column_stack([by_cluster, np.ones(400)])
    grouped = single.reshape(40, 10, 2).sum(axis=1)
    (narrow,) = percentile_intervals(clustered_replicates(single, lambda s: s[:, :1] / s[:, 1:]), len(single))
    (wide,) = percentile_intervals(clustered_replicates(grouped, lambda s: s[:, :1] / s[:, 1:]), len(grouped))
    assert narrow.value == wide.value
    assert wide.high - wide.low > 2.5 * (narrow.high - narrow.low)


def test_few_clusters_have_no_limits():
    counts = np.array([[3.0, 10.0], [5.0, 10.0]])
    (only,) = percentile_intervals(clustered_replicates(counts, lambda s: s[:, :1] / s[:, 1:]), len(counts))
    assert only.value == 0.4
    assert not only.has_limits


def seed_labels_total(folder):
    return json.loads((folder / "framing.json").read_text())["sentences"]


def test_evaluation_leaves_out_what_the_model_saw(seed_labels, seed_training):
    result = evaluate(seed_labels, SEEDS / "annotations.jsonl")
    assert (result.n_unlabelled, result.n_seen + result.n_sentences) == (0, seed_labels_total(seed_labels))
    assert result.n_sentences <= seed_training.n_test
    everything = evaluate(seed_labels, SEEDS / "annotations.jsonl", include_seen=True)
    assert everything.n_seen == 0
    assert everything.n_sentences > result.n_sentences
    by_hand = {score.frame: score.f1 for score in seed_training.scores}
    for quality in result.frames:
        assert quality.f1.low < by_hand[quality.frame] < quality.f1.high


def test_gold_that_was_all_seen_or_is_unknown_is_refused(tmp_path, seed_labels, seed_training):
    split = [json.loads(line) for line in (seed_training.folder / "split.jsonl").read_text().splitlines()]
    seen = {row["sentence_id"] for row in split if row["part"] == "train"}
    rows = [json.loads(line) for line in (SEEDS / "annotations.jsonl").read_text().splitlines()]
    gold = tmp_path / "gold.jsonl"
    gold.write_text("".join(json.dumps(row) + "\n" for row in rows if row["sentence_id"] in seen))
    with pytest.raises(FramingError, match=r"all \d+ labelled gold sentences were seen in training"):
        evaluate(seed_labels, gold)
    gold.write_text('{"sentence_id": "other#1", "frames": [], "text": "x"}\n')
    with pytest.raises(FramingError, match="none of the 1 gold sentences is among the labels"):
        evaluate(seed_labels, gold)


def test_a_table_needs_its_model_or_codebook(tmp_path):
    (tmp_path / "t.csv").write_text("sentence_id,p_economic,economic\ns,0.5,1\n")
    with pytest.raises(FramingError, match="a table does not say its codebook; add --model"):
        read_labels(tmp_path / "t.csv")
    with pytest.raises(FramingError, match="no column 'p_cooperation'"):
        read_labels(tmp_path / "t.csv", codebook="china-russia")


def test_shares_by_hand_without_boilerplate():
    rows = [("A", f"a{i}", i % 2, 0, 1) for i in range(10)] + [("A", "a0", 1, 1, 1, True)]
    rows += [("B", f"b{i}", 0, 1, i < 2) for i in range(8)]
    comparison = compare_shares(make_labels(rows))
    assert comparison.estimator == "uncorrected"
    shares = {(s.group, s.frame): s.share.value for s in comparison.shares}
    assert shares["A", "cooperation"] == 0.5
    assert shares["B", "cooperation"] == 0
    assert shares["B", "economic"] == 0.25
    assert [(g.name, g.n_sentences, g.n_boilerplate, g.n_stories) for g in comparison.groups] == [
        ("A", 10, 1, 10),
        ("B", 8, 0, 8),
    ]
    (difference,) = [d for d in comparison.differences if d.frame == "economic"]
    assert (difference.a, difference.b, difference.difference.value) == ("A", "B", 0.75)
    assert difference.difference.excludes_zero


def test_groups_with_few_stories_prove_nothing():
    rows = [("A", "a", 1, 0, 0)] * 9 + [("B", "b", 0, 0, 0)] * 9
    rows += [("C", f"c{i}", i % 2, 0, 0) for i in range(20)]
    comparison = compare_shares(make_labels(rows))
    assert not comparison.share_of("A", "cooperation").share.has_limits
    assert comparison.share_of("C", "cooperation").share.has_limits
    assert not any(d.difference.has_limits for d in comparison.differences)


def test_a_share_of_nothing_or_all_has_no_limits():
    rows = [(outlet, f"{outlet}{i}", outlet == "A", i % 2, 0) for outlet in "AB" for i in range(8)]
    comparison = compare_shares(make_labels(rows))
    assert not comparison.share_of("A", "cooperation").share.has_limits
    assert not comparison.share_of("B", "cooperation").share.has_limits
    assert comparison.share_of("B", "anti_western").share.has_limits


def test_sentences_without_a_group_are_left_out_and_counted(tmp_path):
    rows = [("A", "s1", 1, 0, 0), ("B", "s2", 0, 0, 0), ("", "s3", 1, 1, 1), ("", "s4", 1, 1, 1)]
    labels = make_labels(rows)
    comparison = compare_shares(labels)
    assert [group.name for group in comparison.groups] == ["A", "B"]
    assert (comparison.n_omitted, comparison.n_stories) == (2, 2)
    page = compare(labels, tmp_path / "report").page.read_text()
    assert "2 sentences have no value of outlet and are left out" in page
    assert "Sentence 2." not in page


def test_odd_data_make_a_page_without_nan(tmp_path):
    """A group of boilerplate alone, a frame nobody uses, a group with one story."""
    rows = [("A", f"a{i}", i % 2, 0, 1) for i in range(8)] + [("B", "b", 1, 0, 1), ("Z", "z", 1, 1, 1, True)]
    report = compare(make_labels(rows), tmp_path / "report")
    page = report.page.read_text()
    assert not re.search(r"\bnan\b", page, re.IGNORECASE)
    assert "Anti-Western has the same share everywhere, 0% of the sentences" in page
    assert [group.name for group in report.comparison.groups] == ["A", "B"]
    json.loads((report.folder / "results.json").read_text(), parse_constant=pytest.fail)


def test_a_labelled_table_is_compared_and_evaluated_like_a_corpus(tmp_path, seed_labels, seed_training):
    whole = read_labels(seed_labels)
    table = whole.table.drop_columns(["start", "end"])
    with (tmp_path / "labels.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, table.column_names)
        writer.writeheader()
        writer.writerows(table.to_pylist())
    labels = read_labels(tmp_path / "labels.csv", model=seed_training.folder)
    assert labels.content.sum() == whole.content.sum() < len(whole.table)
    one, two = (compare_shares(source, by="group") for source in (labels, whole))
    assert one.shares == two.shares
    table_scores, corpus_scores = (evaluate(source, SEEDS / "annotations.jsonl") for source in (labels, whole))
    assert table_scores.frames == corpus_scores.frames


def test_labels_without_story_or_article_are_refused():
    labels = make_labels([("A", "s", 1, 0, 0), ("B", "t", 1, 0, 0)])
    bare = Labels(labels.table.drop_columns(["story", "article_id"]), BOOK, "sentence_id", {}, frozenset(), frozenset())
    with pytest.raises(FramingError, match="neither a story nor an article_id column"):
        compare_shares(bare)


def test_a_story_that_outlets_share_does_not_make_them_differ():
    """Both outlets print the same stories: the shares vary from resample to resample, their difference cannot."""
    rows = [(outlet, f"s{i}", i % 3 == 0, 0, 0) for i in range(12) for outlet in ("A", "B")]
    (difference,) = [d for d in compare_shares(make_labels(rows)).differences if d.frame == "cooperation"]
    assert (difference.difference.low, difference.difference.value, difference.difference.high) == (0, 0, 0)


@given(st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from("stuvw"), *[st.integers(0, 1)] * 3), min_size=4))
def test_shares_are_between_zero_and_one_and_differences_are_differences(rows):
    if len({row[0] for row in rows}) < 2:
        return
    comparison = compare_shares(make_labels(rows))
    for difference in comparison.differences:
        a, b = (comparison.share_of(group, difference.frame).share.value for group in (difference.a, difference.b))
        assert 0 <= a <= 1
        assert difference.difference.value == pytest.approx(a - b)


@pytest.mark.parametrize(
    ("rows", "by", "message"),
    [
        ([("A", "s", 1, 0, 0)], "outlet", r"column 'outlet' has 1 group\(s\) with sentences, at least two are needed"),
        ([("A", "s", 1, 0, 0)], "country", "no column 'country' among the labels; found sentence_id"),
    ],
)
def test_nothing_to_compare_is_refused(rows, by, message):
    with pytest.raises(FramingError, match=message):
        compare_shares(make_labels(rows), by=by)


@pytest.fixture(scope="module")
def report(seed_labels, tmp_path_factory):
    return compare(seed_labels, tmp_path_factory.mktemp("r") / "report", gold=SEEDS / "annotations.jsonl")


def test_tables_and_results_hold_the_numbers_of_the_page(report):
    with (report.folder / "tables" / "shares.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 8 * 3
    results = json.loads((report.folder / "results.json").read_text())["comparison"]
    assert [float(row["estimate"]) for row in rows] == pytest.approx(
        [share["share"]["value"] for share in results["shares"]], abs=1e-6
    )
    page = report.page.read_text()
    for row in rows:
        cell = f'>{100 * float(row["estimate"]):.0f}% <span class="range">({100 * float(row["low"]):.0f} to'
        assert cell in page
    assert {path.name for path in (report.folder / "tables").iterdir()} == {
        "shares.csv", "differences.csv", "data.csv", "quality.csv",
    }  # fmt: skip


def test_the_report_says_what_it_is_not(report):
    page = report.page.read_text()
    few = [group.name for group in report.comparison.groups if group.n_stories < 15]
    assert len(few) == 8
    assert f"Fewer than 15 stories, so that intervals are too narrow: {', '.join(few)}.".replace("&", "&amp;") in page
    assert f"macro-F1 was {report.evaluation.macro_f1.value:.2f}" in page


def test_periods_that_do_not_overlap_are_named(tmp_path):
    rows = [(outlet, f"{outlet}{i}", i % 2, 0, 0) for outlet in ("A", "B") for i in range(4)]
    labels = make_labels(rows)
    dates = ["2020-01-01"] * 4 + ["2024-01-01"] * 4
    table = labels.table.set_column(labels.table.column_names.index("date"), "date", [dates])
    page = compare(
        Labels(table, BOOK, "sentence_id", {}, frozenset(), frozenset()), tmp_path / "report"
    ).page.read_text()
    assert "Periods that do not overlap" in page
    assert "A (2020-01-01 to 2020-01-01) and B (2024-01-01 to 2024-01-01)" in page
