"""Do coders agree? Krippendorff's alpha per frame, on the sentences that several of them coded."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from framing.annotation.rows import read_codings
from framing.codebook import Codebook


@dataclass(frozen=True)
class FrameAgreement:
    """Agreement on one frame.

    `alpha` is NaN where all coders gave the same value everywhere; `percent` is the share of pairs of codings of a
    sentence that agree; `n_sentences` were coded by at least two coders.
    """

    frame: str
    alpha: float
    percent: float
    n_sentences: int


def frame_agreement(codings: str | Path, codebook: Codebook) -> list[FrameAgreement]:
    """Agreement on each frame; empty if no sentence was coded twice.

    Parameters
    ----------
    codings : str or Path
        JSON lines with a row per coder and sentence. Boilerplate counts as a sentence without frames.
    codebook : Codebook
    """
    rows = list(read_codings(Path(codings), codebook))
    sentences, unit = np.unique([row.sentence_id for row in rows], return_inverse=True)
    coders, coder = np.unique([row.coder for row in rows], return_inverse=True)
    found = []
    for frame in codebook.frame_names:
        values = np.full((len(coders), len(sentences)), np.nan)
        values[coder, unit] = [frame in row.frames and not row.boilerplate for row in rows]
        twice = values[:, (~np.isnan(values)).sum(axis=0) > 1]
        if twice.shape[1]:
            found.append(FrameAgreement(frame, *nominal_agreement(twice), twice.shape[1]))
    return found


def nominal_agreement(values: NDArray[np.float64]) -> tuple[float, float]:
    """Krippendorff's alpha for nominal values, and the share of agreeing pairs.

    Parameters
    ----------
    values : ndarray of float, shape (n_coders, n_units)
        NaN where a coder did not code a unit; units with one value are passed over.

    Returns
    -------
    (float, float)
        Alpha, at most 1, NaN where only one value occurs; agreeing pairs, 0 to 1.

    Notes
    -----
    ``alpha = 1 - D_o / D_e`` from the coincidence matrix: Krippendorff (2011), Computing Krippendorff's
    alpha-reliability, section C.
    """
    counts = np.stack([(values == value).sum(axis=0) for value in np.unique(values[~np.isnan(values)])], axis=1)
    counts = counts[counts.sum(axis=1) > 1].astype(float)
    per_unit = counts.sum(axis=1)
    pairs = per_unit * (per_unit - 1)
    disagreeing = (pairs - (counts * (counts - 1)).sum(axis=1)) / (per_unit - 1)
    totals = counts.sum(axis=0)
    n = totals.sum()
    expected = (n**2 - (totals**2).sum()) / (n - 1)
    alpha = 1 - disagreeing.sum() / expected if expected > 0 else float("nan")
    return float(alpha), float(1 - (disagreeing * (per_unit - 1)).sum() / pairs.sum())
