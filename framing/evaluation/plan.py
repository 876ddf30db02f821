"""How wide the intervals will be, before anyone codes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from framing.annotation import read_coded
from framing.errors import FramingError
from framing.evaluation.proportions import ICC
from framing.evaluation.recalibration import recalibrate

if TYPE_CHECKING:
    from framing.labelling import Labels

# Share of the variance that scores leave: the interval widths with and without them, squared, in the base scenario
# of a simulation of six outlets (25 stories of 6 coded sentences each): (.124 / .170) ** 2.
UNEXPLAINED = 0.53


@dataclass(frozen=True)
class PilotValues:
    """What a pilot says about a frame.

    Parameters
    ----------
    prevalence : float
        Weighted share of sentences with the frame, 0 to 1.
    unexplained : float
        Share of the variance that the scores leave, about 0 to 1; above 1 where they mislead.
    icc : float
        Intraclass correlation of what is left within stories, 0 to 1.
    """

    prevalence: float
    unexplained: float
    icc: float


def expected_width(
    n: float,
    per_story: float,
    *,
    prevalence: float = 0.15,
    unexplained: float = UNEXPLAINED,
    icc: float = ICC,
    level: float = 0.95,
) -> float:
    """Expected width of the interval of a frame's prevalence in one outlet.

    Parameters
    ----------
    n : float
        Coded sentences of the outlet.
    per_story : float
        Coded sentences per story.
    prevalence : float
        Share of sentences with the frame, between 0 and 1.
    unexplained : float
        Share of the variance that the model's scores leave, above 0; 1 without a model.
    icc : float
        Intraclass correlation within stories, 0 to 1.
    level : float

    Returns
    -------
    float
        0 to 1; NaN for fewer than two stories, which give no interval.

    Raises
    ------
    FramingError
        If a value is out of range.

    Notes
    -----
    With p the prevalence, u the unexplained share, k sentences per story and Kish's design effect (1965, Survey
    sampling, section 5.4)::

        SE^2 = p (1 - p) u (1 + (k - 1) icc) / n
        interval = expit(logit(p) -+ t_{n/k - 1} SE / (p (1 - p)))

    Two things are not in it and make intervals wider: unequal inclusion probabilities, and, with a model, what
    the labelled sentences themselves vary from story to story, which counts where an outlet has few stories more
    than are coded (with 50 of 60 to 200 stories coded, simulated intervals were a sixth wider).
    """
    if not (n > 0 and per_story >= 1 and 0 < prevalence < 1 and unexplained >= 0 and 0 <= icc <= 1 and 0 < level < 1):
        raise FramingError(
            f"n {n}, per_story {per_story}, prevalence {prevalence}, unexplained {unexplained}, icc {icc}, "
            f"level {level}: expected n above 0, per_story from 1, a prevalence and a level between 0 and 1, "
            "unexplained from 0, icc from 0 to 1"
        )
    if n / per_story < 2:
        return float("nan")
    variance = prevalence * (1 - prevalence)
    se = np.sqrt(variance * unexplained * (1 + (per_story - 1) * icc) / n)
    half = stats.t.ppf((1 + level) / 2, n / per_story - 1) * se / variance
    centre = np.log(prevalence / (1 - prevalence))
    low, high = 1 / (1 + np.exp(-(centre - half))), 1 / (1 + np.exp(-(centre + half)))
    return float(high - low)


def pilot_values(
    scores: ArrayLike,
    gold: ArrayLike,
    inclusion_probability: ArrayLike,
    story: Sequence[object] | NDArray[np.generic],
) -> PilotValues:
    """Estimate what `expected_width` needs from the coded sentences of a pilot.

    Parameters
    ----------
    scores : array_like of float, shape (n_sentences,)
        Recalibrated probability of the frame, from models that did not see the sentence's story.
    gold : array_like of float, shape (n_sentences,)
        1 or 0.
    inclusion_probability : array_like of float, shape (n_sentences,)
        Above 0 to 1.
    story : sequence, length n_sentences

    Raises
    ------
    FramingError
        If the frame is in none or all of the sentences, a probability is out of range, or no story has two coded
        sentences.

    Notes
    -----
    Prevalence p and the variance of the residuals, y - g less their mean, are weighted by 1/pi; unexplained is
    that variance over p (1 - p). The intraclass correlation is that of the residuals by one-way analysis of
    variance (Donner 1986, International Statistical Review 54, 67-82), clipped to 0 to 1.
    """
    g, y, pi = (np.asarray(values, dtype=float) for values in (scores, gold, inclusion_probability))
    if not ((pi > 0) & (pi <= 1)).all():
        raise FramingError("pilot: inclusion probabilities out of range, expected above 0 to 1; draw a pilot anew")
    if y.min(initial=1) == y.max(initial=0):
        raise FramingError(f"pilot: all {len(y)} sentences are coded alike, expected some with the frame and some not")
    weight = 1 / pi
    prevalence = float(np.average(y, weights=weight))
    residual = y - g - np.average(y - g, weights=weight)
    unexplained = float(np.average(residual**2, weights=weight)) / (prevalence * (1 - prevalence))
    return PilotValues(prevalence, unexplained, _intraclass_correlation(residual, story))


def read_pilot(labels: "Labels", gold: str | Path) -> dict[str, PilotValues]:
    """Values of each frame from coded sentences with inclusion probabilities, and the labels of their corpus.

    Sentences without an inclusion probability, and those the model was trained on, are left out; scores are
    recalibrated across stories as for an estimate. Frames that the pilot did not find are left out too.

    Raises
    ------
    FramingError
        If nothing is left, or the pilot does not fit the labels.
    """
    positions = labels.positions
    coded = read_coded(Path(gold), labels.codebook, labels.sentences, within=positions)
    seen = list(map(labels.saw, coded.sentence_ids, coded.texts, coded.stories))
    pilot = coded.take(np.flatnonzero(~np.isnan(coded.inclusion_probability) & ~np.array(seen, dtype=bool)))
    columns = dict(zip(labels.codebook.frame_names, pilot.frames.T, strict=True))
    found = {name: column for name, column in columns.items() if column.any() and not column.all()}
    if not found:
        raise FramingError(
            f"{gold}: no frame among {len(pilot)} sentences with an inclusion probability that the model has not seen; "
            "expected a pilot drawn by framing sample and coded"
        )
    rows = [positions[sentence_id] for sentence_id in pilot.sentence_ids]
    values = {}
    for name, column in found.items():
        scores = recalibrate(labels.column(f"p_{name}")[rows], column, pilot.stories, pilot.outlets)
        values[name] = pilot_values(scores, column, pilot.inclusion_probability, pilot.stories)
    return values


def _intraclass_correlation(values: NDArray[np.float64], story: Sequence[object] | NDArray[np.generic]) -> float:
    _, member, count = np.unique(np.asarray(story).astype(str), return_inverse=True, return_counts=True)
    n, m = len(values), len(count)
    if m < 2 or n == m:
        raise FramingError(
            f"pilot: {n} sentences of {m} stories, expected two stories or more and two sentences of some; "
            "draw a pilot with --per-story 2 or more"
        )
    means = np.bincount(member, values) / count
    between = (count * (means - values.mean()) ** 2).sum() / (m - 1)
    within = ((values - means[member]) ** 2).sum() / (n - m)
    size = (n - (count**2).sum() / n) / (m - 1)
    total = between + (size - 1) * within
    return float(np.clip((between - within) / total, 0.0, 1.0)) if total > 0 else 0.0
