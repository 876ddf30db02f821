"""The learning curve: the law is found, the forecast holds, and the command says it in words."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from conftest import DATA, SEEDS
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from framing import Codebook, FramingError, learning_curve
from framing.annotation import read_coded
from framing.classifier.curve import curve_from_embeddings
from framing.classifier.power_law import fit_power_law
from framing.cli.app import app
from framing.cli.curve import print_curve

SIZES = np.geomspace(50, 1600, 8)


@given(st.floats(0.3, 1), st.floats(0, 5), st.integers(5, 100))
def test_a_power_law_is_found_again(a, b, hundredths):
    c = hundredths / 100
    law = fit_power_law(SIZES, a - b * SIZES**-c)
    assert law.at(1800) == pytest.approx(a - b * 1800**-c, abs=1e-6)
    assert law.at(10_000) == pytest.approx(a - b * 10_000**-c, abs=1e-6)


@given(st.lists(st.floats(0, 1), min_size=8, max_size=8))
def test_the_law_never_falls_nor_passes_one(scores):
    law = fit_power_law(SIZES, np.array(scores))
    assert law.a <= 1
    assert law.b >= 0
    assert law.at(50) <= law.at(500) <= law.at(5000) <= 1


def test_a_row_without_a_score_has_no_law_and_others_keep_theirs():
    scores = np.array([np.linspace(0.2, 0.6, 8), np.full(8, np.nan)])
    both = fit_power_law(SIZES, scores).at(2000)
    assert both[0] == pytest.approx(float(fit_power_law(SIZES, scores[0]).at(2000)))
    assert np.isnan(both[1])


def test_many_curves_at_once_are_the_same_as_one_by_one():
    scores = np.sort(np.random.default_rng(0).random((2, 3, 8)))
    together = fit_power_law(SIZES, scores)
    assert together.at(2000)[1, 2] == pytest.approx(float(fit_power_law(SIZES, scores[1, 2]).at(2000)))


@pytest.fixture(scope="module")
def synthetic():
    """800 sentences of 160 stories, two frames, embeddings of which a part tells the frames: one is easy, one hard."""
    generator = np.random.default_rng(3)
    embeddings = generator.normal(size=(800, 40))
    noise = generator.normal(size=(800, 2)) * [0.5, 2.0]
    frames = embeddings @ generator.normal(size=(40, 2)) / 6 + noise > [0.7, 1.2]
    coded = read_coded(DATA / "generic_news.jsonl", Codebook.load("generic-news"))
    stories = [f"story-{i // 5}" for i in range(800)]
    texts = [f"Sentence {i}." for i in range(800)]
    coded = replace(coded, sentence_ids=texts, texts=texts, stories=stories, frames=frames)
    return coded, embeddings


def curve(coded, embeddings, n, more, seed=1):
    part = replace(
        coded,
        sentence_ids=coded.sentence_ids[:n],
        texts=coded.texts[:n],
        stories=coded.stories[:n],
        frames=coded.frames[:n],
    )
    return curve_from_embeddings(part, embeddings[:n], ["easy", "hard"], more=more, level=0.95, seed=seed)


def test_what_is_foretold_with_half_of_the_sentences_comes_true_with_all(synthetic):
    half, whole = curve(*synthetic, 400, 200), curve(*synthetic, 800, 200)
    assert [round(size) for size in half.sizes] == sorted(round(size) for size in half.sizes)
    assert half.sizes[-1] == pytest.approx(320)
    for name in ("easy", "hard"):
        before, after = half.frames[name], whole.frames[name]
        law_of_all = after.a - after.b * np.array([400, 600, 800.0]) ** -after.c
        assert before.more.gain.value == pytest.approx(law_of_all[1] - law_of_all[0], abs=0.02)
        assert before.twice.gain.value == pytest.approx(law_of_all[2] - law_of_all[0], abs=0.03)
        assert before.more.gain.low <= before.more.gain.value <= before.more.gain.high
        assert 0 < before.more.gain.value < before.twice.gain.value
        assert before.now + before.more.gain.value == pytest.approx(before.more.f1)
    easy, hard = (values(half.frames[name]) for name in ("easy", "hard"))
    assert easy[-1] > hard[-1] + 0.1
    assert values(half.macro) == pytest.approx((easy + hard) / 2)


def values(curve):
    return np.array([f1.value for f1 in curve.f1])


def test_a_frame_in_few_stories_has_no_limits_and_is_not_said_to_gain_most(synthetic, capsys):
    """Ten sentences of two stories, unlike all others: resamples of stories all say the same of it, or nothing."""
    coded, embeddings = synthetic
    rare = np.arange(800) < 10
    embeddings = np.hstack([embeddings * ~rare[:, None], 5.0 * rare[:, None]])
    found = curve(replace(coded, frames=np.column_stack([coded.frames[:, 0], rare])), embeddings, 800, 200)
    (easy, hard), macro = found.frames.values(), found.macro
    assert all(f1.has_limits for f1 in (*easy.f1, easy.more.gain))
    assert not any(f1.has_limits for f1 in (*hard.f1, hard.more.gain, hard.twice.gain))
    assert not any(f1.has_limits for f1 in (*macro.f1, macro.more.gain)), "many resamples lack one of its frames"
    assert found.gains_most == "easy"
    print_curve(found)
    said = capsys.readouterr().out
    assert "not compared, as too few stories have it or no resample differs: hard" in said
    assert f"bring about {100 * macro.more.gain.value:+.1f} points of macro-F1; easy would gain most" in said


def test_a_frame_that_is_never_scored_has_no_f1(synthetic, capsys):
    """All that has it are copies, whose embedding tells them from the rest, so that nothing else is given it."""
    coded, embeddings = synthetic
    copied = np.arange(800) % 20 == 0
    texts = ["A copy." if copy else text for copy, text in zip(copied, coded.texts, strict=True)]
    frames = np.column_stack([coded.frames[:, 0] & ~copied, copied])
    embeddings = np.hstack([embeddings * ~copied[:, None], 5.0 * copied[:, None]])
    found = curve(replace(coded, texts=texts, frames=frames), embeddings, 800, 200)
    assert np.isnan(values(found.frames["hard"])).all()
    assert np.isnan(found.frames["hard"].more.f1)
    np.testing.assert_array_equal(values(found.macro), values(found.frames["easy"]))
    assert found.macro.f1[-1].has_limits
    print_curve(found)
    assert len(re.findall(r"^ *\d+ +0\.\d\d \(0\.\d\d-0\.\d\d\) +0\.\d\d +-$", capsys.readouterr().out, re.M)) == 8


def test_texts_that_are_all_in_several_folds_are_refused(synthetic):
    """Every story has the same five texts."""
    coded, embeddings = synthetic
    texts = [f"Sentence {i % 5}." for i in range(800)]
    with pytest.raises(FramingError, match=r"^no scores: every text is also in another fold; code other texts$"):
        curve(replace(coded, texts=texts), embeddings, 800, 200)


def test_the_largest_seed_is_a_seed(synthetic):
    assert curve(*synthetic, 100, 200, seed=2**32 - 1).macro.f1


def test_a_copied_sentence_in_another_fold_is_not_scored(synthetic):
    """Were copies scored, labels without any pattern would seem to be learned."""
    coded, _ = synthetic
    generator = np.random.default_rng(0)
    frames = np.tile(generator.random((400, 2)) < 0.3, (2, 1))
    noise = np.tile(generator.normal(size=(400, 400)), (2, 1))
    copies = replace(coded, texts=coded.texts[:400] * 2, frames=frames)
    assert curve(copies, noise, 800, 200).macro.f1[-1].value < 0.5


def test_the_seeds_from_the_command_line(seed_corpus, tmp_path):
    coded, corpus = tmp_path / "coded.jsonl", seed_corpus.corpus.folder
    lines = (SEEDS / "annotations.jsonl").read_text().splitlines(keepends=True)
    coded.write_text("".join(lines[::6][:300]))
    arguments = ["learning-curve", coded, "--corpus", corpus, "--codebook", "china-russia", "--more", 100]

    def run(*more):
        result = CliRunner().invoke(app, [str(argument) for argument in (*arguments, *more)])
        assert result.exit_code == 0, result.output
        return result.stdout

    found = json.loads(run("--format", "json"))
    assert (found["n_sentences"], found["more"]) == (300, 100)
    assert (found["macro"]["more"]["n"], found["macro"]["twice"]["n"]) == (400, 600)
    assert found["sizes"][0] == pytest.approx(50, abs=10)
    assert found["sizes"][-1] == pytest.approx(240, abs=1)
    f1, low, high = (np.array([score[name] for score in found["macro"]["f1"]]) for name in ("value", "low", "high"))
    assert f1[-1] > max(f1[0], 0.5), "real sentences are learned from"
    assert (low <= f1).all()
    assert (f1 <= high).all()
    gains = {name: frame["more"]["gain"]["value"] for name, frame in found["frames"].items()}
    most = max(gains, key=gains.get)
    said = run()
    assert len(re.findall(r"^ *\d+ +0\.\d\d \(0\.\d\d-0\.\d\d\)( +0\.\d\d){3}$", said, re.M)) == 8
    gain, low, high = (100 * found["macro"]["more"]["gain"][name] for name in ("value", "low", "high"))
    assert (
        f"100 more coded sentences would bring about {gain:+.1f} points of macro-F1 ({low:.1f} to {high:.1f}); "
        f"{most} would gain most, {100 * gains[most]:+.1f} points"
    ) in said
    assert "stands in for the fine-tuned one" in said


def test_too_little_is_refused_as_in_training(tmp_path):
    coded = tmp_path / "coded.jsonl"
    coded.write_text("".join((DATA / "generic_news.jsonl").read_text().splitlines(keepends=True)[:30]))
    with pytest.raises(FramingError, match="too little to train on: 30 coded sentences, at least 50 are needed"):
        learning_curve(coded, codebook="generic-news")
    with pytest.raises(FramingError, match=r"more 0, level 0\.95: expected 1 or more sentences"):
        learning_curve(coded, codebook="generic-news", more=0)
