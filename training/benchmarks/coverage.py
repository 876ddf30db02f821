"""Do the intervals of corrected prevalence cover? Simulated outlets whose truth is known.

Six outlets of 60 to 200 stories; sentences share a story effect; the classifier errs differently per outlet. Sizes,
variation between stories and scores are like those of the reference data set (`fixture.csv` beside the estimator's
description), so that widths can be held against the reference's. A sample of sentences is coded by one of several
designs, scores are recalibrated, prevalence is corrected; beside it what is usual: counting labels, with a binomial
interval.

Run: ``python training/benchmarks/coverage.py [replications]``
"""

import os
import sys
from dataclasses import dataclass, replace
from itertools import combinations
from multiprocessing import Pool

os.environ["OMP_NUM_THREADS"] = "1"  # one worker per core instead

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from framing.evaluation import fit_prevalence, holm, recalibrate

Floats = NDArray[np.float64]

OUTLETS, STORIES = 6, (60, 80, 100, 120, 160, 200)
STORY_SD, SIGNAL, NOISE = 0.9, 1.75, 1.85


@dataclass(frozen=True)
class Scenario:
    """A population and a design: `articles` x `sentences` coded per outlet, `few` articles in every second if given."""

    name: str
    prevalence: tuple[float, ...] = (0.05, 0.10, 0.15, 0.20, 0.30, 0.40)
    articles: int = 25
    sentences: int = 6
    by_length: bool = False
    by_score: bool = False
    informative: float = 0.0
    syndicated: float = 0.0
    few: int = 0


SCENARIOS = (
    Scenario("base 25 x 6"),
    Scenario("informative length", informative=0.6),
    Scenario("small 17 x 6", articles=17),
    Scenario("by length 50 x 3", articles=50, sentences=3, by_length=True),
    Scenario("score bands 25 x 6", by_score=True),
    Scenario("syndicated third", syndicated=1 / 3),
    Scenario("rare", prevalence=(0.02, 0.03, 0.04, 0.05, 0.06, 0.08)),
    Scenario("equal prevalence", prevalence=(0.2,) * OUTLETS),
    Scenario("equal, half 2 x 6", prevalence=(0.2,) * OUTLETS, few=2),
)


def intercept(prevalence: float) -> float:
    """Intercept at which the mean of expit(intercept + N(0, STORY_SD)) is the prevalence."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    low, high = -12.0, 6.0
    for _ in range(60):
        middle = (low + high) / 2
        mean = (weights / weights.sum() / (1 + np.exp(-(middle + STORY_SD * nodes)))).sum()
        low, high = (middle, high) if mean < prevalence else (low, middle)
    return low


def population(s: Scenario, rng: np.random.Generator) -> dict[str, NDArray[np.generic]]:
    """Sentences with outlet, story, truth and score; syndicated stories have the same effect in all outlets."""
    shared = rng.random(max(STORIES)) < s.syndicated
    common = rng.normal(0, STORY_SD, max(STORIES))
    columns: dict[str, list[NDArray[np.generic]]] = {name: [] for name in ("outlet", "story", "truth", "logit")}
    for outlet, stories in enumerate(STORIES):
        effect = np.where(shared, common, rng.normal(0, STORY_SD, max(STORIES)))[:stories]
        length = np.clip(np.exp(rng.normal(2.9, 0.45, stories) + s.informative * effect / 2).astype(int), 3, 90)
        story = np.repeat(np.arange(stories), length)
        chance = 1 / (1 + np.exp(-(intercept(s.prevalence[outlet]) + effect[story])))
        truth = rng.random(len(story)) < chance
        shift = (outlet - 2.5) * 0.25
        logit = shift - 0.75 + SIGNAL * (2 * truth - 1) + rng.normal(0, NOISE, len(story))
        columns["outlet"].append(np.full(len(story), outlet))
        columns["story"].append(np.where(shared[story], story, 1000 * (outlet + 1) + story))
        columns["truth"].append(truth)
        columns["logit"].append(logit)
    return {name: np.concatenate(parts) for name, parts in columns.items()}


def draw(s: Scenario, story: NDArray[np.generic], score: Floats, rng: np.random.Generator) -> Floats:
    """Inclusion probability of the sentences drawn in one outlet, NaN for the others.

    Articles systematically in random order with the given chances, then sentences at random within each.
    """
    names, member, length = np.unique(story, return_inverse=True, return_counts=True)
    even = np.full(len(names), s.articles / len(names))
    chance = np.minimum(1, s.articles * length / length.sum()) if s.by_length else even
    order = rng.permutation(len(names))
    steps = np.cumsum(chance[order])
    ticks = rng.random() + np.arange(int(np.ceil(steps[-1])))
    chosen = order[np.searchsorted(steps, ticks[ticks < steps[-1]])]
    pi = np.full(len(story), np.nan)
    for article in chosen:
        rows = np.flatnonzero(member == article)
        bands = [rows[(score[rows] >= a) & (score[rows] < b)] for a, b in ((0, 0.15), (0.15, 0.5), (0.5, 1.01))]
        for band in bands if s.by_score else [rows]:
            take = min(s.sentences // (3 if s.by_score else 1), len(band))
            if take:
                pi[rng.choice(band, take, replace=False)] = chance[article] * take / len(band)
    return pi


def replicate(job: tuple[Scenario, int]) -> dict[str, Floats | float]:
    """One simulated study: which intervals cover, how wide they are, and whether equal outlets were told apart."""
    s, seed = job
    rng = np.random.default_rng([seed, SCENARIOS.index(s)])
    data = population(s, rng)
    outlet, score = data["outlet"].astype(int), 1 / (1 + np.exp(-data["logit"].astype(float)))
    designs = [replace(s, articles=s.few) if s.few and o % 2 else s for o in range(OUTLETS)]
    pi = np.concatenate([draw(d, data["story"][outlet == o], score[outlet == o], rng) for o, d in enumerate(designs)])
    gold = np.where(np.isnan(pi), np.nan, data["truth"].astype(float))
    scores = recalibrate(score, gold, data["story"], outlet)
    fit = fit_prevalence(scores, gold, pi, data["story"], outlet, predicted=score >= 0.5)
    n, naive = fit.n, fit.naive.theta
    truth = np.bincount(outlet, data["truth"]) / n
    (low, high), corpus = fit.limits(0.95), fit.limits(0.95, corpus=True)
    half = 1.96 * np.sqrt(naive * (1 - naive) / n)
    naive_p = [
        2 * stats.norm.sf(abs(naive[a] - naive[b]) / np.hypot(half[a] / 1.96, half[b] / 1.96))
        for a, b in combinations(range(OUTLETS), 2)
    ]
    clustered = fit.naive.share_limits(0.95)
    target = np.array(s.prevalence) if not s.informative else truth
    return {
        "covers": (low <= target) & (target <= high),
        "covers_corpus": (corpus[0] <= truth) & (truth <= corpus[1]),
        "naive_covers": np.abs(naive - target) <= half,
        "clustered_covers": (clustered[0] <= target) & (target <= clustered[1]),
        "width": high - low,
        "error": float((holm([c.p for c in fit.contrasts()]) < 0.05).any()),
        "naive_error": float((holm(naive_p) < 0.05).any()),
        "clustered_error": float((holm([c.p for c in fit.naive.contrasts(0.95)]) < 0.05).any()),
    }


def main(replications: int) -> None:
    """Print a row per scenario."""
    print(f"{replications} replications, nominal 95%; 'corpus': share in this corpus, else in the outlet in general")
    print(f"{'scenario':22}{'coverage':>9}{'lowest':>8}{'corpus':>8}{'naive':>7}{'clustered':>11}{'width':>7}")
    with Pool(2) as pool:
        for s in SCENARIOS:
            runs = pool.map(replicate, [(s, seed) for seed in range(replications)], chunksize=20)
            covers, corpus, naive, clustered, width = (
                np.array([run[name] for run in runs])
                for name in ("covers", "covers_corpus", "naive_covers", "clustered_covers", "width")
            )
            print(
                f"{s.name:22}{covers.mean():9.3f}{covers.mean(axis=0).min():8.3f}{corpus.mean():8.3f}"
                f"{naive.mean():7.3f}{clustered.mean():11.3f}{width.mean():7.3f}",
                flush=True,
            )
            if len(set(s.prevalence)) == 1:
                names = ("error", "naive_error", "clustered_error")
                ours, counted, by_story = (np.mean([run[name] for run in runs]) for name in names)
                print(f"  some pair told apart (Holm): {ours:.3f}, naive {counted:.3f}, clustered {by_story:.3f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
