"""The sample: exact inclusion probabilities, a ledger that carries them, a plan of how many sentences it takes."""

import json
import re
from collections import Counter
from functools import partial
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import DATA, SEEDS
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from framing import Codebook, FramingError, evaluate, ingest, sample, train
from framing.annotation import read_coded, read_ledger
from framing.artefact import sha256_text
from framing.classifier import learning_curve
from framing.cli.app import app
from framing.evaluation import expected_width, pilot_values, read_pilot
from framing.labelling import read_labels
from framing.sampling.design import (
    band_sizes,
    draw,
    equal_shares,
    inclusion_probabilities,
    score_bands,
    systematic_pps,
)
from framing.sampling.diversity import diverse
from framing.sampling.population import read_population

FRAMES = ("cooperation", "anti_western", "economic")

sizes_in_groups = st.lists(st.tuples(st.floats(0.01, 100), st.integers(0, 3)), min_size=1, max_size=40)


def arrays(rows):
    size, group = (np.array(column) for column in zip(*rows, strict=True))
    return size, np.unique(group, return_inverse=True)[1]


@given(sizes_in_groups, st.integers(1, 8))
def test_probabilities_sum_to_the_size_of_the_sample_and_never_exceed_one(rows, n):
    size, group = arrays(rows)
    count = np.bincount(group)
    pi = inclusion_probabilities(size, group, np.full(len(count), n))
    assert (pi > 0).all()
    assert (pi <= 1).all()
    assert np.bincount(group, pi) == pytest.approx(np.minimum(count, n))
    uncertain = pi < 1
    for g in range(len(count)):  # proportional to size wherever they are not certain
        own = uncertain & (group == g)
        assert pi[own] / size[own] == pytest.approx(
            np.full(own.sum(), (pi[own] / size[own]).mean() if own.any() else 0)
        )


@given(sizes_in_groups, st.integers(1, 8), st.integers(0, 1000))
def test_systematic_sampling_has_a_fixed_size_and_takes_what_is_certain(rows, n, seed):
    size, group = arrays(rows)
    count = np.bincount(group)
    pi = inclusion_probabilities(size, group, np.full(len(count), n))
    drawn = systematic_pps(pi, group, np.random.default_rng(seed))
    assert np.bincount(group[drawn], minlength=len(count)).tolist() == np.minimum(count, n).tolist()
    assert set(np.flatnonzero(pi >= 1)) <= set(drawn)


@given(st.integers(0, 500), st.lists(st.integers(0, 100), min_size=1, max_size=8))
def test_equal_shares_use_all_there_is_to_use_and_differ_only_for_want_of_sentences(n, available):
    shares = equal_shares(n, np.array(available))
    assert shares.sum() == min(n, sum(available))
    unfilled = [share for share, most in zip(shares, available, strict=True) if share < most]
    assert (shares <= available).all()
    assert not unfilled or max(shares) - min(unfilled) <= 1


@pytest.fixture(scope="module")
def population():
    """Two strata of 60 sentences in stories of very unequal length, and one so small that it is taken whole."""
    generator = np.random.default_rng(1)
    story = np.repeat(np.arange(18), generator.permutation(np.arange(1, 19)))[:128]
    stratum = np.repeat([0, 1, 2], [60, 60, 8])
    scores = generator.beta(0.5, 2, (128, 2))
    return band_sizes(stratum, score_bands(scores), 0.5), stratum, story


def test_expected_and_drawn_size_are_near_what_was_asked(population):
    size, stratum, story = population
    shares = equal_shares(44, np.bincount(stratum))
    drawn = draw(size, stratum, story, shares, 3, np.random.default_rng(5))
    expected = np.bincount(stratum, drawn.inclusion_probability)
    assert (drawn.inclusion_probability > 0).all()
    assert np.abs(expected - shares).max() <= 1.5  # half a story
    assert (drawn.inclusion_probability[stratum == 2] == 1).all()
    assert np.abs(np.bincount(stratum[drawn.rows]) - shares).max() <= 6
    assert len(set(drawn.rows)) == len(drawn.rows)


def test_how_often_a_sentence_is_drawn_is_its_inclusion_probability(population):
    size, stratum, story = population
    shares = equal_shares(44, np.bincount(stratum))
    repetitions = 3000
    hits, totals = np.zeros(len(size)), []
    for seed in range(repetitions):
        drawn = draw(size, stratum, story, shares, 3, np.random.default_rng(seed))
        hits[drawn.rows] += 1
        totals.append((1 / drawn.inclusion_probability[drawn.rows]).sum())
    pi = drawn.inclusion_probability
    error = np.sqrt(pi * (1 - pi) / repetitions)
    assert (np.abs(hits / repetitions - pi) <= 4.5 * error + 1e-9).all()
    # Horvitz-Thompson: the weights of a sample add up to the population
    assert np.mean(totals) == pytest.approx(len(size), abs=4 * np.std(totals) / np.sqrt(repetitions))


def test_a_stratum_with_few_stories_gives_more_sentences_of_each():
    stratum, story = np.zeros(40, dtype=int), np.repeat([0, 1], 20)
    drawn = draw(np.ones(40), stratum, story, np.array([30]), 3, np.random.default_rng(0))
    assert drawn.per_story.tolist() == [15]
    assert Counter(story[drawn.rows]) == {0: 15, 1: 15}
    assert drawn.inclusion_probability == pytest.approx(np.full(40, 0.75))


def test_bands_share_a_stratum_equally_but_for_the_uniform_part():
    scores = np.array([[0.0, 0.1]] * 8 + [[0.3, 0.0]] + [[0.2, 0.5]])
    assert score_bands(scores).tolist() == [0] * 8 + [1, 2]
    size = band_sizes(np.zeros(10, dtype=int), score_bands(scores), 0.5)
    assert size.sum() == pytest.approx(1)
    assert size[[0, 8, 9]] == pytest.approx([0.05 + 0.5 / 24, 0.05 + 0.5 / 3, 0.05 + 0.5 / 3])


@pytest.fixture(scope="module")
def labels(seed_corpus, codebook, tmp_path_factory):
    """Labels of the seed corpus with made-up scores."""
    folder = tmp_path_factory.mktemp("made-up") / "labels"
    folder.mkdir()
    table = seed_corpus.corpus.sentences()
    generator = np.random.default_rng(2)
    for name in FRAMES:
        scores = generator.beta(0.4, 2, len(table)).round(6)
        table = table.append_column(f"p_{name}", pa.array(scores)).append_column(name, pa.array(scores >= 0.5))
    marks = table["boilerplate"].to_numpy(zero_copy_only=False) | (generator.random(len(table)) < 0.1)
    table = table.set_column(table.column_names.index("boilerplate"), "boilerplate", pa.array(marks))
    pq.write_table(table, folder / "part-00000.parquet")
    codebook.save(folder / "codebook.yaml")
    manifest = {
        "kind": "labels",
        "codebook": codebook.reference,
        "model": {"sha256": "m" * 64, "thresholds": dict.fromkeys((*FRAMES, "boilerplate"), 0.4)},
        "corpus": {"sha256": seed_corpus.corpus.manifest["sha256"], "articles": 79},
        "sentences": len(table),
    }
    (folder / "framing.json").write_text(json.dumps(manifest))
    return folder


def test_the_ledger_says_everything_about_each_sentence(seed_corpus, tmp_path):
    summary = sample(seed_corpus.corpus.folder, tmp_path / "coding", n=120, codebook="china-russia")
    ledger = read_ledger(tmp_path / "coding")
    assert summary.n_drawn == len(ledger.rows) == ledger.manifest["n_drawn"]
    assert abs(summary.n_drawn - 120) <= 8
    sentences = {row["sentence_id"]: row for row in seed_corpus.corpus.sentences().to_pylist()}
    for sentence_id, row in ledger.rows.items():
        source = sentences[sentence_id]
        before = sentences.get(f"{row['article_id']}#{row['index'] - 1}", {"text": ""})
        assert all(row[name] == source[name] for name in ("article_id", "index", "part", "story", "outlet", "text"))
        assert (row["previous"], row["stratum"]) == (before["text"], source["outlet"])
        assert row["sha256"] == sha256_text(source["text"])
        assert not source["boilerplate"]
        assert (row["band"], row["purpose"]) == (None, "estimate")
        assert 0 < row["inclusion_probability"] <= 1
    strata = [row["stratum"] for row in ledger.rows.values()]
    assert sum(a != b for a, b in pairwise(strata)) > len(strata) / 2  # no blocks of an outlet
    assert max(Counter((row["outlet"], row["story"]) for row in ledger.rows.values()).values()) <= 3
    assert ledger.manifest["corpus"]["sha256"] == seed_corpus.corpus.manifest["sha256"]
    assert ledger.manifest["codebook"]["name"] == "china-russia"
    assert sum(stratum["drawn"] for stratum in ledger.manifest["strata"]) == summary.n_drawn


def test_same_seed_same_draw(seed_corpus, tmp_path):
    folder = seed_corpus.corpus.folder
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        sample(folder, tmp_path / name, n=60, seed=seed)
    a, b, c = ((tmp_path / name / "sample.jsonl").read_bytes() for name in "abc")
    assert a == b
    assert a != c


def test_labels_give_bands_and_take_away_predicted_boilerplate(seed_corpus, labels, tmp_path):
    sample(seed_corpus.corpus.folder, tmp_path / "coding", n=240, labels=labels)
    ledger = read_ledger(tmp_path / "coding")
    opened = read_labels(labels)
    content = dict(zip(opened.names("sentence_id").tolist(), opened.content.tolist(), strict=True))
    assert all(content[sentence_id] for sentence_id in ledger.rows)
    drawn = Counter(row["band"] for row in ledger.rows.values())
    scores = np.column_stack([opened.column(f"p_{name}") for name in FRAMES])[opened.content]
    share = np.bincount(score_bands(scores)) / len(scores)
    assert drawn["high"] / len(ledger.rows) > share[2]
    assert ledger.manifest["model"] == {"sha256": "m" * 64}
    assert ledger.manifest["codebook"]["name"] == "china-russia"


def test_training_takes_what_the_model_is_least_sure_of_and_no_probability(seed_corpus, labels, tmp_path):
    summary = sample(seed_corpus.corpus.folder, tmp_path / "coding", n=80, labels=labels, purpose="training")
    rows = read_ledger(tmp_path / "coding").rows
    assert {stratum.drawn for stratum in summary.strata} == {10}
    assert {row["inclusion_probability"] for row in rows.values()} == {None}
    assert len({row["text"] for row in rows.values()}) == len(rows)
    assert max(Counter(row["story"] for row in rows.values()).values()) <= 3
    opened = read_labels(labels)
    margin = np.abs(np.column_stack([opened.column(f"p_{name}") for name in FRAMES]) - 0.4).min(axis=1)
    picked = np.isin(opened.names("sentence_id"), list(rows))
    assert margin[picked].mean() < 0.25 * margin[~picked].mean()
    assert "Zhdanov" in json.loads((tmp_path / "coding" / "framing.json").read_text())["selection"]
    with pytest.raises(FramingError, match="--labels or --model"):
        sample(seed_corpus.corpus.folder, tmp_path / "other", n=80, purpose="training")


def paraphrases(n):
    return [
        f"Exports of wheat through the port of Marn rose by {i + 2} percent last year, officials said."
        for i in range(n)
    ]


def others(n):
    rows = map(json.loads, (DATA / "generic_news.jsonl").read_text().splitlines())
    return [row["text"] for row in rows][:n]


@pytest.mark.parametrize("seed", range(5))
def test_paraphrases_of_one_sentence_do_not_fill_the_batch(seed):
    texts = paraphrases(30) + others(30)  # the least sure first: without clusters all 15 would be of the port
    chosen = diverse(texts, np.zeros(60, dtype=int), n=15, seed=seed)
    assert 0 in chosen, "the least sure of all is the first of its cluster"
    assert (chosen < 30).sum() <= 3
    assert chosen.tolist() == diverse(texts, np.zeros(60, dtype=int), n=15, seed=seed).tolist()


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.sampled_from(["Trade rose.", *others(12)]), st.integers(0, 2)), min_size=1, max_size=40),
    st.integers(1, 30),
)
def test_a_diverse_batch_has_equal_shares_of_the_strata_whatever_the_texts(rows, n):
    texts, codes = zip(*rows, strict=True)
    stratum = np.unique(codes, return_inverse=True)[1]
    chosen = diverse(texts, stratum, n=n, seed=0)
    assert len(set(chosen)) == len(chosen) == min(n, len(rows))
    shares = equal_shares(n, np.bincount(stratum))
    assert np.bincount(stratum[chosen], minlength=len(shares)).tolist() == shares.tolist()


def test_a_model_labels_the_corpus_for_the_draw(seed_corpus, seed_training, seed_labels, tmp_path):
    folder, model = seed_corpus.corpus.folder, seed_training.folder
    sample(folder, tmp_path / "a", n=60, labels=seed_labels)
    sample(folder, tmp_path / "b", n=60, model=model)
    assert (tmp_path / "a" / "sample.jsonl").read_bytes() == (tmp_path / "b" / "sample.jsonl").read_bytes()
    with pytest.raises(FramingError, match="--labels and --model: expected one of them"):
        sample(folder, tmp_path / "c", n=60, labels=seed_labels, model=model)
    with pytest.raises(FramingError, match="coded for the model already; add articles"):
        sample(folder, tmp_path / "c", n=60, labels=seed_labels, purpose="training")
    with pytest.raises(FramingError, match="made with codebook china-russia"):
        sample(folder, tmp_path / "c", n=60, model=model, codebook="generic-news")


def test_the_next_batch_from_new_articles_and_a_model(seed_training, tmp_path):
    rows = [{"id": f"a{i}", "text": text, "outlet": "Wire"} for i, text in enumerate(paraphrases(3) + others(40))]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    corpus, coding = ingest([tmp_path / "a.jsonl"], tmp_path / "corpus").corpus.folder, tmp_path / "coding"
    arguments = ["sample", corpus, "-n", 8, "--for", "training", "--model", seed_training.folder, "-o", coding]
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    assert "8 sentences drawn, 8 asked for" in result.stdout
    assert f"framing learning-curve CODED --corpus {corpus} --codebook {coding / 'codebook.yaml'}" in result.stdout
    ledger = read_ledger(coding)
    assert {row["inclusion_probability"] for row in ledger.rows.values()} == {None}
    assert ledger.manifest["model"]["sha256"] == seed_training.classifier.manifest["sha256"]


def test_strata_can_be_any_column_and_small_ones_are_left_out(tmp_path):
    text = "Trade between the two sides rose by a tenth in {}. Officials in {} spoke of a good year for {}."
    rows = [
        {"id": f"a{i}", "text": text.format(*[f"place{i} number{i * i}"] * 3), "outlet": "Wire", "desk": desk}
        for i, desk in enumerate(["world"] * 6 + ["money"] * 5 + ["sport", ""])
    ]
    (tmp_path / "articles.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    corpus = ingest([tmp_path / "articles.jsonl"], tmp_path / "corpus").corpus
    summary = sample(corpus.folder, tmp_path / "coding", n=8, by="desk", per_story=2)
    assert [(s.name, s.sentences, s.stories, s.drawn) for s in summary.strata] == [
        ("money", 10, 5, 4),
        ("world", 12, 6, 4),
    ]
    assert [(s.name, s.sentences, s.stories) for s in summary.left_out] == [("sport", 2, 1)]
    assert summary.n_without_stratum == 2
    with pytest.raises(FramingError, match="no column 'region' to stratify by"):
        sample(corpus.folder, tmp_path / "other", n=8, by="region")
    with pytest.raises(FramingError, match="expected 12 or more"):
        sample(corpus.folder, tmp_path / "other", n=11, by="desk")


def test_labels_of_another_corpus_are_refused(labels, tmp_path):
    text = "The two sides pledged to deepen their partnership."
    (tmp_path / "a.jsonl").write_text(json.dumps({"id": "a", "text": text, "outlet": "Wire"}) + "\n")
    corpus = ingest([tmp_path / "a.jsonl"], tmp_path / "corpus").corpus
    with pytest.raises(FramingError, match="labels of another corpus"):
        sample(corpus.folder, tmp_path / "coding", n=12, labels=labels)


@pytest.fixture
def coding(seed_corpus, labels, tmp_path):
    """A coding folder of which all but five sentences are coded as in the seed annotations."""
    folder = tmp_path / "coding"
    sample(seed_corpus.corpus.folder, folder, n=240, labels=labels)
    gold = {}
    for line in (SEEDS / "annotations.jsonl").read_text().splitlines():
        row = json.loads(line)
        gold[row["sentence_id"]] = row
    rows = [gold[sentence_id] for sentence_id in list(read_ledger(folder).rows)[5:]]
    write(folder, rows)
    return folder


def write(folder, rows):
    (folder / "annotations.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_a_coding_folder_is_read_as_codings_with_probability_text_and_context(coding, codebook, labels):
    coded = read_coded(coding, codebook)
    rows = read_ledger(coding).rows
    drawn = [rows[sentence_id] for sentence_id in coded.sentence_ids]
    assert coded.inclusion_probability.tolist() == [row["inclusion_probability"] for row in drawn]
    assert coded.texts == [row["text"] for row in drawn]
    assert coded.previous == [row["previous"] for row in drawn]
    assert coded.stories == [row["story"] for row in drawn]
    assert set(coded.purposes) == {"estimate"}
    assert coded.n_uncoded == 5
    assert evaluate(labels, coding).n_sentences == len(coded)
    part = coded.take(np.array([2, 0]))
    assert part.inclusion_probability.tolist() == coded.inclusion_probability[[2, 0]].tolist()
    assert (part.purposes, part.n_uncoded) == (["estimate", "estimate"], 5)


def test_codings_that_do_not_belong_to_the_draw_are_refused_with_their_line(coding, codebook):
    drawn = next(iter(read_ledger(coding).rows))
    for row, message in (
        ({"sentence_id": "made-up#1", "frames": []}, r"annotations.jsonl:1 \(id made-up#1\): not among the"),
        ({"sentence_id": drawn, "frames": [], "sha256": "0" * 64}, "another text was coded than was drawn"),
        ({"sentence_id": drawn, "frames": [], "codebook": "0" * 64}, "coded with another codebook"),
    ):
        write(coding, [row])
        with pytest.raises(FramingError, match=message):
            read_coded(coding, codebook)
    with pytest.raises(FramingError, match="made with codebook china-russia"):
        read_coded(coding, Codebook.load("generic-news"))
    (coding / "annotations.jsonl").unlink()
    with pytest.raises(FramingError, match="nothing coded yet"):
        read_coded(coding, codebook)


def two_samples(tmp_path, one, other):
    """Two files with a row each of the same sentence, and one sentence of their own."""
    paths = [tmp_path / "first.jsonl", tmp_path / "second.jsonl"]
    for number, (path, row) in enumerate(zip(paths, (one, other), strict=True)):
        shared = {"sentence_id": "a#1", "text": "Trade rose.", "frames": ["economic"], **row}
        own = {"sentence_id": f"a#{5 + number}", "text": f"It rained {number}.", "frames": []}
        path.write_text("".join(json.dumps(each) + "\n" for each in (own, shared)))
    return paths


def test_a_sentence_of_two_samples_counts_once(tmp_path, codebook):
    first = {"voice": "outlet", "inclusion_probability": 0.25, "purpose": "estimate"}
    paths = two_samples(tmp_path, first, {"inclusion_probability": 0.5, "stance": {"china": "neutral"}})
    coded = read_coded(paths, codebook)
    assert coded.sentence_ids == ["a#5", "a#1", "a#6"]
    assert (coded.inclusion_probability[1], coded.voices[1]) == (0.25, "outlet")
    assert coded.frames[:, codebook.frame_names.index("economic")].tolist() == [False, True, False]
    paths[0].write_text(paths[0].read_text() * 2)
    with pytest.raises(FramingError, match=r"first\.jsonl:3 \(id a#5\): coded before at .*first\.jsonl:1"):
        read_coded(paths, codebook)


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        ({}, {"frames": []}, r"coded as no frame, but at .*first\.jsonl:2 \(id a#1\) as economic; decide which"),
        ({"voice": "outlet"}, {"voice": "source"}, r"as economic, voice source, but at .* as economic, voice outlet"),
        ({"stance": {"china": "critical"}}, {"stance": {}}, "absent toward all, but at .* critical toward china"),
        ({}, {"frames": [], "boilerplate": True}, "coded as boilerplate, but at .* as economic"),
        ({}, {"text": "Trade fell."}, r"another text than at .*first\.jsonl:2 .*'Trade rose\.'; give codings of one"),
    ],
)
def test_a_sentence_of_two_samples_that_is_coded_differently_is_refused(tmp_path, codebook, one, other, message):
    with pytest.raises(FramingError, match=rf"second\.jsonl:2 \(id a#1\): .*{message}"):
        read_coded(two_samples(tmp_path, one, other), codebook)


def test_another_corpus_than_was_drawn_from_is_refused_in_training(coding, codebook, seed_corpus, tmp_path):
    (tmp_path / "a.jsonl").write_text(json.dumps({"id": "a", "text": "Trade rose.", "outlet": "Wire"}) + "\n")
    other = ingest([tmp_path / "a.jsonl"], tmp_path / "other").corpus.folder
    write(coding, [{"sentence_id": next(iter(read_ledger(coding).rows)), "frames": []}])
    refusal = rf"{coding}: drawn from another corpus .* than {other} .*leave --corpus out"
    for learn in (partial(train, coding, tmp_path / "model"), partial(learning_curve, coding)):
        with pytest.raises(FramingError, match=refusal):
            learn(corpus=other)
        for right in (seed_corpus.corpus.folder, None):
            with pytest.raises(FramingError, match="too little to train on"):
                learn(corpus=right)


def test_codings_are_never_overwritten(coding, seed_corpus):
    before = (coding / "annotations.jsonl").read_bytes()
    with pytest.raises(FramingError, match="holds codings"):
        sample(seed_corpus.corpus.folder, coding, n=240, overwrite=True)
    assert (coding / "annotations.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"inclusion_probability": 0}, "cannot be repaired"),
        ({"inclusion_probability": float("nan")}, "cannot be repaired"),
        ({"inclusion_probability": 1.5}, "cannot be repaired"),
        ({"inclusion_probability": 0.5, "purpose": "training"}, "picked for training"),
        ({"purpose": "practice"}, "purpose: Input should be 'estimate' or 'training'"),
    ],
)
def test_impossible_designs_in_a_plain_file_are_refused(tmp_path, codebook, fields, message):
    path = tmp_path / "coded.jsonl"
    path.write_text(json.dumps({"sentence_id": "a#0", "frames": [], "text": "Trade rose.", **fields}) + "\n")
    with pytest.raises(FramingError, match=message):
        read_coded(path, codebook)


def test_a_plain_file_has_no_probabilities_unless_it_gives_them(tmp_path, codebook):
    rows = [{"sentence_id": f"a#{i}", "frames": [], "text": f"Trade rose by {i}."} for i in range(2)]
    rows[1] |= {"inclusion_probability": 1, "purpose": "estimate"}
    path = tmp_path / "coded.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    coded = read_coded(path, codebook)
    assert np.isnan(coded.inclusion_probability[0])
    assert coded.inclusion_probability[1] == 1
    assert (coded.purposes, coded.n_uncoded) == (["", "estimate"], 0)


def test_expected_width_matches_the_estimator_on_its_own_assumptions():
    """By hand: SE^2 = .25 / 100, 99 degrees of freedom, t = 1.98422; half the interval on the logit scale is .39684."""
    width = expected_width(100, 1, prevalence=0.5, unexplained=1.0, icc=0.0)
    assert width == pytest.approx(2 / (1 + np.exp(-0.396843)) - 1, abs=1e-5)
    assert expected_width(400, 1, prevalence=0.5, unexplained=1.0) == pytest.approx(width / 2, rel=0.03)
    assert expected_width(100, 5, icc=0.3) > expected_width(100, 5) > expected_width(100, 1)
    assert np.isnan(expected_width(5, 3))
    with pytest.raises(FramingError, match="prevalence 15"):
        expected_width(100, 3, prevalence=15)


def test_pilot_values_find_what_made_the_data():
    generator = np.random.default_rng(4)
    story = np.repeat(np.arange(1500), 4)
    chance = np.clip(0.3 + generator.normal(0, 0.15, 1500)[story], 0.01, 0.99)
    gold = generator.random(6000) < chance
    pi = np.where(gold, 0.8, 0.4)  # frames are drawn twice as often
    drawn = generator.random(6000) < pi
    values = pilot_values(np.full(drawn.sum(), 0.3), gold[drawn], pi[drawn], story[drawn])
    assert values.prevalence == pytest.approx(gold.mean(), abs=0.03)
    assert values.unexplained == pytest.approx(1, abs=0.03)  # a constant score explains nothing
    assert values.icc == pytest.approx(0.15**2 / (0.3 * 0.7), abs=0.05)
    perfect = pilot_values(gold[drawn].astype(float), gold[drawn], pi[drawn], story[drawn])
    assert (perfect.unexplained, perfect.icc) == (0, 0)
    with pytest.raises(FramingError, match="--per-story 2"):
        pilot_values([0.5, 0.5], [0, 1], [0.5, 0.5], ["a", "b"])


def test_the_command_draws_plans_and_says_what_comes_next(seed_corpus, labels, coding, tmp_path):
    def run(*arguments, code=0):
        result = CliRunner().invoke(app, ["sample", str(seed_corpus.corpus.folder), *map(str, arguments)])
        assert result.exit_code == code, result.output
        return result.output

    out = run("-n", 60, "-o", tmp_path / "drawn")
    assert "Corvane Wire" in out
    assert f"framing annotate {tmp_path / 'drawn'} --coder NAME" in out
    assert "framing import" in out
    out = run("-n", 60, "-o", tmp_path / "picked", "--labels", labels, "--for", "training")
    assert "they can enter no estimate" in out
    out = run("--plan")
    assert "assumed: 100% of the variance" in out
    out = run("--plan", "-n", 800, "--labels", labels, "--pilot", coding)
    assert "estimated from the pilot" in out
    planned = next(line for line in out.splitlines() if line.startswith("800 ")).split()
    assert planned[1] == "100"
    values = read_pilot(read_labels(labels), coding)
    for name, found in zip(FRAMES, planned[3:], strict=True):  # a story more, three sentences of it, is the best
        assert float(found.partition("-")[0]) >= 100 * expected_width(100, 3, **vars(values[name])) - 0.1
    assert "expected -n" in run(code=2)
    assert "--pilot is for --plan" in run("-n", 800, "-o", tmp_path / "more", "--pilot", coding, code=2)


def test_a_plan_holds_no_more_than_there_is_to_draw(seed_corpus, tmp_path):
    """What is planned is what is drawn, also of a stratum with few stories; beyond all there is nothing is planned."""
    corpus = seed_corpus.corpus.folder
    out = CliRunner().invoke(app, ["sample", str(corpus), "--plan"]).output
    rows = [line.split() for line in out.splitlines() if re.match(r"[\d,]+  ", line)]
    n_sentences = len(read_population(seed_corpus.corpus, by="outlet", min_stories=2).rows)
    assert [row[0] for row in rows] == ["300", "600", "1,200", f"{n_sentences:,}"]
    strata = sample(corpus, tmp_path / "drawn", n=600).strata
    stories = [stratum.drawn_stories for stratum in strata]
    assert rows[1][2] == f"{min(stories)}-{max(stories)}"
    assert rows[1][1] == "75"
    few = next(stratum for stratum in strata if stratum.drawn_stories == min(stories))
    width = expected_width(75, 75 / few.drawn_stories, prevalence=0.05, unexplained=1.0)
    assert rows[1][3].endswith(f"-{100 * width:.1f}")
    result = CliRunner().invoke(app, ["sample", str(corpus), "--plan", "-n", "9"])
    assert (result.exit_code, "expected 48 or more" in result.output) == (2, True)
