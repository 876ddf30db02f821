"""Would Dawid-Skene decide disputed sentences better than a majority, with two or three coders? Simulated.

A frame coded by two or three coders, each finding 60 to 90 percent of its sentences and wrongly seeing it in 1 to 6
percent of the others. Shown: disputed sentences, the share of them that each rule decides wrongly, and by how much the
frame's prevalence is off after it. Two coders have no majority.

Run: ``pip install crowd-kit==1.4.2; python training/benchmarks/dawid_skene.py [replications]``
"""

import sys

import numpy as np
import pandas as pd
from crowdkit.aggregation import DawidSkene
from numpy.typing import NDArray

SENTENCES, PREVALENCES = 300, (0.05, 0.15, 0.30)


def replicate(seed: int, coders: int, prevalence: float) -> NDArray[np.float64]:
    """Disputed sentences, wrong by majority, wrong by Dawid-Skene, bias of majority, bias of Dawid-Skene."""
    rng = np.random.default_rng(seed)
    truth = rng.random(SENTENCES) < prevalence
    chance = np.where(truth[:, None], rng.uniform(0.6, 0.9, coders), rng.uniform(0.01, 0.06, coders))
    answers = rng.random((SENTENCES, coders)) < chance
    disputed = answers.any(axis=1) & ~answers.all(axis=1)
    table = pd.DataFrame(
        {
            "task": np.repeat(np.arange(SENTENCES), coders),
            "worker": np.tile(np.arange(coders), SENTENCES),
            "label": answers.ravel().astype(int),
        }
    )
    fitted = DawidSkene().fit_predict(table).reindex(range(SENTENCES)).to_numpy().astype(bool)
    rules = (2 * answers.sum(axis=1) > coders, fitted)
    wrong = [np.mean((rule != truth)[disputed]) for rule in rules]
    return np.array([disputed.sum(), *wrong, *(rule.mean() - truth.mean() for rule in rules)])


def main(replications: int) -> None:
    """Print a row per number of coders and prevalence."""
    print("coders  prevalence  disputed  wrong: majority  Dawid-Skene  bias: majority  Dawid-Skene")
    for coders in (3, 2):
        for prevalence in PREVALENCES:
            means = np.mean([replicate(seed, coders, prevalence) for seed in range(replications)], axis=0)
            if coders == 2:
                means[[1, 3]] = np.nan
            disputed, majority, fitted, bias, fitted_bias = means
            print(
                f"{coders:6}{prevalence:12.2f}{disputed:10.1f}{majority:17.3f}{fitted:13.3f}"
                f"{bias:+16.3f}{fitted_bias:+13.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
