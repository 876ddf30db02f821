"""What the report says, in words and in its tables."""

import csv
import json
import re
from dataclasses import replace

import pytest
from tables import BOOK, make_labels, write_gold

from framing import FramingError, agreement, compare
from framing.artefact import sha256_text
from framing.classifier.assignment import SEVERAL, CodedFolds
from framing.labelling import Labels
from framing.report import compare_markdown
from framing.report.words import p_in_words


def alternating(outlets="AB", n=24):
    """Half of the first outlet's sentences have cooperation, a quarter of the others'."""
    return [
        (o, f"{o}{i // 2}", i % (2 if o == outlets[0] else 4) == 0, 0, i % 3 == 0) for o in outlets for i in range(n)
    ]


@pytest.fixture(scope="module")
def corrected(tmp_path_factory):
    """A report on three outlets of which two are coded, every second sentence."""
    folder = tmp_path_factory.mktemp("r")
    rows = alternating("ABC", 40)
    coded = {i: [name for name, on in zip(BOOK.frame_names, rows[i][2:], strict=True) if on] for i in range(0, 80, 2)}
    return compare(make_labels(rows), folder / "report", gold=write_gold(folder / "gold.jsonl", coded))


def test_tables_and_results_hold_the_numbers_of_the_page(corrected):
    with (corrected.folder / "tables" / "shares.csv").open() as stream:
        rows = [row for row in csv.DictReader(stream) if row["rule"] == "all sentences"]
    assert len(rows) == 3 * 3
    results = json.loads((corrected.folder / "results.json").read_text(), parse_constant=pytest.fail)["comparison"]
    assert [float(row["estimate"]) for row in rows] == pytest.approx(
        [share["share"]["value"] for share in results["main"]["shares"]], abs=1e-5
    )
    page = corrected.page.read_text()
    for row in rows:
        if row["status"] == "corrected" and row["low"]:
            shown = f'>{100 * float(row["estimate"]):.0f}% <span class="range">({100 * float(row["low"]):.0f} to'
            assert shown in page
    assert {path.stem for path in (corrected.folder / "tables").iterdir()} == {
        "shares", "differences", "data", "quality", "error_rates", "trends", "months", "profiles", "terms",
        "cooccurrence",
    }  # fmt: skip


def test_a_corrected_report_says_what_it_rests_on(corrected):
    page = corrected.page.read_text()
    assert "<strong>Corrected.</strong>" in page
    assert "40 coded sentences of 40 stories" in page
    assert "No sentence of these is coded, so their shares are uncorrected and enter no test: C." in page
    assert "No coded sentence has the frame Anti-Western" in page
    assert "Among the 2 corrected outlets, Cooperation is most frequent in A" in page
    assert "Whether coders agree is not known" in page
    assert "Egami" in page


def reported(tmp_path, outlets):
    """A report from the stories of each outlet, one coded sentence each: 1 with cooperation."""
    rows = [(name, f"{name}{i}", on, 0, 0) for name, stories in outlets.items() for i, on in enumerate(stories)]
    coded = {i: ["cooperation"] if row[2] else [] for i, row in enumerate(rows)}
    return compare(make_labels(rows), tmp_path / "report", gold=write_gold(tmp_path / "gold.jsonl", coded))


def found(tmp_path, outlets):
    """What it finds of cooperation."""
    return reported(tmp_path, outlets).finding[0]


def test_an_outlet_with_one_coded_story_is_no_extreme(tmp_path):
    text = found(tmp_path, {"A": [0] * 30 + [1] * 10, "B": [0] * 10 + [1] * 10, "one": [1]})
    assert text.startswith("Among the 2 outlets with an interval, Cooperation is most frequent in B, in 50% (")
    assert "and least in A, 25% (" in text


def test_where_the_extremes_may_be_chance_the_pair_that_is_not_is_named(tmp_path):
    text = found(tmp_path, {"A": [0] * 45 + [1] * 5, "B": [0] * 16 + [1] * 24, "few": [0, 1, 1, 1]})
    assert "is most frequent in few, in 75% (" in text
    assert "but the gap of 65 points (" in text
    assert "; the largest gap beyond chance is that of B over A, 50 points (32 to 68; adjusted p < .001)." in text


def test_an_estimate_below_nothing_is_told_beside_the_edge_it_is_shown_at(tmp_path):
    """Scores of A's ten coded sentences are far higher than those of the others: the correction takes too much off."""
    rows = [("A", f"a{i % 10}", i < 10, 0, 0) for i in range(100)] + [("B", f"b{i}", i % 2, 0, 0) for i in range(20)]
    coded = {i: ["cooperation"] if i % 2 else [] for i in [*range(10), *range(100, 120)]}
    gold = write_gold(tmp_path / "gold.jsonl", coded)
    text = compare(make_labels(rows), tmp_path / "report", gold=gold).finding[0]
    assert "0% (estimated at −" in text
    high, low, gap = (int(x) for x in re.search(r"in (\d+)% .* at −(\d+)%.* gap of (\d+) points", text).groups())
    assert gap == pytest.approx(high + low, abs=1)


def test_the_headline_says_which_numbers_are_adjusted(corrected):
    assert "95% intervals, each for one number by itself and not adjusted" in corrected.page.read_text()
    assert corrected.summary.endswith("; p is adjusted.")


@pytest.mark.parametrize(("b", "verdict"), [([1] * 36 + [0] * 4, "is"), ([1] * 10 + [0] * 30, "is not")])
def test_a_single_difference_is_told_as_one(tmp_path, b, verdict):
    summary = reported(tmp_path, {"A": [1] * 9 + [0] * 31, "B": b}).summary
    assert summary.startswith(f"The one difference between outlets that can be tested {verdict} beyond chance (Holm-")


@pytest.mark.parametrize(
    ("p", "shown"),
    [
        (0.0004, "p < .001"), (0.0497, "p = .0497"), (0.0503, "p = .0503"), (0.0512, "p = .051"), (0.695, "p = .695"),
        (0.991, "p > .99"), (1.0, "p > .99"),
    ],
)  # fmt: skip
def test_a_p_value_is_written_as_in_papers_and_never_rounded_to_the_level(p, shown):
    assert p_in_words(p) == shown


def test_brackets_are_explained_only_where_the_finding_has_some(tmp_path):
    """Two outlets that are alike in all frames, and two that are not."""
    same = [(o, f"{o}{i // 2}", i % 2, 0, 0) for o in "AB" for i in range(12)]
    report = compare(make_labels(same), tmp_path / "same")
    assert report.finding[0] == "Cooperation has the same share everywhere, 50% of the sentences."
    assert report.summary == ""
    other = compare(make_labels(alternating()), tmp_path / "other")
    assert other.summary == "In brackets are 95% intervals, each for one number by itself."


def test_what_could_not_be_tested_is_said(corrected):
    """Too few sentences of A lack cooperation, and too few of either outlet have economic."""
    text = corrected.markdown.read_text()
    why = "could not be tested, because fewer than two outlets have coded sentences"
    assert f"wrongly tags these alike in all outlets {why} without it from 10 stories: Cooperation." in text
    assert f"finds these alike in all outlets {why} with it from 10 stories: Economic." in text
    page = corrected.page.read_text()
    assert "Cooperation: test of equal sensitivity: not tested, no error in those coded with it; of equal" in page
    assert "Economic: test of equal sensitivity: not tested, too few coded with it; of equal" in page


def test_errors_in_telling_boilerplate_are_counted_per_outlet_and_unused_codings_by_reason(tmp_path):
    """All is coded: of A two sentences of content are set apart, of B one of boilerplate is kept."""
    rows = [(o, f"{o}{i}", i % 2, 0, 0, o == "A" and i < 3) for o in "AB" for i in range(12)]
    rows += [("", "c", 1, 0, 0)]
    labels = make_labels(rows, part=["headline" if i in {5, 6} else "body" for i in range(25)])
    coded = {i: ["cooperation"] * (i % 2) for i in range(25)} | {0: [], 14: []}
    write_gold(tmp_path / "content.jsonl", {i: x for i, x in coded.items() if i not in {0, 14}}, 1)
    write_gold(tmp_path / "not.jsonl", {0: [], 14: []}, 1, boilerplate=True)
    gold = tmp_path / "gold.jsonl"
    gold.write_text((tmp_path / "content.jsonl").read_text() + (tmp_path / "not.jsonl").read_text())
    with gold.open("a") as stream:
        stream.write('{"sentence_id": "elsewhere", "frames": [], "inclusion_probability": 1}\n')
    text = compare_markdown(labels, gold=gold, where={"part": "body"})
    assert "not corrected: 2 coded as content but set apart (A 2); 1 coded as boilerplate but kept" in text
    assert "7 coded sentences are not used: 3 set apart as boilerplate, 1 of no outlet that is compared, 2 not" in text
    assert "2 not asked for, 1 not among the labels." in text


def test_a_frame_that_is_not_corrected_is_not_said_to_be(tmp_path):
    """Economic is labelled but nobody coded it, so its F1 is 0, for which no correction pays."""
    rows = [(o, f"{o}{i}", i % 2, 0, i % 3 == 0) for o in "AB" for i in range(12)]
    coded = {i: ["cooperation"] * (i % 2) for i in range(24)}
    text = compare_markdown(make_labels(rows), gold=write_gold(tmp_path / "gold.jsonl", coded))
    assert "No coded sentence has the frame" in text
    assert "weak on" not in text


def test_a_missing_probability_is_named(tmp_path):
    labels = make_labels([(o, f"{o}{i}", i % 2, 0, 0) for o in "AB" for i in range(12)])
    place = labels.table.column_names.index("p_cooperation")
    values = [None, *labels.table["p_cooperation"].to_pylist()[1:]]
    broken = replace(labels, table=labels.table.set_column(place, "p_cooperation", [values]))
    gold = write_gold(tmp_path / "gold.jsonl", {i: ["cooperation"] * (i % 2) for i in range(24)})
    with pytest.raises(FramingError, match="first s0: column p_cooperation, expected 0 to 1, found nan"):
        compare_markdown(broken, gold=gold)


def test_outlets_in_which_the_classifier_is_biased_are_named(tmp_path):
    """Every second label of cooperation in B is wrong, none in A."""
    rows = [(o, f"{o}{i}", o == "B" or i % 2, 0, 0) for o in "AB" for i in range(40)]
    gold = write_gold(tmp_path / "gold.jsonl", {i: ["cooperation"] * (i % 2) for i in range(80)}, 1)
    report = compare(make_labels(rows), tmp_path / "report", gold=gold)
    (_, b) = report.analysis.errors[0].groups
    low, high = (f"{100 * limit:.0f}" for limit in (b.naive_bias.low, b.naive_bias.high))
    assert f"there are) is not 0 in B (+50, {low} to {high});" in report.markdown.read_text()


def test_the_coders_of_a_coding_folder_are_compared(tmp_path):
    """Two coders of every second sentence; one of them misses the frame economic in half of those that have it."""
    rows = alternating("AB", 40)
    labels, folder = make_labels(rows), tmp_path / "coding"
    folder.mkdir()
    manifest = {"kind": "coding", "codebook": BOOK.reference, "corpus": {"sha256": "c" * 64}}
    (folder / "framing.json").write_text(json.dumps(manifest))
    drawn = [
        {
            **{"sentence_id": f"s{i}", "text": f"Sentence {i}.", "sha256": sha256_text(f"Sentence {i}."), "index": 0},
            **{"previous": "", "article_id": rows[i][1], "story": rows[i][1], "outlet": rows[i][0]},
            **{"inclusion_probability": 0.5, "purpose": "estimate"},
        }
        for i in range(0, 80, 2)
    ]
    (folder / "sample.jsonl").write_text("".join(json.dumps(row) + "\n" for row in drawn))
    coded = {i: [name for name, on in zip(BOOK.frame_names, rows[i][2:], strict=True) if on] for i in range(0, 80, 2)}
    write_gold(folder / "annotations.jsonl", coded, None, coder="anna")
    other = {i: [name for name in names if name != "economic" or i % 4] for i, names in coded.items()}
    write_gold(tmp_path / "ben.jsonl", other, None, coder="ben")
    both = (folder / "annotations.jsonl").read_text() + (tmp_path / "ben.jsonl").read_text()
    (folder / "codings.jsonl").write_text(both)

    report = compare(labels, tmp_path / "report", gold=folder)
    economic = next(v for v in agreement(folder, BOOK).variables if v.variable == "economic")
    assert 0 < economic.alpha.value < 0.667
    page = report.page.read_text()
    assert f"Economic {economic.alpha.value:.2f} (" in page
    differ = sum(coded[i] != other[i] for i in coded)
    assert f"They were coded by 2 coders, 40 sentences twice or more. On {differ} they differed in some value" in page
    assert "these were settled beforehand" in page
    assert f"(Krippendorff's alpha under 0.667) on Economic ({economic.alpha.value:.2f})" in page.replace("&#39;", "'")
    alpha = economic.alpha
    assert f'>{alpha.value:.2f} <span class="range">({alpha.low:.2f} to {alpha.high:.2f})' in page
    results = json.loads((report.folder / "results.json").read_text())
    assert results["agreement"][2]["alpha"]["value"] == pytest.approx(alpha.value)
    assert [found.variable for found in report.analysis.agreement] == [*BOOK.frame_names, "boilerplate"]


def test_the_methods_say_which_sentences_both_trained_and_corrected(tmp_path):
    """Two folds; half of the coded sentences trained the network of the other fold."""
    rows = alternating("AB", 24)
    labels = make_labels(rows, fold=[i // 2 % 2 for i in range(48)])
    texts = {sha256_text(f"Sentence {i}."): i // 2 % 2 for i in range(0, 48, 2)}
    model = {"sha256": "f" * 64, "encoder": "small-bert"}
    labels = replace(labels, folds=CodedFolds(2, {}, texts, None), manifest={"framing": "9.9", "model": model})
    gold = write_gold(tmp_path / "gold.jsonl", {i: ["economic"] * (i % 3 == 0) for i in range(48)}, 1)
    text = compare_markdown(labels, gold=gold)
    assert "What the classifier learned from is not known" not in text
    assert "What the classifier learned from is not known" in compare_markdown(replace(labels, folds=None), gold=gold)
    assert f"by a classifier (fine-tuned from small-bert, sha256 {'f' * 12}) with framing 9.9." in text
    assert "had learned from 24 coded sentences of distinct text, dealt by story to 2 folds (cross-fitting)" in text
    assert "Of these, 24 had trained the classifier too, but none the network that scored it" in text
    assert "The very text of" not in text
    several = replace(labels, folds=CodedFolds(2, {}, texts | {sha256_text("Sentence 0."): SEVERAL}, None))
    assert (
        "Of these, 23 had trained the classifier too, but none the network that scored it: the same sentences trained "
        "and corrected. The very text of 1 was coded in stories of several folds"
    ) in compare_markdown(several, gold=gold)
    assert "longer than the model reads" not in text
    labels.manifest["cut"] = 3
    assert "3 sentences of the corpus are longer than the model reads" in compare_markdown(labels, gold=gold)


def test_the_methods_name_the_families_of_tests(corrected):
    n = sum(d.p == d.p for d in corrected.comparison.main.differences)
    text = corrected.markdown.read_text()
    assert f"within each family of tests: {n} differences of shares (all sentences)" in text
    assert "No error rate holds over all families together" in text
    assert "against 200 permutations of stories" in text
    assert "an intraclass correlation r of 0.10 being assumed" in text


def test_an_uncorrected_report_says_what_it_is_not(tmp_path):
    page = compare(make_labels(alternating()), tmp_path / "report").page.read_text()
    assert "<strong>Uncorrected.</strong>" in page
    assert "Fewer than 15 stories, so that intervals are too narrow: A, B." in page
    assert "No difference was tested." in page


def test_sentences_without_a_group_are_left_out_and_counted(tmp_path):
    rows = [("A", "s1", 1, 0, 0), ("B", "s2", 0, 0, 0), ("", "s3", 1, 1, 1), ("", "s4", 1, 1, 1)]
    report = compare(make_labels(rows), tmp_path / "report")
    assert [group.name for group in report.comparison.groups] == ["A", "B"]
    assert (report.comparison.n_omitted, report.comparison.n_stories) == (2, 2)
    page = report.page.read_text()
    assert "2 sentences without a value of outlet are left out" in page
    assert "Sentence 2." not in page


def test_odd_data_make_a_page_without_nan(tmp_path):
    """A group of boilerplate alone, a frame nobody uses, a group with one story."""
    rows = [("A", f"a{i}", i % 2, 0, 1) for i in range(8)] + [("B", "b", 1, 0, 1), ("Z", "z", 1, 1, 1, True)]
    report = compare(make_labels(rows), tmp_path / "report")
    page = report.page.read_text()
    assert not re.search(r"\bnan\b", page[page.index("<body>") : page.index("<script>")].lower())
    assert "Anti-Western has the same share everywhere, 0% of the sentences" in page
    assert [group.name for group in report.comparison.groups] == ["A", "B"]
    json.loads((report.folder / "results.json").read_text(), parse_constant=pytest.fail)


def test_periods_that_do_not_overlap_are_named(tmp_path):
    labels = make_labels(alternating(n=4), date=["2020-01-01"] * 4 + ["2024-01-01"] * 4)
    page = compare(labels, tmp_path / "report").page.read_text()
    assert "Periods that do not overlap" in page
    assert "A (2020-01-01 to 2020-01-01) and B (2024-01-01 to 2024-01-01)" in page


def test_the_markdown_report_is_plain_and_escapes_names(tmp_path):
    rows = [(o, f"{o}{i}", i % 2, 0, 1) for o in ("A|B", "<b>C") for i in range(8)]
    text = compare_markdown(make_labels(rows))
    assert "A\\|B" in text
    assert "<b>" not in text
    assert text.count("\n## ") == 4
    assert not list(tmp_path.iterdir())


def test_a_table_without_text_dates_or_articles_is_compared(tmp_path):
    labels = make_labels(alternating())
    bare = labels.table.drop_columns(["text", "date", "article_id"])
    report = compare(Labels(bare, BOOK, "sentence_id", {}, frozenset(), frozenset()), tmp_path / "report")
    assert report.page.stat().st_size > 10_000


def test_frames_that_nobody_uses_have_trends_of_zero(tmp_path):
    rows = [(o, f"{o}{i}", 0, 0, 0) for o in "AB" for i in range(12)]
    labels = make_labels(rows, date=[f"2024-{1 + i:02d}-01" for _ in "AB" for i in range(12)])
    assert "Mean score per month" in compare(labels, tmp_path / "report").page.read_text()


def test_outlets_without_a_trend_are_named(tmp_path):
    rows = [(o, f"{o}{i}", 0, 0, 0) for o in "AB" for i in range(12)]
    labels = make_labels(rows, date=[f"2024-{1 + i if o == 'A' else 1:02d}-01" for o in "AB" for i in range(12)])
    page = compare(labels, tmp_path / "report").page.read_text()
    assert "three months, the last 60 days or more after the first: B (12 stories, 1 month, 0 days)." in page
