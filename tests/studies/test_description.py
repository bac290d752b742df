"""Chapter 3: the spread of income against closed forms."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from studies import description


def test_sigma_is_the_sample_deviation_of_the_logarithms():
    """Logarithms -1, 0 and 1 have the sample variance 1; halved and shifted, a quarter."""
    logs = np.array([-1, 0, 1, 4.5, 5, 5.5])
    rows = pd.DataFrame({"year": 3 * [2008] + 3 * [2009], "reg": np.exp(logs), "reach": "upper"})
    spread = description.sigma(rows)
    assert spread["all"].to_numpy() == pytest.approx([1, 0.5])
    assert spread["upper"].equals(spread["all"].rename("upper"))


def test_sigma_by_reach_is_within_the_reach_and_knows_no_unit(data):
    spread = description.sigma(data)
    pd.testing.assert_frame_equal(description.sigma(data.assign(reg=1e3 * data["reg"])), spread)
    rows = data[(data["year"] == 2015) & (data["reach"] == "middle")]
    assert spread.loc[2015, "middle"] == pytest.approx(np.std(np.log(rows["reg"]), ddof=1))
