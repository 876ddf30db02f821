"""`framing learning-curve`: what more coded sentences would bring, by a quick classifier in place of the fine-tuned."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from framing.annotation import CodedSentences, read_coded
from framing.annotation.folder import codebook_for
from framing.arrays import Codes, Floats
from framing.classifier.inference import embed
from framing.classifier.power_law import fit_power_law
from framing.classifier.quick import fit_predict
from framing.classifier.settings import TrainingSettings
from framing.classifier.splits import deal, on_one_side
from framing.classifier.training import check_enough
from framing.codebook import Codebook
from framing.corpus import Corpus
from framing.errors import FramingError
from framing.progress import track

FOLDS = 5
DRAWS = 6
SIZES = 8
SMALLEST = 50
REPLICATES = 1000


@dataclass(frozen=True)
class Forecast:
    """F1 after `n` coded sentences by the law, 0 to 1, and the gain on what there is, with its interval."""

    n: int
    f1: float
    gain: float
    low: float
    high: float


@dataclass(frozen=True)
class Curve:
    """F1 on stories that were held out, by number of coded sentences learned from.

    Parameters
    ----------
    f1, low, high : list of float, length n_sizes
        Mean over the draws and its interval, 0 to 1.
    a, b, c : float
        The law ``F1(n) = a - b n^-c`` that fits them.
    now : float
        F1 by the law after all sentences that are coded.
    more, twice : Forecast
        After the asked number of sentences more, and after twice as many as there are.
    """

    f1: list[float]
    low: list[float]
    high: list[float]
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
        Of the mean F1 over the frames.
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
    def gains_most(self) -> str:
        """Frame with the largest forecast gain."""
        return max(self.frames, key=lambda name: self.frames[name].more.gain)


def learning_curve(
    annotations: str | Path,
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
    annotations : str or Path
        Coded sentences, see `framing.annotation.read_coded`.
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
        If the annotations do not fit or are too few to train on, or a setting is out of range.

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
    book = codebook_for(annotations, codebook)
    coded = read_coded(Path(annotations), book, Corpus.load(corpus).sentences() if corpus else None)
    check_enough(coded, book, Path(annotations))
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
    scores = _replicates(counts, seed)
    columns = [scores.mean(axis=-1), *np.moveaxis(scores, -1, 0)]
    macro, *curves = (_curve(sizes, column, len(coded), more, level) for column in columns)
    named = dict(zip(frames, curves, strict=True))
    return LearningCurve(len(coded), len(set(coded.stories)), more, level, sizes.tolist(), macro, named)


def _learn(coded: CodedSentences, embeddings: Floats, seed: int) -> tuple[Floats, Floats]:
    """Mean sizes, and counts of hits and of predictions and positives, (n_stories, draws, sizes, frames, 2)."""
    names, story = np.unique(coded.stories, return_inverse=True)
    counts = np.zeros((len(names), DRAWS, SIZES, coded.frames.shape[1], 2))
    reached = np.empty((DRAWS, FOLDS, SIZES))
    for draw in track(range(DRAWS), "Learning"):
        folds = deal(coded.frames, coded.stories, FOLDS, seed + draw)
        scored = on_one_side(coded.texts, folds.tolist())[:, None]
        generator = np.random.default_rng([seed, draw])
        predicted = np.zeros((SIZES, *coded.frames.shape), dtype=bool)
        for fold in range(FOLDS):
            tested = np.flatnonzero(folds == fold)
            for size, rows in enumerate(_growing(np.flatnonzero(folds != fold), story, generator)):
                predicted[size, tested] = fit_predict(embeddings, coded.frames, rows, tested)
                reached[draw, fold, size] = len(rows)
        for size, column in enumerate(predicted):
            outcomes = np.stack([column & coded.frames, column.astype(int) + coded.frames], axis=-1)
            np.add.at(counts[:, draw, size], story, outcomes * scored[..., None])
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
    generator = np.random.default_rng(seed)

    def weights(n: int) -> Floats:
        drawn = generator.multinomial(n, np.full(n, 1 / n), size=REPLICATES)
        return np.concatenate([np.ones((1, n)), drawn])

    hits, named = np.moveaxis(np.tensordot(weights(counts.shape[0]), counts, axes=1), -1, 0)
    f1 = 2 * hits / np.maximum(named, 1)  # 0 where a frame is neither coded nor predicted
    return np.asarray(np.einsum("bd,bdsf->bsf", weights(DRAWS) / DRAWS, f1))


def _curve(sizes: Floats, scores: Floats, n: int, more: int, level: float) -> Curve:
    """Curve of one column of scores, shape (1 + replicates, sizes)."""
    tails = [(1 - level) / 2, (1 + level) / 2]
    law = fit_power_law(sizes, scores)
    low, high = np.quantile(scores[1:], tails, axis=0)

    def forecast(target: int) -> Forecast:
        gains = law.at(target) - law.at(n)
        return Forecast(target, float(law.at(target)[0]), float(gains[0]), *np.quantile(gains[1:], tails).tolist())

    a, b, c, now = (float(values[0]) for values in (law.a, law.b, law.c, law.at(n)))
    return Curve(scores[0].tolist(), low.tolist(), high.tolist(), a, b, c, now, forecast(n + more), forecast(2 * n))
