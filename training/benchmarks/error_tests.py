"""How often tests find that error rates differ between outlets where they do not; nominal is one in twenty.

Outlets have other numbers of coded stories, and one rate of right labels, which varies between stories (intraclass
correlation .05).

Run: ``python training/benchmarks/error_tests.py`` (half a minute; a number of replications can be given)
"""

import sys

import numpy as np

from framing.evaluation.clustered import Grouping
from framing.evaluation.error_rates import equal_rates

ICC = 0.05
SETTINGS = (
    ((12, 400), (2, 3), 0.98),
    ((15, 300, 300), (3, 3, 3), 0.98),
    ((12, 60, 60), (3, 3, 3), 0.97),
    ((30, 300), (3, 3), 0.98),
    ((30,) * 8, (3,) * 8, 0.95),
)


def main(replications: int = 4000) -> None:
    """Print the share of tests below .05 in each setting."""
    for stories, per_story, rate in SETTINGS:
        p = np.array([_p(stories, per_story, rate, seed) for seed in range(replications)])
        tested = p[~np.isnan(p)]  # without any error there is nothing to test
        print(f"{stories} stories of {per_story} sentences, rate {rate}: {np.mean(tested < 0.05):.3f}", flush=True)


def _p(stories: tuple[int, ...], per_story: tuple[int, ...], rate: float, seed: int) -> float:
    rng = np.random.default_rng(seed)
    sizes = np.repeat(per_story, stories)
    shape = np.array([rate, 1 - rate]) * (1 - ICC) / ICC
    right = rng.random(sizes.sum()) < np.repeat(rng.beta(*shape, size=len(sizes)), sizes)
    outlet = np.repeat(np.arange(len(stories)), stories)
    groups = Grouping(np.arange(len(stories)).astype(str), outlet.repeat(sizes), np.arange(len(sizes)).repeat(sizes))
    return equal_rates(right.astype(float), np.ones(len(right)), groups).p


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
