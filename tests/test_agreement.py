"""Coefficients of agreement: published examples, a second implementation, and what must hold for any codings."""

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from framing.annotation.agreement import (
    coefficients,
    gwet_ac1,
    krippendorff_alpha,
    percent_agreement,
    unit_sums,
    value_counts,
)

NA = -1
# Krippendorff (2011), section C: four observers, twelve units. Gwet (2014) takes it up as his example with missing
# values; his coefficients are those that his package irrCAC prints for it.
FOUR_CODERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NA, NA, NA],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NA, 3],
        [NA, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NA],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NA],
    ]
)
FIVE_VALUES = np.where(FOUR_CODERS == NA, NA, FOUR_CODERS - 1)
# Gwet (2014): 100 pregnant women by two abstractors; 15 patients by six psychiatrists, psychiatrists per diagnosis.
TWO_ABSTRACTORS = np.array([[13, 0, 0], [0, 20, 7], [0, 4, 56]])
SIX_PSYCHIATRISTS = np.array(
    [
        *([0, 0, 0, 6, 0], [0, 3, 0, 0, 3], [0, 1, 4, 0, 1], [0, 0, 0, 0, 6], [0, 3, 0, 3, 0]),
        *([2, 0, 4, 0, 0], [0, 0, 4, 0, 2], [2, 0, 3, 1, 0], [2, 0, 0, 4, 0], [0, 0, 0, 0, 6]),
        *([1, 0, 0, 5, 0], [1, 1, 0, 4, 0], [0, 3, 3, 0, 0], [1, 0, 0, 5, 0], [0, 2, 0, 3, 1]),
    ]
)

tables = st.integers(2, 4).flatmap(
    lambda n: arrays(np.int8, st.tuples(st.integers(2, 5), st.integers(1, 12)), elements=st.integers(NA, n - 1))
)


def published(codes):
    return pytest.approx((krippendorff_alpha(codes), gwet_ac1(codes), percent_agreement(codes)), abs=5e-4)


def test_four_coders_with_missing_values():
    assert published(FIVE_VALUES) == (0.743, 0.775, 0.818)


def test_two_coders_and_two_values():
    """Krippendorff (2011), section A: alpha .095."""
    codes = np.array([[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]])
    assert krippendorff_alpha(codes) == pytest.approx(0.095, abs=5e-4)
    assert percent_agreement(codes) == pytest.approx(0.6)


def test_two_coders_and_three_values():
    one, other = np.indices((3, 3)).reshape(2, -1).repeat(TWO_ABSTRACTORS.ravel(), axis=1)
    assert published(np.stack([one, other])) == (0.797, 0.849, 0.890)


def test_six_coders():
    codes = np.stack([np.arange(5).repeat(counts) for counts in SIX_PSYCHIATRISTS], axis=1)
    assert published(codes) == (0.420, 0.445, 0.551)


def test_alpha_is_that_of_another_implementation_on_a_thousand_tables():
    generator = np.random.default_rng(11)
    undefined = 0
    for _ in range(1000):
        n_values = generator.integers(2, 6)
        codes = generator.integers(n_values, size=generator.integers(2, [6, 21]))
        truth = generator.integers(n_values, size=codes.shape[1])
        codes = np.where(generator.random(codes.shape) < generator.random(), truth, codes)
        codes = np.where(generator.random(codes.shape) < 0.5 * generator.random(), NA, codes)
        alpha = krippendorff_alpha(codes)
        if np.isnan(alpha):
            undefined += 1
            counts = value_counts(codes, n_values)
            assert np.count_nonzero(counts[counts.sum(axis=1) > 1].sum(axis=0)) <= 1
            continue
        data = np.where(codes == NA, np.nan, codes)
        assert alpha == pytest.approx(krippendorff.alpha(data, level_of_measurement="nominal"), abs=1e-9)
    assert undefined < 50


@given(tables)
def test_ac1_and_percent_agreement_are_those_of_their_definitions(codes):
    """Gwet's formulas, unit by unit and pair by pair."""
    units = [[value for value in unit if value != NA] for unit in codes.T.tolist()]
    units = [unit for unit in units if unit]
    agreeing = [
        np.mean([a == b for i, a in enumerate(unit) for j, b in enumerate(unit) if i != j])
        for unit in units
        if len(unit) > 1
    ]
    if not agreeing:
        assert np.isnan(percent_agreement(codes))
        assert np.isnan(gwet_ac1(codes, 4))
        return
    used = [np.mean([unit.count(value) / len(unit) for unit in units]) for value in range(4)]
    chance = sum(share * (1 - share) for share in used) / 3
    assert percent_agreement(codes) == pytest.approx(np.mean(agreeing))
    assert gwet_ac1(codes, 4) == pytest.approx((np.mean(agreeing) - chance) / (1 - chance))


@given(tables, st.randoms(use_true_random=False))
def test_order_and_names_do_not_matter(codes, random):
    coders, units = list(range(codes.shape[0])), list(range(codes.shape[1]))
    random.shuffle(coders)
    random.shuffle(units)
    names = np.array([3, 1, 0, 2, NA])  # the last for -1
    other = names[codes[coders][:, units]]
    assert krippendorff_alpha(other) == pytest.approx(krippendorff_alpha(codes), nan_ok=True)
    assert gwet_ac1(other, 4) == pytest.approx(gwet_ac1(codes, 4), nan_ok=True)


@given(tables, st.data())
def test_coefficients_of_weighted_sums_are_those_of_repeated_units(codes, data):
    """On this the quick bootstrap rests."""
    times = np.array(data.draw(st.lists(st.integers(0, 3), min_size=codes.shape[1], max_size=codes.shape[1])))
    found = coefficients(times[None] @ unit_sums(value_counts(codes, 4)))[0]
    repeated = codes.repeat(times, axis=1)
    expected = krippendorff_alpha(repeated), gwet_ac1(repeated, 4), percent_agreement(repeated)
    assert found == pytest.approx(expected, nan_ok=True)


def test_one_value_only_has_no_alpha():
    codes = np.zeros((2, 5), dtype=int)
    assert np.isnan(krippendorff_alpha(codes))
    assert gwet_ac1(codes) == percent_agreement(codes) == 1


@pytest.mark.parametrize(
    ("codes", "n_values", "message"),
    [
        (np.array([[0, np.nan]]), None, "expected whole numbers.* found float64"),
        (np.array([0, 1]), None, r"found int64, shape \(2,\)"),
        (np.array([[0, 2], [1, 2]]), 2, "expected at least 3 for these codes, found 2"),
    ],
)
def test_what_is_no_table_of_codes_is_refused(codes, n_values, message):
    with pytest.raises(ValueError, match=message):
        gwet_ac1(codes, n_values)
