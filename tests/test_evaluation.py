"""Evaluation and comparison: numbers by hand, invariants, and the words and tables of the report."""

import csv
import json
import re
import shutil

import numpy as np
import pyarrow.csv as pacsv
import pytest
from conftest import SEEDS
from hypothesis import given
from hypothesis.extra import numpy as hnp
from tables import BOOK

from framing import FrameClassifier, FramingError, evaluate, ingest, label
from framing.bootstrap import clustered_replicates, percentile_intervals
from framing.classifier import load_classifier
from framing.classifier.record import split_rows
from framing.cli.quality import print_evaluation
from framing.evaluation import Evaluation, compare_shares, gather
from framing.evaluation.macro_f1 import macro_f1s
from framing.evaluation.quality import score_frames
from framing.labelling import read_labels


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


def test_a_rare_frame_has_scores_but_no_limits():
    """In one story of 40, two sentences with it and one of them found: all resamples say the same, or nothing."""
    stories = np.repeat(np.arange(40), 3)
    actual, predicted = np.zeros((2, 120, 1), dtype=bool)
    actual[:2], predicted[:1] = True, True
    probabilities = np.where(actual, 0.9, 0.1)
    (rare,), _ = score_frames(["a"], predicted, actual, stories, probabilities=probabilities)
    assert (rare.precision.value, rare.recall.value, rare.average_precision.value) == (1, 0.5, 1)
    for interval in (rare.precision, rare.recall, rare.f1, rare.average_precision, rare.brier, rare.ece):
        assert not interval.has_limits


def test_precision_is_about_the_stories_that_are_labelled_and_recall_about_those_that_are_coded():
    stories = np.repeat(np.arange(40), 3)
    actual, predicted = np.zeros((2, 120, 1), dtype=bool)
    actual[:6], predicted[4:60:2] = True, True  # 2 stories, 19 stories
    (frame,), _ = score_frames(["a"], predicted, actual, stories)
    assert frame.precision.has_limits
    assert not frame.recall.has_limits
    (turned,), _ = score_frames(["a"], actual, predicted, stories)
    assert turned.recall.has_limits
    assert not turned.precision.has_limits


def test_scores_of_0_and_1_have_exact_limits():
    """Seven of seven, a story each: resamples all say 1, the exact interval says .59 to 1 (Clopper and Pearson)."""
    actual = np.arange(40)[:, None] < 7
    (right,), _ = score_frames(["a"], actual, actual, np.arange(40))
    for score, low in ((right.precision, 0.590), (right.recall, 0.590), (right.f1, 2 * 0.590 / 1.590)):
        assert (score.value, score.low, score.high) == pytest.approx((1, low, 1), abs=0.001)
    (wrong,), _ = score_frames(["a"], np.roll(actual, 7), actual, np.arange(40))
    assert (wrong.recall.low, wrong.recall.high) == pytest.approx((0, 0.410), abs=0.001)
    assert wrong.f1.high == pytest.approx(2 * 0.232 / 1.232, abs=0.001)  # of fourteen, 0 to .232
    (clustered,), _ = score_frames(["a"], actual, actual, np.arange(40) // 3)
    assert clustered.recall.low < right.recall.low
    (alone,), _ = score_frames(["a"], actual, actual, np.arange(40) // 7)
    assert not alone.recall.has_limits  # of one story


def test_limits_are_left_out_where_many_replicates_are_undefined():
    drawn = np.linspace(0, 1, 101)[:, None].repeat(2, axis=1)
    drawn[1:6, 0] = np.nan  # 5 of 100
    drawn[1:7, 1] = np.nan
    some, many = percentile_intervals(drawn, 40)
    assert some.has_limits
    assert not many.has_limits


def with_a_rare_frame():
    """40 stories: frames a and b are told well, c is in one story and never found."""
    rng, stories = np.random.default_rng(0), np.repeat(np.arange(40), 5)
    actual = rng.random((200, 3)) < 0.3
    predicted = actual ^ (rng.random((200, 3)) < 0.04)
    actual[:, 2], predicted[:, 2] = np.arange(200) < 5, False
    return predicted, actual, stories


def test_the_mean_has_no_limits_where_resamples_lack_one_of_its_frames():
    """A third of the resamples lack c; their mean, of a and b alone, would pass for one of all three."""
    predicted, actual, stories = with_a_rare_frame()
    (a, b, c), macro = score_frames(["a", "b", "c"], predicted, actual, stories)
    assert macro.value == pytest.approx((a.f1.value + b.f1.value + 0) / 3)
    assert (a.f1.has_limits, b.f1.has_limits, c.f1.has_limits, macro.has_limits) == (True, True, False, False)
    _, of_two = score_frames(["a", "b"], predicted[:, :2], actual[:, :2], stories)
    assert of_two.has_limits
    nobody = np.zeros((200, 1), dtype=bool)
    _, with_nobodys = score_frames(
        ["a", "b", "d"], np.hstack([predicted[:, :2], nobody]), np.hstack([actual[:, :2], nobody]), stories
    )
    assert with_nobodys == of_two


def test_means_of_several_predictions_follow_the_same_rule():
    predicted, actual, stories = with_a_rare_frame()
    own, everything, difference = macro_f1s([predicted, np.ones_like(predicted)], actual, stories, 0.95)
    assert not own.has_limits
    assert everything.has_limits  # c is given to every sentence, so its F1 is defined in every resample
    assert difference.value == pytest.approx(own.value - everything.value)
    assert not difference.has_limits


def test_the_terminal_says_why_the_mean_has_no_interval(capsys):
    predicted, actual, stories = with_a_rare_frame()
    frames, macro = score_frames(["a", "b", "c"], predicted, actual, stories)
    print_evaluation(
        Evaluation(frames, macro, 200, 40, n_seen=0, n_unlabelled=0, weighted=False, level=0.95, codebook={})
    )
    said = capsys.readouterr().out
    assert re.search(rf"^macro +{macro.value:.2f}$", said, re.M)
    assert "in brackets: 95% intervals" in said
    assert "nor of macro-F1 where many resamples lack one of the frames" in said


def test_ids_with_space_around_them_are_found(tmp_path):
    rows = [{"sentence_id": f"s{i} ", "text": f"Trade {i}.", "story": f"t{i}"} for i in range(12)]
    labels, gold = tmp_path / "labels.jsonl", tmp_path / "gold.jsonl"
    labels.write_text("".join(json.dumps(row | dict.fromkeys(BOOK.frame_names, 0)) + "\n" for row in rows))
    gold.write_text("".join(json.dumps(row | {"frames": []}) + "\n" for row in rows))
    assert evaluate(labels, gold, codebook="china-russia").n_sentences == 12


def seed_labels_total(folder):
    return json.loads((folder / "framing.json").read_text())["sentences"]


def test_evaluation_leaves_out_what_the_model_saw(seed_labels, seed_training):
    result = evaluate(seed_labels, SEEDS / "annotations.jsonl")
    assert (result.n_unlabelled, result.n_seen + result.n_sentences) == (0, seed_labels_total(seed_labels))
    assert result.n_sentences <= seed_training.n_test
    everything = evaluate(seed_labels, SEEDS / "annotations.jsonl", include_seen=True)
    assert everything.n_seen == 0
    assert everything.n_sentences > result.n_sentences
    assert (everything.stands_for, result.stands_for) == (
        "the corpus",
        "the part of the corpus that the model has not seen",
    )
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


def test_without_the_record_of_training_nothing_is_taken_for_unseen(tmp_path, seed_labels, seed_training):
    model, labels = (shutil.copytree(f, tmp_path / f.name) for f in (seed_training.folder, seed_labels))
    (model / "split.jsonl").unlink()
    (labels / "split.jsonl").unlink()
    (tmp_path / "labels.csv").write_text("sentence_id\n")
    lost = r"split\.jsonl is missing, which says what the model has seen; copy the whole folder again$"
    with pytest.raises(FramingError, match=lost):
        load_classifier(model)
    with pytest.raises(FramingError, match=lost):
        evaluate(labels, SEEDS / "annotations.jsonl")
    with pytest.raises(FramingError, match=lost):
        evaluate(tmp_path / "labels.csv", SEEDS / "annotations.jsonl", model=model)


def test_where_it_is_not_known_what_the_model_learned_scores_say_so(tmp_path, seed_labels, seed_training, capsys):
    pacsv.write_csv(read_labels(seed_labels).table, tmp_path / "labels.csv")
    for source in ({"codebook": "china-russia"}, {"model": seed_training.folder}):
        result = evaluate(tmp_path / "labels.csv", SEEDS / "annotations.jsonl", **source)
        print_evaluation(result)
        told = "what the model learned from is not known" in capsys.readouterr().out
        assert result.learned_unknown == told == ("codebook" in source)


def test_stories_of_the_training_are_known_again_in_a_corpus_that_has_grown(tmp_path, seed_corpus, small_model):
    """Every second sentence of every second story was learned; the others of these stories are not new."""
    corpus = seed_corpus.corpus
    sentences = corpus.sentences(["sentence_id", "text", "story"]).to_pylist()
    stories = set(sorted({row["story"] for row in sentences})[::2])
    learned = [row for row in sentences if row["story"] in stories][::2]
    classifier = FrameClassifier.from_pretrained(small_model)
    texts, names = [row["text"] for row in learned], [row["story"] for row in learned]
    classifier.record = split_rows(texts, names, ["train"] * len(learned), corpus=corpus.manifest["sha256"])
    article = {"id": "new", "outlet": "Daily Bugler", "date": "2024-05-01", "text": "Nobody had told this before."}
    (tmp_path / "new.jsonl").write_text(json.dumps(article))
    grown = ingest([SEEDS / "articles", tmp_path / "new.jsonl"], tmp_path / "grown", outlet_table=SEEDS / "outlets.csv")
    labels = read_labels(label(grown.corpus.folder, classifier, tmp_path / "labels").output)
    assert labels.seen_stories == stories
    result = evaluate(labels, SEEDS / "annotations.jsonl")
    new = [row for row in sentences if row["story"] not in stories and row["text"] not in texts]
    assert (result.n_sentences, result.n_seen) == (len(new), len(sentences) - len(new))


def test_a_record_of_training_that_was_cut_short_is_refused(tmp_path, seed_labels, seed_training):
    for folder in (seed_training.folder, seed_labels):
        shutil.copytree(folder, tmp_path / folder.name)
        rows = (folder / "split.jsonl").read_text().splitlines(keepends=True)
        (tmp_path / folder.name / "split.jsonl").write_text("".join(rows[:1000]))
    short = rf"split\.jsonl: 1,000 rows, expected {len(rows):,}, the sentences .*; copy the whole folder again$"
    with pytest.raises(FramingError, match=short):
        load_classifier(tmp_path / seed_training.folder.name)
    with pytest.raises(FramingError, match=short):
        read_labels(tmp_path / seed_labels.name)


def test_a_table_needs_its_model_or_codebook(tmp_path):
    (tmp_path / "t.csv").write_text("sentence_id,p_economic,economic\ns,0.5,1\n")
    with pytest.raises(FramingError, match="a table does not say its codebook; add --model"):
        read_labels(tmp_path / "t.csv")
    with pytest.raises(FramingError, match="no column 'p_cooperation'"):
        read_labels(tmp_path / "t.csv", codebook="china-russia")


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("economic", "0.5", "expected 0 or 1, found '0.5'; a mean of several coders is no label"),
        ("economic", "99", "expected a number from 0 to 1, found '99'"),
        ("economic", "nan", "expected a number from 0 to 1, found 'nan'"),
        ("economic", "", "expected a number from 0 to 1, found ''"),
        ("p_economic", "40", "expected a number from 0 to 1, found '40'"),
        ("boilerplate", "2", "expected a number from 0 to 1, found '2'"),
    ],
)
def test_a_table_of_other_things_than_labels_is_refused(tmp_path, column, value, expected):
    names = ["sentence_id", *(form for name in BOOK.frame_names for form in (name, f"p_{name}")), "boilerplate"]
    row = dict.fromkeys(names, "1")
    with (tmp_path / "t.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, names)
        writer.writeheader()
        writer.writerows([row, row | {"sentence_id": "2", column: value}])
    with pytest.raises(FramingError, match=rf"t\.csv:3: column '{column}': {re.escape(expected)}"):
        read_labels(tmp_path / "t.csv", codebook="china-russia")


def test_a_labelled_table_with_a_broken_row_is_refused_as_shares_of_the_rest_are_others(tmp_path):
    row = json.dumps({"sentence_id": "s1"} | dict.fromkeys(BOOK.frame_names, 1))
    (tmp_path / "t.jsonl").write_text(f"{row}\n{row[:20]}\n")
    with pytest.raises(FramingError, match=r"t\.jsonl:2: .*; of a labelled table every row is needed"):
        read_labels(tmp_path / "t.jsonl", codebook="china-russia")


def test_a_labelled_table_is_compared_and_evaluated_like_a_corpus(tmp_path, seed_labels, seed_training):
    whole = read_labels(seed_labels)
    table = whole.table.drop_columns(["start", "end"])
    with (tmp_path / "labels.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, table.column_names)
        writer.writeheader()
        writer.writerows(table.to_pylist())
    labels = read_labels(tmp_path / "labels.csv", model=seed_training.folder)
    assert labels.content.sum() == whole.content.sum() < len(whole.table)
    one, two = (compare_shares(gather(source, by="group")) for source in (labels, whole))
    assert one.main.shares == two.main.shares
    table_scores, corpus_scores = (evaluate(source, SEEDS / "annotations.jsonl") for source in (labels, whole))
    assert table_scores.frames == corpus_scores.frames
