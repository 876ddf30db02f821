"""Are intervals from samples of `framing sample` as wide as planned, and do they cover? Simulated, truth known.

The base population of `coverage.py`: six outlets of 60 to 200 stories, 150 sentences of 50 stories coded in
each.

Run: ``python training/benchmarks/sample_design.py [replications]``
"""

import sys

import numpy as np
from coverage import OUTLETS, SCENARIOS, population
from numpy.typing import NDArray

from framing.evaluation import expected_width, fit_prevalence, pilot_values, recalibrate
from framing.sampling.design import band_sizes, draw, equal_shares, score_bands

CODED, PER_STORY = 150, 3


def replicate(seed: int, *, bands: bool) -> NDArray[np.float64]:
    """Per outlet: covered or not, width, width planned from the sample itself, width planned by default."""
    rng = np.random.default_rng(seed)
    data = population(SCENARIOS[0], rng)
    outlet, truth = data["outlet"].astype(int), data["truth"].astype(float)
    score = 1 / (1 + np.exp(-data["logit"].astype(float)))
    story = np.unique(data["story"], return_inverse=True)[1]
    size = band_sizes(outlet, score_bands(score[:, None]), 0.5) if bands else np.ones(len(outlet))
    shares = equal_shares(CODED * OUTLETS, np.bincount(outlet))
    drawn = draw(size, outlet, story, shares, PER_STORY, rng)
    rows, pi = drawn.rows, drawn.inclusion_probability
    gold = np.full(len(outlet), np.nan)
    gold[rows] = truth[rows]
    scores = recalibrate(score, gold, story, outlet)
    pilot = pilot_values(scores[rows], gold[rows], pi[rows], story[rows])
    results = []
    for record, share in zip(
        fit_prevalence(scores, gold, pi, story, outlet).records(),
        np.bincount(outlet, truth) / np.bincount(outlet),
        strict=True,
    ):
        planned = expected_width(CODED, PER_STORY, prevalence=share, unexplained=pilot.unexplained, icc=pilot.icc)
        default = expected_width(CODED, PER_STORY, prevalence=share)
        results.append((record.low <= share <= record.high, record.high - record.low, planned, default))
    return np.array(results, dtype=float)


def main(replications: int) -> None:
    """Print a row per design."""
    print(f"{'design':12}{'covers':>8}{'width':>8}{'planned from sample':>21}{'by default':>12}")
    for bands in (False, True):
        means = np.mean([replicate(seed, bands=bands) for seed in range(replications)], axis=(0, 1))
        name = "score bands" if bands else "even"
        print(f"{name:12}{means[0]:8.3f}{means[1]:8.3f}{means[2]:21.3f}{means[3]:12.3f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 150)
