"""Agreement of coders beyond chance, for nominal values: Krippendorff's alpha, Gwet's AC1, percent agreement.

All three follow from sums over units (`unit_sums`, `coefficients`), so that coefficients of thousands of resamples of
stories cost one matrix product.
"""

import numpy as np
from numpy.typing import NDArray

from framing.arrays import Codes, Floats


def krippendorff_alpha(codes: NDArray[np.integer]) -> float:
    """Krippendorff's alpha for nominal values.

    Parameters
    ----------
    codes : ndarray of int, shape (n_coders, n_units)
        Values as codes from 0, negative where a coder gave none. Units with fewer than two values are passed over.

    Returns
    -------
    float
        At most 1, which is agreement throughout; 0 is what chance gives. NaN where only one value occurs, or no unit
        has two.

    Raises
    ------
    ValueError
        If `codes` is not a table of whole numbers.

    Notes
    -----
    ``alpha = 1 - D_o / D_e`` from the coincidence matrix, in which every unit counts as many times as it has values:
    Krippendorff (2011), Computing Krippendorff's alpha-reliability, section C.
    """
    return float(_coefficients_of(codes, None)[0])


def gwet_ac1(codes: NDArray[np.integer], n_values: int | None = None) -> float:
    """Gwet's AC1 for any number of coders.

    Parameters
    ----------
    codes : ndarray of int, shape (n_coders, n_units)
        As for `krippendorff_alpha`. Units with one value have no agreement, but tell how often values are used.
    n_values : int, optional
        Values that coders could choose from, at least 2; by default as many as the highest code says. Chance
        agreement depends on it, so give it where some values may not occur.

    Returns
    -------
    float
        At most 1; NaN where no unit has two values.

    Raises
    ------
    ValueError
        If `codes` is not a table of whole numbers, or holds codes of `n_values` or more.

    Notes
    -----
    ``(p_a - p_e) / (1 - p_e)`` with ``p_e = sum_k pi_k (1 - pi_k) / (q - 1)``: Gwet (2008), Computing inter-rater
    reliability and its variance in the presence of high agreement, British Journal of Mathematical and Statistical
    Psychology 61, 29-48; with missing values Gwet (2014), Handbook of inter-rater reliability, 4th edition, chapter 5:
    ``p_a`` as in `percent_agreement`, ``pi_k`` the mean over units of the share of value k.
    """
    return float(_coefficients_of(codes, n_values)[1])


def percent_agreement(codes: NDArray[np.integer]) -> float:
    """Share of pairs of coders that agree on a unit, averaged over units.

    Parameters
    ----------
    codes : ndarray of int, shape (n_coders, n_units)
        As for `krippendorff_alpha`.

    Returns
    -------
    float
        0 to 1; NaN where no unit has two values.

    Raises
    ------
    ValueError
        If `codes` is not a table of whole numbers.

    Notes
    -----
    ``p_a`` of Gwet (2014), Handbook of inter-rater reliability, 4th edition, chapter 5. Where all units have the same
    number of values it is the share of all pairs.
    """
    return float(_coefficients_of(codes, None)[2])


def value_counts(codes: NDArray[np.integer], n_values: int) -> Codes:
    """How many coders gave each value to each unit, shape (n_units, n_values); missing values are negative."""
    return np.stack([np.count_nonzero(codes == value, axis=0) for value in range(n_values)], axis=1)


def unit_sums(counts: Codes) -> Floats:
    """What each unit adds to the sums from which `coefficients` are computed.

    Parameters
    ----------
    counts : ndarray of int, shape (n_units, n_values)
        From `value_counts`.

    Returns
    -------
    ndarray of float, shape (n_units, 3 * n_values + 2)
        Per value its agreeing coincidences, its coincidences, and its share of the unit's values; then the share of
        agreeing pairs, and 1. What needs two values in the unit is 0 where it has fewer.
    """
    given = counts.sum(axis=1, keepdims=True).astype(float)
    twice = given > 1
    agreeing = counts * (counts - 1) / np.maximum(given - 1, 1)
    share = counts / np.maximum(given, 1)
    pairs = agreeing.sum(axis=1, keepdims=True) / np.maximum(given, 1)
    return np.hstack([agreeing, counts * twice, share, pairs, twice])


def coefficients(sums: Floats) -> Floats:
    """Alpha, AC1 and percent agreement from sums over units.

    Parameters
    ----------
    sums : ndarray of float, shape (n, 3 * n_values + 2)
        Sums of rows of `unit_sums`; one set per row.

    Returns
    -------
    ndarray of float, shape (n, 3)
        NaN where a coefficient is not defined.
    """
    agreeing, coincidences, shares = np.split(sums[:, :-2], 3, axis=1)
    n = coincidences.sum(axis=1)
    expected = n**2 - (coincidences**2).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        alpha = 1 - (n - 1) * (n - agreeing.sum(axis=1)) / np.where(expected > 0, expected, np.nan)
        percent = sums[:, -2] / sums[:, -1]
        used = shares / shares.sum(axis=1, keepdims=True)
        chance = (used * (1 - used)).sum(axis=1) / (used.shape[1] - 1)
        ac1 = (percent - chance) / (1 - chance)
    found: Floats = np.column_stack([alpha, ac1, percent])
    return found


def _coefficients_of(codes: NDArray[np.integer], n_values: int | None) -> Floats:
    codes = np.asarray(codes)
    if codes.ndim != 2 or not np.issubdtype(codes.dtype, np.integer):
        raise ValueError(
            f"codes: expected whole numbers, shape (n_coders, n_units), negative where missing; found {codes.dtype}, "
            f"shape {codes.shape}"
        )
    highest = int(codes.max(initial=-1))
    n_values = max(highest + 1, 2) if n_values is None else n_values
    if not max(highest, 1) < n_values:
        raise ValueError(f"n_values: expected at least {max(highest, 1) + 1} for these codes, found {n_values}")
    found: Floats = coefficients(unit_sums(value_counts(codes, n_values)).sum(axis=0, keepdims=True))[0]
    return found
