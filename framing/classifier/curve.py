"""`framing learning-curve`: what more coded sentences would bring, by a quick classifier in place of the fine-tuned."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from framing.annotation import CodedSentences, read_coded
from framing.annotation.folder import refuse_other_corpus, to_learn
from framing.arrays import Codes, Floats
from framing.bootstrap import Interval, clustered_replicates, percentile_intervals
from framing.classifier.inference import embed
from framing.classifier.power_law import fit_power_law
from framing.classifier.quick import fit_predict
from framing.classifier.settings import TrainingSettings
from framing.classifier.splits import deal, on_one_side
from framing.classifier.summary import NO_SCORES_OF_FOLDS
from framing.classifier.training import check_enough
from framing.codebook import Codebook
from framing.corpus import Corpus
from framing.decisions import decision_counts, macro_f1, precision_recall_f1, sum_by_story
from framing.errors import FramingError
from framing.progress import track

FOLDS = 5
DRAWS = 6
SIZES = 8
SMALLEST = 50
REPLICATES = 1000


@dataclass(frozen=True)
class Forecast:
    """F1 after `n` coded sentences by the law, 0 to 1, and the gain on what there is."""

    n: int
    f1: float
    gain: Interval


@dataclass(frozen=True)
class Curve:
    """F1 on stories that were held out, by number of coded sentences learned from; all NaN where it is undefined.

    Limits are NaN where they would be in `framing.evaluate`, see `framing.bootstrap.percentile_intervals`.

    Parameters
    ----------
    f1 : list of Interval, length n_sizes
        Mean over the draws, 0 to 1; undefined where in a draw no scored sentence has the frame or is given it.
    a, b, c : float
        The law ``F1(n) = a - b n^-c`` that fits them.
    now : float
        F1 by the law after all sentences that are coded.
    more, twice : Forecast
        After the asked number of sentences more, and after twice as many as there are.
    """

    f1: list[Interval]
    a: float
    b: float
    c: float
    now: float
    more: Forecast
    twice: Forecast


@dataclass(frozen=True)
class LearningCurve:
    """How the quick classifier learned.

    Parameters
    ----------
    n_sentences, n_stories : int
        Coded.
    more : int
        Sentences that the forecast adds.
    level : float
        Of the intervals.
    sizes : list of float, length n_sizes
        Coded sentences learned from, mean over draws and folds.
    macro : Curve
        Of the mean F1 over the frames that have one at every size.
    frames : dict of str to Curve
    """

    n_sentences: int
    n_stories: int
    more: int
    level: float
    sizes: list[float]
    macro: Curve
    frames: dict[str, Curve]

    @property
    def gains_most(self) -> str | None:
        """Frame with the largest forecast gain among those whose gain has limits; None without such a frame."""
        gains = {name: frame.more.gain.value for name, frame in self.frames.items() if frame.more.gain.has_limits}
        return max(gains, key=gains.__getitem__, default=None)


def learning_curve(
    annotations: str | Path | Sequence[str | Path],
    *,
    codebook: str | Path | Codebook | None = None,
    corpus: str | Path | None = None,
    settings: TrainingSettings | None = None,
    more: int = 200,
    level: float = 0.95,
) -> LearningCurve:
    """Foretell what more coded sentences would bring.

    Fine-tuning at many sizes takes too long on a laptop, so a quick classifier stands in: logistic regression on
    sentences embedded once with the encoder as it is. Its F1 is not that of the fine-tuned model, and its gain is a
    guide to the model's gain, no promise of it.

    Parameters
    ----------
    annotations : str, Path, or sequence of them
        Coded sentences, as in `train`.
    codebook : str, Path or Codebook, optional
        Codebook of the annotations; by default that of their coding folder.
    corpus : str or Path, optional
        Corpus folder with the text of the sentences; not needed when the rows carry their text.
    settings : TrainingSettings, optional
        Encoder, context, tokens and seed are used.
    more : int
        Coded sentences to add in the forecast, 1 or more.
    level : float
        Of the intervals, between 0 and 1.

    Raises
    ------
    FramingError
        If the annotations do not fit or are too few to train on, nothing can be scored, or a setting is out of range.

    Notes
    -----
    In every draw the stories are dealt to folds anew; the stories of all folds but one are put in random order and
    added whole, as coders would add them, until each size is reached; the fold left out is predicted. F1 is computed
    from the hits and misses of all folds together: the mean of the folds' F1 is biased where a frame is rare (Forman
    and Scholz 2010, Apples-to-apples in cross-validation studies, ACM SIGKDD Explorations 12, 49-57). Sentences whose
    very text is in another fold too are not scored.

    Intervals are percentiles of a bootstrap of the scored stories and the draws, with the law fitted anew each time.
    They leave out that the law is a guess beyond the coded sentences, and that coded stories themselves are a sample.
    """
    if more < 1 or not 0 < level < 1:
        raise FramingError(f"more {more}, level {level}: expected 1 or more sentences and a level between 0 and 1")
    paths, book = to_learn(annotations, codebook)
    source = Corpus.load(corpus) if corpus else None
    if source:
        refuse_other_corpus(paths, source.folder, source.manifest["sha256"])
    coded = read_coded(paths, book, source.sentences() if source else None)
    check_enough(coded, book, paths)
    settings = settings or TrainingSettings()
    embeddings = embed(coded.texts, settings, coded.previous)
    return curve_from_embeddings(coded, embeddings, book.frame_names, more=more, level=level, seed=settings.seed)


def curve_from_embeddings(
    coded: CodedSentences, embeddings: Floats, frames: Sequence[str], *, more: int, level: float, seed: int
) -> LearningCurve:
    """`learning_curve` of sentences that are embedded already.

    Parameters
    ----------
    coded : CodedSentences
    embeddings : ndarray of float, shape (n_sentences, n_dimensions)
    frames : sequence of str, length n_frames
        Names of the columns of `coded.frames`.
    more, level, seed
        As in `learning_curve` and its settings.
    """
    sizes, counts = _learn(coded, embeddings, seed)
    f1 = _replicates(counts, seed)
    scores = [macro_f1(f1), *np.moveaxis(f1, -1, 0)]
    if np.isnan(scores[0]).all():
        raise FramingError(NO_SCORES_OF_FOLDS)
    behind = _stories_behind(counts).tolist()
    macro, *curves = (_curve(sizes, f1, n, len(coded), more, level) for f1, n in zip(scores, behind, strict=True))
    named = dict(zip(frames, curves, strict=True))
    return LearningCurve(len(coded), len(set(coded.stories)), more, level, sizes.tolist(), macro, named)


def _learn(coded: CodedSentences, embeddings: Floats, seed: int) -> tuple[Floats, Floats]:
    """Mean sizes, and `decision_counts` of the scored sentences, shape (n_stories, draws, sizes, 3 * n_frames)."""
    names, story = np.unique(coded.stories, return_inverse=True)
    counts = np.zeros((len(names), DRAWS, SIZES, 3 * coded.frames.shape[1]))
    reached = np.empty((DRAWS, FOLDS, SIZES))
    for draw in track(range(DRAWS), "Learning"):
        folds = deal(coded.frames, coded.stories, FOLDS, (seed + draw) % 2**32)
        scored = on_one_side(coded.texts, folds.tolist()).astype(float)
        generator = np.random.default_rng([seed, draw])
        predicted = np.zeros((SIZES, *coded.frames.shape), dtype=bool)
        for fold in range(FOLDS):
            tested = np.flatnonzero(folds == fold)
            for size, rows in enumerate(_growing(np.flatnonzero(folds != fold), story, generator)):
                predicted[size, tested] = fit_predict(embeddings, coded.frames, rows, tested)
                reached[draw, fold, size] = len(rows)
        for size, column in enumerate(predicted):
            counts[:, draw, size] = sum_by_story(decision_counts(column, coded.frames), story, scored)
    return reached.mean(axis=(0, 1)), counts


def _growing(rows: Codes, story: Codes, generator: np.random.Generator) -> list[Codes]:
    """Growing sets of whole stories in random order; sizes are spaced evenly on a log scale, the last is all."""
    ordered = rows[np.argsort(generator.permutation(story.max() + 1)[story[rows]], kind="stable")]
    ends = np.append(np.flatnonzero(np.diff(story[ordered])) + 1, len(ordered))
    wanted = np.geomspace(min(SMALLEST, len(rows) / 4), len(rows), SIZES)
    nearest = np.abs(ends - wanted[:, None]).argmin(axis=1)
    return [ordered[: ends[i]] for i in nearest]


def _replicates(counts: Floats, seed: int) -> Floats:
    """F1, mean over draws: first as observed, then of resampled stories and draws, (1 + replicates, sizes, frames)."""
    flat = counts.reshape(len(counts), -1)
    drawn = clustered_replicates(flat, precision_recall_f1, replicates=REPLICATES, seed=seed)
    f1 = drawn[:, 2::3].reshape(-1, DRAWS, SIZES, counts.shape[3] // 3)
    generator = np.random.default_rng([seed, DRAWS])  # the draws have those of 0 to DRAWS - 1
    redrawn = generator.multinomial(DRAWS, np.full(DRAWS, 1 / DRAWS), size=REPLICATES)
    times = np.vstack([np.ones(DRAWS), redrawn])[:, :, None, None]
    return np.asarray((times * f1).sum(axis=1, where=times > 0) / DRAWS)


def _stories_behind(counts: Floats) -> Codes:
    """Scored stories with any frame, then with each frame, in the draw that has the fewest."""
    positive = counts[:, :, 0, 2::3] > 0
    either = np.concatenate([positive.any(axis=-1, keepdims=True), positive], axis=-1)
    return np.asarray(np.count_nonzero(either, axis=0).min(axis=0))


def _curve(sizes: Floats, scores: Floats, n_stories: int, n: int, more: int, level: float) -> Curve:
    """Curve of one column of scores, shape (1 + replicates, sizes), that are about so many stories."""
    law = fit_power_law(sizes, scores)

    def forecast(target: int) -> Forecast:
        (gain,) = percentile_intervals((law.at(target) - law.at(n))[:, None], n_stories, level)
        return Forecast(target, float(law.at(target)[0]), gain)

    a, b, c, now = (float(values[0]) for values in (law.a, law.b, law.c, law.at(n)))
    f1 = percentile_intervals(scores, n_stories, level)
    return Curve(f1, a, b, c, now, forecast(n + more), forecast(2 * n))
