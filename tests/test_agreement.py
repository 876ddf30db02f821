"""Agreement between coders: a published example, and codings as they lie in a folder."""

import json

import numpy as np
import pytest

from framing import Codebook
from framing.annotation.agreement import frame_agreement, nominal_agreement

NAN = np.nan


def test_krippendorffs_example_with_missing_values():
    """Krippendorff (2011), section C: four observers, twelve units, missing values; nominal alpha .743."""
    values = np.array(
        [
            [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
            [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
            [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
            [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
        ]
    )
    alpha, agreeing = nominal_agreement(values)
    assert alpha == pytest.approx(0.743, abs=5e-4)
    assert 0.74 < agreeing < 1


def test_krippendorffs_binary_example():
    """Krippendorff (2011), section A: two observers, ten units; alpha .095."""
    values = np.array([[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]], dtype=float)
    alpha, agreeing = nominal_agreement(values)
    assert alpha == pytest.approx(0.095, abs=5e-4)
    assert agreeing == pytest.approx(0.6)


def test_one_value_only_has_no_alpha():
    alpha, agreeing = nominal_agreement(np.zeros((2, 5)))
    assert np.isnan(alpha)
    assert agreeing == 1


def test_codings_of_a_file(tmp_path):
    rows = [
        {"sentence_id": f"s{i}", "coder": coder, "frames": ["economic"] if i in tagged else []}
        for coder, tagged in (("anna", {0, 1}), ("ben", {0, 2}))
        for i in range(6)
    ]
    rows.append({"sentence_id": "s9", "coder": "anna", "frames": ["economic"]})  # by one coder: does not count
    path = tmp_path / "codings.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))
    found = {a.frame: a for a in frame_agreement(path, Codebook.load("china-russia"))}
    assert found["economic"].n_sentences == 6
    assert found["economic"].percent == pytest.approx(4 / 6)
    assert np.isnan(found["cooperation"].alpha)
