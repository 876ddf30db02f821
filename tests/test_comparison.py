"""Comparing groups: numbers by hand, invariants, what gold repairs, and what is refused."""

import json
from dataclasses import replace

import numpy as np
import pytest
from conftest import SEEDS
from hypothesis import given
from hypothesis import strategies as st
from tables import BOOK, make_labels, write_gold
from typer.testing import CliRunner

from framing import FrameClassifier, FramingError, compare, evaluate, ingest, label, sample
from framing.artefact import sha256_text
from framing.cli.app import app
from framing.cli.quality import print_evaluation
from framing.evaluation import compare_shares, error_rates, fit_trends, gather
from framing.evaluation.clustered import Grouping, weighted_means
from framing.evaluation.trends import slopes
from framing.labelling import Labels
from framing.report import compare_markdown


def compared(labels, *gold, **settings):
    return compare_shares(gather(labels, *gold, **settings))


def test_shares_by_hand_without_boilerplate():
    rows = [("A", f"a{i}", i % 2, 0, 1) for i in range(10)] + [("A", "a0", 1, 1, 1, True)]
    rows += [("B", f"b{i}", 0, 1, i < 2) for i in range(8)]
    comparison = compared(make_labels(rows))
    assert comparison.estimator == "uncorrected"
    shares = {(s.group, s.frame): s.share.value for s in comparison.main.shares}
    assert shares["A", "cooperation"] == 0.5
    assert shares["B", "cooperation"] == 0
    assert shares["B", "economic"] == 0.25
    assert [(g.name, g.n_sentences, g.n_boilerplate, g.n_stories) for g in comparison.groups] == [
        ("A", 10, 1, 10),
        ("B", 8, 0, 8),
    ]
    (difference,) = [d for d in comparison.main.differences if d.frame == "economic"]
    assert (difference.a, difference.b, difference.difference.value) == ("A", "B", 0.75)
    assert difference.difference.excludes_zero
    assert np.isnan(difference.p)  # counted labels prove nothing


def test_one_story_proves_nothing():
    rows = [("A", "a", i % 2, 0, 0) for i in range(9)] + [("C", f"c{i}", i % 2, 0, 0) for i in range(20)]
    comparison = compared(make_labels(rows))
    assert not comparison.main.share_of("A", "cooperation").share.has_limits
    assert comparison.main.share_of("C", "cooperation").share.has_limits
    assert comparison.main.differences == []


def test_a_share_of_nothing_or_all_has_no_limits():
    rows = [(outlet, f"{outlet}{i}", outlet == "A", i % 2, 0) for outlet in "AB" for i in range(8)]
    main = compared(make_labels(rows)).main
    assert not main.share_of("A", "cooperation").share.has_limits
    assert not main.share_of("B", "cooperation").share.has_limits
    assert main.share_of("B", "anti_western").share.has_limits


def test_intervals_are_wider_when_the_sentences_of_a_story_are_alike():
    other = [("B", f"b{i}", i % 2, 0, 0) for i in range(9)]
    alike = [("A", f"a{i // 4}", (i // 4) % 2, 0, 0) for i in range(40)]
    mixed = [("A", f"a{i // 4}", i % 2, 0, 0) for i in range(40)]
    one, two = (compared(make_labels(rows + other)).main.share_of("A", "cooperation").share for rows in (alike, mixed))
    assert one.value == two.value == 0.5
    assert one.high - one.low > 0.3
    assert two.high - two.low < 1e-9


def test_only_what_is_asked_for_is_compared():
    rows = [(outlet, f"{outlet}{i}", i < 3, 0, 0) for outlet in "AB" for i in range(6)]
    labels = make_labels(rows, part=["headline" if i % 6 < 4 else "body" for i in range(12)])
    comparison = compared(labels, where={"part": "headline"})
    assert (comparison.n_sentences, comparison.where) == (8, {"part": "headline"})
    assert comparison.main.share_of("A", "cooperation").share.value == 0.75
    with pytest.raises(FramingError, match="column 'part' has no value 'title'; it has body, headline"):
        compared(labels, where={"part": "title"})


def test_a_copy_counts_once_where_each_story_does():
    """B reprints A's story; without copies B is left with its own."""
    rows = [("A", "shared", 1, 0, 0)] * 2 + [("A", "a", 0, 0, 0)] * 2
    rows += [("B", "shared", 1, 0, 0)] * 2 + [("B", "b", 0, 0, 0)] * 2 + [("B", "c", 0, 0, 0)] * 2
    labels = make_labels(
        rows,
        article_id=["a1", "a1", "a2", "a2", "b1", "b1", "b2", "b2", "b3", "b3"],
        date=["2024-01-01"] * 4 + ["2024-01-02"] * 6,
    )
    comparison = compared(labels)
    once = next(variant for variant in comparison.variants if variant.name == "each story once")
    assert comparison.main.share_of("B", "cooperation").share.value == pytest.approx(1 / 3)
    assert once.share_of("B", "cooperation").share.value == 0
    assert once.share_of("A", "cooperation").share.value == 0.5
    assert [group.n_shared_stories for group in comparison.groups] == [1, 1]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("dates", "origin", "first"),
    [
        (("2024-01-01", "2024-01-02"), "", "A"),
        (("2024-01-01", "2024-01"), "", "B"),
        (("20240102", "20240101"), "", "B"),
        (("", "2024-01-02"), "", "B"),
        (("2024-01-01", "2024-01-02"), "B", "B"),
        (("2024-01-01", "2024-01-01"), "B", "B"),
    ],
)
def test_a_story_is_that_of_who_told_it_first_in_any_order_of_the_files(dates, origin, first, turned):
    rows = [("A", "shared", 1, 0, 0), ("B", "shared", 1, 0, 0), ("A", "a", 0, 0, 0), ("B", "b", 0, 0, 0)]
    columns = {"article_id": ["a1", "b1", "a2", "b2"], "date": [*dates, "2024-05-06", "2024-05-06"],
               "origin": [origin, origin, "", ""]}  # fmt: skip
    if turned:
        rows, columns = rows[::-1], {name: values[::-1] for name, values in columns.items()}
    comparison = compared(make_labels(rows, **columns))
    once = next(variant for variant in comparison.variants if variant.name == "each story once")
    assert {name: once.share_of(name, "cooperation").share.value for name in "AB"} == {
        name: 0.5 if name == first else 0 for name in "AB"
    }
    assert comparison.n_level == 0


def test_of_stories_that_are_level_one_article_counts_in_any_order_and_the_report_says_how_many():
    n = 40
    rows = [(outlet, f"s{i}", 1, 0, 0) for i in range(n) for outlet in "AB"]
    rows += [("A", "own", 0, 0, 0), ("B", "alone", 0, 0, 0)]
    articles = [f"{outlet}:{story}" for outlet, story, *_ in rows]
    counted = []
    for order in (1, -1):
        labels = make_labels(rows[::order], article_id=articles[::order])
        comparison = compared(labels)
        once = next(variant for variant in comparison.variants if variant.name == "each story once")
        counted.append({name: once.share_of(name, "cooperation").n_labelled for name in "AB"})
        assert comparison.n_level == n
    assert counted[0] == counted[1]
    assert sum(counted[0].values()) == n
    assert min(counted[0].values()) > n / 4, "neither outlet gets them all"
    assert f"Of {n} shared stories neither date nor credit says which of the outlets told it first" in compare_markdown(
        labels
    )


def test_each_article_equally_is_the_mean_of_the_articles():
    rows = [("A", "long", 1, 0, 0)] * 8 + [("A", "short", 0, 0, 0)] * 2 + [("B", "b", 1, 0, 0)] * 3
    (equal,) = compared(make_labels(rows)).variants
    assert equal.name == "each article equally"
    assert equal.share_of("A", "cooperation").share.value == pytest.approx(0.5)


def test_an_article_that_is_in_several_groups_counts_the_same_in_each(tmp_path):
    """Long articles: a headline with the frame and nine sentences, three with it. Short: a headline and a sentence."""
    bodies = {f"long{i}": [1, 1, 1, 0, 0, 0, 0, 0, 0] for i in range(3)} | {f"short{i}": [0] for i in range(3)}
    told = [
        (part, name, yes)
        for name, body in bodies.items()
        for part, yes in [("headline", name.startswith("long")), *(("body", yes) for yes in body)]
    ]
    labels = make_labels([("A", name, yes, 0, 0) for _, name, yes in told], part=[part for part, *_ in told])
    comparison = compared(labels, by="part")
    (equal,) = comparison.variants
    assert equal.share_of("headline", "cooperation").share.value == pytest.approx(1 / 2)
    assert equal.share_of("body", "cooperation").share.value == pytest.approx((1 / 3 + 0) / 2)
    page = compare(labels, tmp_path / "report", by="part").page.read_text(encoding="utf-8")
    assert "2 parts · 6 articles" in page


def test_without_ids_of_articles_what_an_outlet_has_of_a_story_is_an_article():
    rows = [("A", f"s{i}", 1, 0, 0) for i in range(4) for _ in range(3)] + [("B", f"s{i}", 0, 0, 0) for i in range(4)]
    rows += [("B", "own", 1, 0, 0)] * 4
    labels = make_labels(rows, date=["2024-01-01"] * 12 + ["2024-01-02"] * 8)
    nameless = replace(labels, table=labels.table.drop_columns(["article_id"]))
    named = replace(labels, table=labels.table.drop_columns(["article_id"]).append_column(
        "article_id", [[f"{outlet}:{story}" for outlet, story, *_ in rows]]
    ))  # fmt: skip
    shares = [
        {(v.name, s.group, s.frame): s.share.value for v in compared(x).variants for s in v.shares}
        for x in (nameless, named)
    ]
    assert shares[0] == shares[1]
    assert shares[0]["each story once", "B", "cooperation"] == 1
    assert shares[0]["each article equally", "B", "cooperation"] == pytest.approx(1 / 5)


def test_space_around_a_name_is_no_part_of_it_and_capitals_are_told():
    names = ["Harbour Echo", "Harbour Echo ", " Harbour Echo", "HARBOUR ECHO", "Vellmar Post"]
    labels = make_labels([(name, f"{name.strip()}{i}", i % 2, 0, 0) for name in names for i in range(6)])
    comparison = compared(labels)
    assert [(g.name, g.n_sentences) for g in comparison.groups] == [
        ("HARBOUR ECHO", 6),
        ("Harbour Echo", 18),
        ("Vellmar Post", 6),
    ]
    text = compare_markdown(labels)
    assert "Names that differ only in case or spaces count as different outlets: HARBOUR ECHO, Harbour Echo." in text


def test_what_is_mostly_or_wholly_set_apart_is_named():
    rows = [("A", f"a{i}", i % 2, 0, 0) for i in range(6)] + [("B", f"b{i}", 0, 0, 0, i > 1) for i in range(8)]
    rows += [("C", "c", 0, 0, 0, True)] * 3
    comparison = compared(make_labels(rows))
    assert comparison.apart == ["C"]
    text = compare_markdown(make_labels(rows))
    assert "All sentences were set apart as boilerplate, so that nothing is compared, in C." in text
    assert "Most sentences were set apart as boilerplate, which shares do not count, in B (75% of 8 sentences)." in text
    assert "set apart" not in compare_markdown(make_labels(rows[:8]))
    with pytest.raises(FramingError, match="all sentences of C were set apart as boilerplate; look at these"):
        compared(make_labels([*rows[:6], *rows[-3:]]))


@given(st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from("stuvw"), *[st.integers(0, 1)] * 3), min_size=4))
def test_shares_are_between_zero_and_one_and_differences_are_differences(rows):
    if len({row[0] for row in rows}) < 2:
        return
    main = compared(make_labels(rows)).main
    for difference in main.differences:
        a, b = (main.share_of(group, difference.frame).share.value for group in (difference.a, difference.b))
        assert 0 <= a <= 1
        assert difference.difference.value == pytest.approx(a - b)


@pytest.mark.parametrize(
    ("rows", "by", "message"),
    [
        ([("A", "s", 1, 0, 0)], "outlet", r"column 'outlet' has one group with sentences, at least two are needed"),
        ([("A", "s", 1, 0, 0)], "country", "no column 'country' among the labels; found sentence_id.*--corpus with"),
    ],
)
def test_nothing_to_compare_is_refused(rows, by, message):
    with pytest.raises(FramingError, match=message):
        compared(make_labels(rows), by=by)


def test_where_a_question_leaves_one_group_it_is_the_question_that_is_named():
    labels = make_labels([("AB"[i % 2], f"s{i}", 1, 0, 0) for i in range(6)])
    with pytest.raises(
        FramingError, match=r"with sentences, where outlet is 'A', at least two are needed; ask for more"
    ):
        compared(labels, where={"outlet": "A"})


def test_columns_that_came_with_the_articles_can_be_compared_and_scored_by(tmp_path, small_model):
    rows = [
        {"outlet": "AB"[i % 2], "desk": ["home", "abroad"][i // 2 % 2], "title": f"Day {i}", "text": f"Trade rose {i}."}
        for i in range(24)
    ]
    source = tmp_path / "articles.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    corpus = ingest([source], tmp_path / "corpus").corpus
    classifier = FrameClassifier.from_pretrained(small_model)
    classifier.thresholds["boilerplate"] = 1.0  # all is content
    labels = label(corpus.folder, classifier, tmp_path / "labels", engine="torch").output
    sentences = corpus.sentences(["sentence_id", "text"]).to_pylist()
    gold = tmp_path / "gold.jsonl"
    gold.write_text("".join(json.dumps(row | {"frames": []}) + "\n" for row in sentences), encoding="utf-8")
    arguments = ["--by", "desk", "--corpus", corpus.folder]
    for command in (["compare", labels, "--format", "md"], ["evaluate", labels, gold]):
        done = CliRunner().invoke(app, [str(one) for one in (*command, *arguments)])
        assert done.exit_code == 0, done.output
        assert "abroad" in done.output
    other = ingest([source], tmp_path / "other", outlet="C").corpus
    done = CliRunner().invoke(app, ["compare", str(labels), "--corpus", str(other.folder), "--format", "md"])
    assert "not the corpus that was labelled" in done.stderr


def test_labels_without_story_or_article_are_refused():
    labels = make_labels([("A", "s", 1, 0, 0), ("B", "t", 1, 0, 0)])
    bare = Labels(labels.table.drop_columns(["story", "article_id"]), BOOK, "sentence_id", {}, frozenset(), frozenset())
    with pytest.raises(FramingError, match="neither a story nor an article_id column"):
        compared(bare)


# ---- with gold


def biased(tmp_path, n_stories=60, seed=0):
    """Two outlets with the same true share of .3; the classifier finds every third too many in B. A third is coded."""
    rng = np.random.default_rng(seed)
    truth = rng.random(2 * n_stories * 4) < 0.3
    outlet = np.repeat(["A", "B"], n_stories * 4)
    wrong = (outlet == "B") & ~truth & (rng.random(len(truth)) < 0.4)
    score = np.where(truth | wrong, 0.9, 0.1)
    story = [f"{o}{i // 4}" for i, o in enumerate(outlet)]
    labels = make_labels([(o, s, p, 0.1, 0.1) for o, s, p in zip(outlet, story, score, strict=True)])
    coded = {i: ["cooperation"] if truth[i] else [] for i in range(len(truth)) if (i // 4) % 3 == 0}
    return labels, write_gold(tmp_path / "gold.jsonl", coded, 1 / 3), truth, outlet


def test_gold_takes_out_a_bias_that_counting_takes_for_a_difference(tmp_path):
    labels, gold, truth, outlet = biased(tmp_path)
    counted = compared(labels).main
    (naive,) = [d for d in counted.differences if d.frame == "cooperation"]
    assert naive.difference.excludes_zero  # counting labels tells the two apart
    comparison = compared(labels, gold)
    assert comparison.corrected
    (difference,) = [d for d in comparison.main.differences if d.frame == "cooperation"]
    gap, true_gap = difference.difference, truth[outlet == "A"].mean() - truth[outlet == "B"].mean()
    assert difference.p_holm > 0.05
    assert gap.low < true_gap < gap.high
    for name in "AB":
        share = comparison.main.share_of(name, "cooperation")
        assert share.share.low < truth[outlet == name].mean() < share.share.high
        assert share.corpus.high - share.corpus.low < share.share.high - share.share.low
    assert comparison.main.share_of("B", "cooperation").naive > 0.45


def test_error_rates_differ_between_the_groups_and_are_tested(tmp_path):
    labels, gold, *_ = biased(tmp_path)
    (errors,) = error_rates(gather(labels, gold))
    a, b = errors.groups
    assert (a.specificity.value, a.sensitivity.value) == (1, 1)
    assert 0.8 < a.sensitivity.low < a.sensitivity.high == 1  # nobody errs, among so many
    assert b.specificity.low < 0.6 < b.specificity.high
    assert a.naive_bias.value == pytest.approx(0, abs=0.02)
    assert b.naive_bias.low < 0.28 < b.naive_bias.high
    assert errors.equal_specificity.p < 1e-3  # though A never errs, so that its own variance is zero
    assert errors.equal_sensitivity.p != errors.equal_sensitivity.p  # nobody errs: nothing to test
    assert errors.equal_sensitivity.n_groups == 2


def test_few_sentences_without_errors_are_no_evidence_that_error_rates_differ(tmp_path):
    """Twelve stories beside 150, one error in fifty in both: one test in twenty may find a difference."""
    rng = np.random.default_rng(5)
    rows = [(outlet, f"{outlet}{i}") for outlet, n in (("small", 12), ("large", 150)) for i in range(n) for _ in "123"]
    gold = write_gold(tmp_path / "gold.jsonl", {i: ["cooperation"] * (i % 9 == 0) for i in range(len(rows))}, 1)
    p = []
    for _ in range(40):
        said = [(o, s, (i % 9 == 0) or rng.random() < 0.02, 0, 0) for i, (o, s) in enumerate(rows)]
        (errors,) = error_rates(gather(make_labels(said), gold))
        p.append(errors.equal_specificity.p)
    assert sum(value < 0.05 for value in p) <= 6
    assert min(p) < 0.6  # which is not all it could say


def test_the_level_of_intervals_decides_nothing(tmp_path):
    """Few positives, so that intervals are widened."""
    coded = {i: ["cooperation"] * (i >= 60 and i % 3 == 0) for i in range(120)}
    labels = make_labels([("AB"[i // 60], f"s{i // 2}", i % 4 == 0, 0, 0) for i in range(120)])
    gold = write_gold(tmp_path / "gold.jsonl", coded)
    found = [compare_shares(gather(labels, gold), level=level).main.differences for level in (0.8, 0.95, 0.99)]
    assert {d.p for (d,) in found} == {found[0][0].p}
    widths = [d.difference.high - d.difference.low for (d,) in found]
    assert widths == sorted(widths)
    (usual,) = found[1]
    assert usual.difference.excludes_zero == (usual.p < 0.05)


def test_equality_test_by_hand():
    """Two groups: the Wald test is the square of the t-test of their difference."""
    rng = np.random.default_rng(1)
    groups = Grouping(np.array(["A", "B"]), np.repeat([0, 1], 30), np.arange(60))
    rates = weighted_means(rng.random(60) + np.repeat([0, 0.2], 30), np.ones(60), groups)
    test, (contrast,) = rates.equality(), rates.contrasts(0.95)
    assert test.statistic == pytest.approx((contrast.difference / contrast.se) ** 2)
    assert test.df == (1, 58)


def test_a_frame_that_nobody_coded_stays_uncorrected_and_untested(tmp_path):
    labels, gold, *_ = biased(tmp_path)
    comparison = compared(labels, gold)
    assert not comparison.main.share_of("A", "economic").corrected
    assert {d.frame for d in comparison.main.differences} == {"cooperation"}


def test_an_outlet_without_gold_is_uncorrected_and_enters_no_test(tmp_path):
    labels, _, truth, _ = biased(tmp_path)
    coded = {i: ["cooperation"] if truth[i] else [] for i in range(240) if (i // 4) % 3 == 0}
    comparison = compared(labels, write_gold(tmp_path / "a.jsonl", coded, 1 / 3))
    assert comparison.main.share_of("A", "cooperation").corrected
    b = comparison.main.share_of("B", "cooperation")
    assert not b.corrected
    assert b.share.value == b.naive
    assert comparison.main.differences == []


def test_with_everything_coded_this_corpus_has_no_error_left(tmp_path):
    rows = [(o, f"{o}{i // 2}", 0.9 if i % 3 else 0.2, 0, 0) for o in "AB" for i in range(24)]
    gold = write_gold(tmp_path / "gold.jsonl", {i: ["cooperation"] if i % 2 else [] for i in range(48)}, 1.0)
    share = compared(make_labels(rows), gold).main.share_of("A", "cooperation")
    assert share.share.value == pytest.approx(0.5)
    assert (share.corpus.low, share.corpus.high) == pytest.approx((0.5, 0.5))
    nothing = write_gold(tmp_path / "none.jsonl", {i: ["cooperation"] * (i > 30) for i in range(48)}, 1.0)
    share = compared(make_labels(rows), nothing).main.share_of("A", "cooperation")
    assert (share.corpus.low, share.share.value, share.corpus.high) == (0, 0, 0)
    assert share.share.high > 0.05, "in general it may be more"


def test_counted_shares_beside_corrected_ones_have_no_limits(tmp_path):
    labels, gold, *_ = biased(tmp_path)
    share = compared(labels, gold).main.share_of("A", "economic")
    assert not share.share.has_limits
    assert share.n_gold == 80


def test_a_story_told_outside_the_comparison_is_no_original(tmp_path):
    """An agency without a group prints first; the copies are the first that are compared."""
    rows = [("Wire", "s", 1, 0, 0)] * 2 + [("A", "s", 1, 0, 0)] * 2 + [("B", "s", 1, 0, 0)] * 2
    rows += [(o, f"{o}{i}", 0, 0, 0) for o in "AB" for i in range(2)]
    labels = make_labels(
        rows,
        group=["", "", *"aabb", *"aabb"],
        article_id=["w", "w", "a", "a", "b", "b", *"1234"],
        date=["2024-01-01"] * 2 + ["2024-01-02"] * 2 + ["2024-01-03"] * 6,
    )
    once = next(v for v in compared(labels, by="group").variants if v.name == "each story once")
    assert once.share_of("a", "cooperation").share.value == 0.5
    assert once.share_of("b", "cooperation").share.value == 0


def test_a_drawn_and_coded_folder_is_gold(seed_corpus, tmp_path, capsys):
    """The whole way: draw from a corpus, code the drawn sentences, correct shares of its labels with them."""
    folder = tmp_path / "coding"
    sample(seed_corpus.corpus.folder, folder, n=240)
    sentences = seed_corpus.corpus.sentences()
    labels = Labels(with_random_labels(sentences), BOOK, "sentence_id", {}, frozenset(), frozenset())
    drawn = {line.split('"')[3] for line in (folder / "sample.jsonl").read_text().splitlines()}
    codings = [line for line in (SEEDS / "annotations.jsonl").read_text().splitlines() if line.split('"')[3] in drawn]
    (folder / "annotations.jsonl").write_text("\n".join(codings[1:]))
    with pytest.raises(FramingError, match="1 of the drawn sentences are not coded; a sample that is coded in part"):
        compared(labels, folder)
    (folder / "annotations.jsonl").write_text("\n".join(codings))
    comparison = compared(labels, folder)
    assert comparison.n_gold == len(drawn)
    assert all(share.corrected for share in comparison.main.shares)
    assert all(0.8 < x < 1.25 for x in comparison.gold.represented.values())
    text = compare_markdown(labels, gold=folder)
    in_a_file = "Unless its rows say how many were drawn (n_drawn, as framing export writes it), some may be missing"
    assert in_a_file not in text
    assert in_a_file in compare_markdown(labels, gold=write_file(folder, tmp_path / "gold.jsonl"))
    assert "drawn by outlet, from 8 strata with as many each" in text
    assert f"Of {len(drawn)} drawn (240 were asked for), {len(drawn)} coded sentences of" in text
    assert "What the model had learned from is not known, so it may have seen them." in text
    elsewhere = Labels(labels.table, BOOK, "sentence_id", {"corpus": {"sha256": "other"}}, frozenset(), frozenset())
    with pytest.raises(FramingError, match="drawn from another corpus than was labelled"):
        compared(elsewhere, folder)
    own, other = evaluate(labels, folder), evaluate(elsewhere, folder)
    assert (own.weighted, own.elsewhere, other.weighted, other.elsewhere) == (True, False, False, True)
    print_evaluation(other)
    assert "drawn from another corpus than was labelled, so there are no weights" in capsys.readouterr().out
    if_whole = ", if the file has all sentences that were drawn"
    for gold in (folder, tmp_path / "gold.jsonl"):
        print_evaluation(evaluate(labels, gold))
        told = capsys.readouterr().out
        assert "scores are those of the corpus" in told
        assert (if_whole in told) == (gold != folder)


def test_what_could_not_be_drawn_is_said(seed_corpus, tmp_path):
    """Drawn by date, on some of which there are too few stories, by labels of one model, and compared by outlet."""
    folder, corpus = tmp_path / "coding", seed_corpus.corpus
    sample(corpus.folder, folder, n=240, by="group", min_stories=8, codebook="china-russia")
    manifest = json.loads((folder / "framing.json").read_text())
    assert manifest["left_out"], "a group has fewer stories"
    (folder / "framing.json").write_text(json.dumps(manifest | {"model": {"sha256": "one"}}))
    labels = Labels(
        with_random_labels(corpus.sentences()), BOOK, "sentence_id", {"model": {"sha256": "another"}}, frozenset(),
        frozenset(),
    )  # fmt: skip
    drawn = {line.split('"')[3] for line in (folder / "sample.jsonl").read_text().splitlines()}
    codings = [line for line in (SEEDS / "annotations.jsonl").read_text().splitlines() if line.split('"')[3] in drawn]
    (folder / "annotations.jsonl").write_text("\n".join(codings))
    n = sum(stratum["sentences"] for stratum in manifest["left_out"])
    text = compare_markdown(labels, gold=folder)
    assert f"{n} sentences of the corpus could not be drawn, as group has too few stories or no value there" in text
    assert "drawn by labels of another model. What that took for boilerplate could not be drawn" in text
    assert "could not be drawn, as" not in compare_markdown(labels, gold=folder, by="group")
    scored = evaluate(labels, folder)
    assert (scored.n_undrawn, scored.stands_for) == (n, "the part of the corpus that could be drawn")


def write_file(folder, path):
    """The codings of a folder with what is known of their draw."""
    drawn = {row["sentence_id"]: row for row in map(json.loads, (folder / "sample.jsonl").read_text().splitlines())}
    codings = map(json.loads, (folder / "annotations.jsonl").read_text().splitlines())
    known = ("inclusion_probability", "purpose")
    rows = [row | {name: drawn[row["sentence_id"]][name] for name in known} for row in codings]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def with_random_labels(sentences):
    rng = np.random.default_rng(0)
    for name in BOOK.frame_names:
        p = rng.random(len(sentences))
        sentences = sentences.append_column(f"p_{name}", [p]).append_column(name, [(p > 0.5).astype(int)])
    return sentences


GOLD = {i: ["cooperation"] if i % 2 else [] for i in range(12)}


@pytest.mark.parametrize(
    ("coded", "fields", "message"),
    [
        (GOLD, {"probability": None}, "12 coded sentences have no inclusion probability .*--assume-simple-random"),
        (GOLD, {"probability": 0.0}, "inclusion_probability"),
        (GOLD, {"probability": 1.5}, "inclusion_probability"),
        (GOLD, {"codebook": "0" * 64}, "codebook"),
        (
            GOLD,
            {"probability": None, "purpose": "training"},
            "all 12 codings were picked for training .* can never enter an estimate",
        ),
        ({0: [], 1: ["cooperation"]}, {}, "all gold is of one story"),
        ({i: [] for i in GOLD}, {}, "none of the 12 coded sentences that are compared has a frame of china-russia"),
        ({99: []}, {}, "none of the coded sentences is among the labels"),
        ({24: [], 25: []}, {}, "no coded sentence is among those that are compared"),
    ],
)
def test_gold_that_cannot_correct_is_refused(tmp_path, coded, fields, message):
    rows = [(o, f"{o}{i // 2}", i % 2, 0, 0) for o in "AB" for i in range(12)]
    labels = make_labels([*rows, ("A", "x", 0, 0, 0, True), ("A", "y", 0, 0, 0, True)])
    with pytest.raises(FramingError, match=message):
        compared(labels, write_gold(tmp_path / "gold.jsonl", coded, **fields))


def test_gold_that_the_model_saw_is_refused(tmp_path):
    rows = [(o, f"{o}{i // 2}", i % 2, 0, 0) for o in "AB" for i in range(12)]
    labels = make_labels(rows, seen={sha256_text("Sentence 3.")})
    with pytest.raises(FramingError, match=r"the model saw 1 of the gold sentences .*\(first: s3\).*--folds"):
        compared(labels, write_gold(tmp_path / "gold.jsonl", GOLD))


def test_an_assumed_simple_random_sample_is_said_to_be_assumed(tmp_path):
    rows = [(o, f"{o}{i // 2}", i % 2, 0, 0) for o in "AB" for i in range(12)]
    gold = write_gold(tmp_path / "gold.jsonl", GOLD, None)
    comparison = compared(make_labels(rows), gold, assume_simple_random=True)
    assert comparison.gold.assumed_simple_random
    assert comparison.main.share_of("A", "cooperation").share.value == pytest.approx(0.5)


# ---- over time


def test_slopes_are_those_of_least_squares():
    rng = np.random.default_rng(2)
    time, values = rng.random(80) * 5, rng.random(80)
    groups = Grouping(np.array(["A", "B"]), np.repeat([0, 1], 40), np.arange(80) // 2)
    fit = slopes(values, time, groups, np.ones(80, dtype=bool))
    for g, rows in enumerate((slice(0, 40), slice(40, 80))):
        assert fit.theta[g] == pytest.approx(np.polyfit(time[rows], values[rows], 1)[0])
    assert fit.n_stories.tolist() == [20, 20]


def test_a_trend_is_found_and_undated_sentences_are_counted():
    rows = [(o, f"{o}{i}", (i % 12) < (i // 12) * 2, 0, 0) for o in "AB" for i in range(72)]
    dates = [f"202{i // 12}-{1 + i % 12:02d}-15" for _ in "AB" for i in range(72)]
    dates[0], dates[1] = "", "soon"
    labels = make_labels(rows, date=dates)
    trends = fit_trends(gather(labels), labels)
    assert trends.n_undated == 2
    rising = next(t for t in trends.trends if (t.group, t.frame) == ("B", "cooperation"))
    assert rising.slope.low < 1 / 6 < rising.slope.high
    assert rising.slope.low > 0.05
    assert np.isnan(rising.p)  # of labels, not tested
    assert sum(m.n_sentences for m in trends.months) == 142
    assert trends.too_few == []


def test_groups_with_too_few_stories_or_months_for_a_trend_are_told():
    stories = {"many": [f"2024-{1 + i:02d}-01" for i in range(12)], "few": ["2024-01-01", "2024-05-01", "2024-09-01"]}
    stories |= {"short": ["2024-01-01"] * 12, "undated": [""] * 12}
    stories |= {"turns": ["2024-01-31", *["2024-02-15"] * 10, "2024-03-01"]}
    rows = [(name, f"{name}{i}", i % 2, 0, 0) for name, dates in stories.items() for i in range(len(dates))]
    labels = make_labels(rows, date=[day for dates in stories.values() for day in dates])
    trends = fit_trends(gather(labels), labels)
    assert {trend.group for trend in trends.trends} == {"many"}
    told = {(few.group, few.n_stories, few.n_months, few.n_days) for few in trends.too_few}
    assert told == {("few", 3, 3, 244), ("short", 12, 1, 0), ("undated", 0, 0, 0), ("turns", 12, 3, 30)}


@pytest.mark.parametrize("dates", [[""] * 8, ["2024-05-06"] * 8, ["2024-02-30", "06/05/2024"] * 4])
def test_without_time_there_is_no_trend(dates):
    labels = make_labels([(o, f"{o}{i}", i % 2, 0, 0) for o in "AB" for i in range(4)], date=dates)
    assert fit_trends(gather(labels), labels).trends == []
