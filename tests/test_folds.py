"""Cross-fitted training: coded stories are scored by a network that did not see them, and nothing else changes."""

import json
import shutil
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pyarrow.parquet as pq
import pytest
from conftest import DATA, SEEDS, change
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from typer.testing import CliRunner

from framing import FrameClassifier, FramingError, compare, evaluate, ingest, label, train
from framing.annotation import read_coded
from framing.artefact import read_manifest, sha256_text
from framing.classifier import FoldedClassifier, TrainingSettings, load_classifier
from framing.classifier.assignment import CodedFolds
from framing.classifier.columns import OUT_OF_FOLD
from framing.classifier.record import read_split, split_rows, write_split
from framing.classifier.splits import deal, on_one_side
from framing.classifier.thresholds import best_thresholds, thresholds_by_fold
from framing.cli.app import app
from framing.evaluation.gold import read_gold
from framing.labelling import read_labels

FRAMES = ("cooperation", "anti_western", "economic")
SENTENCES = ["The two neighbours pledged to deepen their partnership.", "Exports of wheat rose by a fifth."]
QUICK = TrainingSettings(epochs=1, folds=2, max_tokens=48)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Two outlets of the seed corpus."""
    articles = [SEEDS / "articles" / f"{name}.jsonl" for name in ("corvane-wire", "saltmarsh-gazette")]
    return ingest(articles, tmp_path_factory.mktemp("folds") / "corpus", outlet_table=SEEDS / "outlets.csv").corpus


@pytest.fixture(scope="module")
def gold(corpus, tmp_path_factory):
    """Codings of every second story of these outlets."""
    sentences = corpus.sentences(["sentence_id", "story"]).to_pylist()
    coded = set(sorted({row["story"] for row in sentences})[::2])
    wanted = {row["sentence_id"] for row in sentences if row["story"] in coded}
    lines = (SEEDS / "annotations.jsonl").read_text().splitlines(keepends=True)
    path = tmp_path_factory.mktemp("gold") / "coded.jsonl"
    path.write_text("".join(line for line in lines if json.loads(line)["sentence_id"] in wanted))
    return path


@pytest.fixture(scope="module")
def training(corpus, gold, tmp_path_factory):
    folder = tmp_path_factory.mktemp("folded") / "model"
    return train(gold, folder, codebook="china-russia", corpus=corpus.folder, settings=QUICK)


@pytest.fixture(scope="module")
def labels(corpus, training, tmp_path_factory):
    return read_labels(label(corpus.folder, training.folder, tmp_path_factory.mktemp("labels") / "labels").output)


@pytest.fixture(scope="module")
def members(training):
    return [FrameClassifier.from_pretrained(training.folder / f"fold-{fold}") for fold in range(2)]


def test_every_coded_story_is_scored_by_the_network_that_did_not_see_it(training, labels, members):
    folds = {row["story"]: row["fold"] for row in read_split(training.folder)}
    assert set(folds.values()) == {0, 1}
    for fold, member in enumerate(members):
        assert {row["story"] for row in member.record if row["part"] == "train"}.isdisjoint(
            story for story, own in folds.items() if own == fold
        )
    by_member = np.stack([member.predict_proba(labels.names("text").tolist()) for member in members])
    written = np.column_stack([labels.column(f"p_{frame}") for frame in FRAMES])
    fits = np.abs(by_member - written).max(axis=2) < 2e-5
    assert np.all(fits.sum(axis=0) == 1), "every sentence has the score of exactly one network"
    scored_by = fits.argmax(axis=0)
    stories = labels.names(labels.story_column).tolist()
    assert all(scored_by[i] == folds[story] for i, story in enumerate(stories) if story in folds)
    assert len(set(zip(stories, scored_by.tolist(), strict=True))) == len(set(stories)), "a story has one network"
    assert {scored_by[i] for i, story in enumerate(stories) if story not in folds} == {0, 1}


def test_decisions_are_by_the_thresholds_chosen_without_the_fold(training, labels, members):
    folds = {row["story"]: row["fold"] for row in read_split(training.folder)}
    for column, frame in enumerate(FRAMES):
        default = training.classifier.thresholds[frame]
        thresholds = np.array(
            [
                members[folds[s]].thresholds[frame] if s in folds else default
                for s in labels.names(labels.story_column).tolist()
            ]
        )
        expected = (labels.column(f"p_{frame}") >= thresholds) & labels.content
        np.testing.assert_array_equal(labels.decisions[:, column], expected)


def test_articles_are_read_without_the_labels_of_their_fold(corpus, gold, small_model, tmp_path):
    settings = QUICK.model_copy(update={"encoder": str(small_model.parent / "encoder"), "context": "article"})
    trained = train(gold, tmp_path / "model", codebook="china-russia", corpus=corpus.folder, settings=settings)
    output = label(corpus.folder, trained.folder, tmp_path / "labels").output
    scored = {row["sentence_id"]: row for row in pq.read_table(trained.folder / OUT_OF_FOLD).to_pylist()}
    rows = [row for row in pq.read_table(sorted(output.glob("*.parquet"))).to_pylist() if row["sentence_id"] in scored]
    assert len(rows) == len(scored)
    for row in rows:
        own = scored[row["sentence_id"]]
        for frame in FRAMES:
            assert row[f"p_{frame}"] == pytest.approx(own[f"p_{frame}"], abs=1e-5)
            assert row["boilerplate"] or row[frame] == own[frame]
    assert FoldedClassifier.from_pretrained(trained.folder).article_context is not None


def test_evaluation_uses_all_coded_sentences(labels, gold, training):
    assert labels.seen == labels.seen_stories == frozenset()
    assert labels.coded == {row["sha256"] for row in read_split(training.folder)}
    result = evaluate(labels, gold)
    assert (result.n_seen, result.n_sentences) == (0, len(gold.read_text().splitlines()))


def test_stories_that_merge_in_a_later_corpus_are_not_taken_for_unseen(corpus, gold, training, tmp_path):
    """A digest reprints an article of each fold: one network scores both, and has learned from one."""
    folds = {row["sentence_id"].split("#")[0]: row["fold"] for row in read_split(training.folder)}
    sources = [SEEDS / "articles" / f"{name}.jsonl" for name in ("corvane-wire", "saltmarsh-gazette")]
    articles = [json.loads(line) for source in sources for line in source.read_text().splitlines()]
    one, other = (next(a for a in articles if folds.get(a["id"]) == fold) for fold in (0, 1))
    digest = {**one, "id": "digest", "title": "Week", "text": f"{one['text']}\n\n{other['text']}"}
    path = tmp_path / "later.jsonl"
    path.write_text("".join(json.dumps(article) + "\n" for article in [*articles, digest]))
    later = ingest([path], tmp_path / "later").corpus
    labelled = read_labels(label(later.folder, training.folder, tmp_path / "labels").output)
    scored_by = dict(zip(labelled.names("sentence_id").tolist(), labelled.column("fold").tolist(), strict=True))
    known = {row["sentence_id"]: row for row in read_split(training.folder)}
    several = CodedFolds.from_split(list(known.values()), 2).texts
    learned = {i for i, row in known.items() if several[row["sha256"]] not in (-1, scored_by[i])}
    assert len(learned) >= 5
    result = evaluate(labelled, gold)
    assert (result.n_seen, result.n_sentences) == (len(learned), len(known) - len(learned))
    with pytest.raises(FramingError, match=r"saw \d+ of the gold .* train with --folds 5 and this corpus"):
        compare(labelled, tmp_path / "report", gold=gold, assume_simple_random=True)


def test_gold_whose_text_recurs_in_a_coded_story_says_so_and_may_be_learned_from_too(labels, training, tmp_path):
    """As in a second sample of the corpus that was learned from, where one has a credit of the other."""
    known = read_split(training.folder)
    stories, folds = labels.names(labels.story_column).tolist(), labels.column("fold").tolist()
    ids, texts = labels.names("sentence_id").tolist(), labels.names("text").tolist()
    coded = {row["story"] for row in known}
    new = [i for i, story in enumerate(stories) if story not in coded and sha256_text(texts[i]) not in labels.coded]
    again, *others = {stories[i]: i for i in new}.values()
    gold = tmp_path / "second.jsonl"
    gold.write_text("".join(json.dumps({"sentence_id": ids[i], "frames": []}) + "\n" for i in (again, *others)))
    elsewhere = next(row for row in known if row["fold"] != folds[again])
    recurring = [*known, {**elsewhere, "sha256": sha256_text(texts[again])}]
    first = replace(labels, folds=CodedFolds.from_split(recurring, 2))
    with pytest.raises(FramingError, match=rf"text of 1 gold sentences \(first: {ids[again]}\) recurs in"):
        read_gold(first, gold, assume_simple_random=True)
    own = {**recurring[-1], "story": stories[again], "fold": folds[again]}
    both = replace(labels, folds=CodedFolds.from_split([*recurring, own], 2))
    assert len(read_gold(both, gold, assume_simple_random=True).rows) == 1 + len(others)


def test_ordinary_labels_say_that_they_are_not_out_of_fold_and_keep_what_was_seen(tmp_path, corpus, training, members):
    ordinary = read_labels(label(corpus.folder, training.folder / "fold-0", tmp_path / "labels").output)
    assert "fold" not in ordinary.table.column_names
    learned = {row["story"] for row in members[0].record if row["part"] == "train"}
    assert ordinary.seen_stories == learned
    assert learned


def test_scores_are_of_all_coded_sentences_but_texts_of_several_folds(training, codebook, corpus, gold):
    coded = read_coded(gold, codebook, corpus.sentences())
    folds = {row["sentence_id"]: row["fold"] for row in read_split(training.folder)}
    alone = on_one_side(coded.texts, [folds[sentence_id] for sentence_id in coded.sentence_ids])
    assert (training.n_train, training.n_validation, training.n_test) == (len(coded), 0, alone.sum())
    assert [score.positives for score in training.scores] == coded.frames[alone].sum(axis=0).tolist()
    card = (training.folder / "README.md").read_text()
    assert "dealt by story to 2 folds" in card
    assert training.n_repeated == (~alone).sum()
    assert f"Macro-F1 {training.macro_f1:.2f} on {training.n_test} sentences{training.left_out};" in card


def test_free_text_gets_the_mean_and_a_table_keeps_what_was_seen(tmp_path, training, members):
    loaded = load_classifier(training.folder)
    mean = np.mean([member.predict_proba(SENTENCES) for member in members], axis=0)
    np.testing.assert_allclose(loaded.predict_proba(SENTENCES), mean, atol=1e-6)
    np.testing.assert_array_equal(loaded.predict_proba(SENTENCES), training.classifier.predict_proba(SENTENCES))
    assert loaded.predict_proba([]).shape == (0, 3)
    rows = [{"sentence_id": str(i), "text": text} for i, text in enumerate(SENTENCES)]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    label(tmp_path / "in.jsonl", training.folder, tmp_path / "out.jsonl", unit="sentence")
    table = read_labels(tmp_path / "out.jsonl", model=training.folder)
    np.testing.assert_allclose(table.column("p_economic"), mean[:, 2], atol=1e-5)
    assert table.seen == {row["sha256"] for row in read_split(training.folder)}


def test_saved_and_loaded_assigns_and_scores_alike(training, corpus):
    sentences = corpus.sentences(["text", "story"])
    texts, stories = (sentences[name].to_pylist() for name in ("text", "story"))
    fitted, loaded = training.classifier, FoldedClassifier.from_pretrained(training.folder)
    one, two = (model.assign(texts, stories, corpus.manifest["sha256"]) for model in (fitted, loaded))
    np.testing.assert_array_equal(one.members, two.members)
    np.testing.assert_array_equal(one.coded, two.coded)
    scores = [model.out_of_fold_probabilities(texts[:20], None, one[:20]) for model in (fitted, loaded)]
    np.testing.assert_array_equal(*scores)


def test_same_seed_same_weights_from_python_and_the_command_line(tmp_path):
    coded = DATA / "generic_news.jsonl"
    train(coded, tmp_path / "one", codebook="generic-news", settings=QUICK)
    (tmp_path / "s.yaml").write_text("epochs: 1\nmax_tokens: 48\n")
    options = ["--codebook", "generic-news", "--settings", tmp_path / "s.yaml", "--folds", "2", "-o", tmp_path / "two"]
    result = CliRunner().invoke(app, [str(argument) for argument in ["train", coded, *options]])
    assert "trained on 72 sentences in 2 folds, scores from 72 of them" in result.output
    one, two = (read_manifest(tmp_path / name, "model") for name in ("one", "two"))
    assert one == two


def test_more_folds_than_stories_is_explained(tmp_path):
    settings = TrainingSettings(folds=13)
    with pytest.raises(FramingError, match=r"^expected 2 to 12 folds, as many as there are .*, found 13; choose .*$"):
        train(DATA / "generic_news.jsonl", tmp_path / "model", codebook="generic-news", settings=settings)
    assert not list(tmp_path.iterdir())


def test_a_model_opened_as_the_other_kind_says_what_to_use(training):
    with pytest.raises(FramingError, match=r"a model of 2 folds, expected one network; open it with .*load_classifier"):
        FrameClassifier.from_pretrained(training.folder)
    with pytest.raises(FramingError, match="one network, expected a model of folds"):
        FoldedClassifier.from_pretrained(training.folder / "fold-0")
    assert isinstance(load_classifier(training.folder / "fold-0"), FrameClassifier)


def test_an_incomplete_or_mixed_model_is_refused(training, tmp_path):
    model = shutil.copytree(training.folder, tmp_path / "model")
    (model / "split.jsonl").rename(tmp_path / "split.jsonl")
    with pytest.raises(FramingError, match=r"split\.jsonl is missing, which says what the model has seen; copy the"):
        load_classifier(model)
    (tmp_path / "split.jsonl").rename(model / "split.jsonl")
    change(model / "fold-1" / "tokenizer.json")
    with pytest.raises(FramingError, match=r"fold-1/tokenizer\.json: wrong hash"):
        load_classifier(model)
    shutil.rmtree(model / "fold-1")
    with pytest.raises(FramingError, match="fold-1: is missing in a model of folds"):
        load_classifier(model)
    shutil.copytree(model / "fold-0", model / "fold-1")
    with pytest.raises(FramingError, match="a fold is of another training run"):
        load_classifier(model)


@given(st.integers(2, 5), st.data())
def test_a_fold_has_no_part_in_the_choice_of_its_thresholds(n_folds, data):
    n = data.draw(st.integers(30, 80))
    probabilities = data.draw(hnp.arrays(float, (n, 2), elements=st.floats(0, 1)))
    labels = data.draw(hnp.arrays(bool, (n, 2)))
    folds = np.arange(n) % n_folds
    before = thresholds_by_fold(probabilities, labels, folds, n_folds)
    fold = data.draw(st.integers(0, n_folds - 1))
    changed = np.where((folds == fold)[:, None], ~labels, labels)
    after = thresholds_by_fold(probabilities, changed, folds, n_folds)
    np.testing.assert_array_equal(before[fold], after[fold])
    np.testing.assert_array_equal(before[fold], best_thresholds(probabilities[folds != fold], labels[folds != fold]))


@given(st.lists(st.integers(1, 9), min_size=2, max_size=12), st.data())
@example([5, 8, 2, 3, 6], None)
def test_no_fold_is_empty_and_no_story_in_two(sizes, data):
    stories = [str(i) for i, size in enumerate(sizes) for _ in range(size)]
    if data is None:  # two large stories share a frame, which once left a fold without any
        frames, n_folds, seed = np.isin(stories, ["0", "4"])[:, None], 5, 13
    else:
        frames = data.draw(hnp.arrays(bool, (len(stories), 2)))
        n_folds, seed = data.draw(st.integers(2, len(sizes))), data.draw(st.integers(0, 5))
    folds = deal(frames, stories, n_folds, seed)
    assert set(folds.tolist()) == set(range(n_folds))
    assert len(set(zip(stories, folds.tolist(), strict=True))) == len(sizes)


names = st.sampled_from([f"story-{i}" for i in range(12)])
texts = st.sampled_from([f"Text {i}." for i in range(12)])


@given(st.dictionaries(names, st.tuples(texts, st.integers(0, 2))), st.lists(st.tuples(names, texts), max_size=40))
def test_each_story_has_one_network_and_a_recorded_one_its_own(coded, corpus):
    texts = [text for text, _ in coded.values()]
    folds = [fold for _, fold in coded.values()]
    rows = split_rows(texts, list(coded), ["train"] * len(coded), folds=folds, corpus="this")
    coded_folds = CodedFolds.from_split(rows, 3)
    stories, sentences = [story for story, _ in corpus], [text for _, text in corpus]
    assigned = coded_folds.assign(sentences, stories, "this")
    by_story = dict(zip(stories, assigned.members.tolist(), strict=True))
    assert assigned.members.tolist() == [by_story[story] for story in stories], "a story has two networks"
    for i, story in enumerate(stories):
        if story in coded:
            assert assigned.coded[i]
            assert assigned.members[i] == coded[story][1]
    unrelated = coded_folds.assign([f"{text} Else." for text in sentences], stories, "another")
    assert not unrelated.coded.any()
    assert all(
        one == two for one, two in pairwise(sorted(zip(stories, unrelated.members, strict=True))) if one[0] == two[0]
    )


def test_names_of_another_corpus_do_not_count_but_texts_do():
    rows = split_rows(["a", "b", "c", "c"], ["s", "t", "u", "v"], ["train"] * 4, folds=[2, 1, 0, 1], corpus="old")
    folds = CodedFolds.from_split(rows, 3)
    assert folds.assign(["a", "x", "b"], ["new-s", "new-s", "new-t"], "new").members.tolist() == [2, 2, 1]
    by_name = folds.assign(["x"], ["s"], "old")
    assert (by_name.members.tolist(), by_name.coded.tolist()) == ([2], [True])
    assert not folds.assign(["x"], ["s"], "new").coded.any(), "an equal name in another corpus says nothing"
    assert not folds.assign(["c"], ["w"], "new").coded.any(), "a text of two folds says nothing"
    assert not folds.assign(["a", "a"], ["w", "x"], "new").coded.any(), "a text of two stories says nothing"
    assert folds.assign(["b"], ["s"], "old").members.tolist() == [2], "the story's own fold wins over its texts"
    assert not folds.assign(["b"], ["w"], "old").coded.any(), "stories of the same corpus are known by name alone"


def test_uncoded_stories_are_dealt_by_name_evenly_and_whatever_else_is_there():
    folds = CodedFolds.from_split(split_rows(["a"], ["s"], ["train"], folds=[0]), 3)
    stories = [f"story-{i}" for i in range(600)]
    members = folds.assign(stories, stories).members
    assert np.bincount(members).min() > 150
    np.testing.assert_array_equal(folds.assign(stories[300:], stories[300:]).members, members[300:])
    assert members[0] == int(sha256_text("story-0")[:16], 16) % 3, "the same on every machine and in every run"


def test_ids_with_rare_line_ends_come_back_and_a_broken_line_is_named(tmp_path):
    rows = split_rows(["a", "b"], ["s", "t"], ["train"] * 2, sentence_ids=["one\u2028#0", "two\x85#0"])
    write_split(tmp_path, rows)
    assert read_split(tmp_path) == rows
    with (tmp_path / "split.jsonl").open("a") as stream:
        stream.write("{")
    with pytest.raises(FramingError, match=r"split\.jsonl:3: not JSON .*; copy the whole folder again"):
        read_split(tmp_path)
