"""The usual tests against textbook formulas and brute force."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from lib import panel
from lib.estimation import two_way_fe
from studies.inference import battery

X = ["LM", "IA"]


def invented(cities=18, years=7, seed=1, holes=10, rho=0.0):
    """A panel with holes; REG above zero."""
    rng = np.random.default_rng(seed)
    keys = pd.MultiIndex.from_product([range(cities), range(2001, 2001 + years)])
    frame = pd.DataFrame(index=keys).rename_axis(["number", "year"]).reset_index()
    frame["city"] = "c" + frame["number"].astype(str).str.zfill(3)
    frame["period"] = frame["year"].astype(str)
    for name in X:
        frame[name] = rng.normal(size=len(frame)) + 0.1 * frame["number"]
    e = rng.normal(size=(cities, years))
    for year in range(1, years):
        e[:, year] += rho * e[:, year - 1]
    frame["REG"] = 20 + 0.5 * frame["LM"] + 0.2 * frame["year"] % 7 + e.ravel()
    gone = rng.choice(len(frame), holes, replace=False)
    return frame.drop(index=gone).reset_index(drop=True)


@pytest.mark.parametrize(("rho", "expected"), [(0.0, -0.5), (1.0, 0.0)])
def test_wooldridge_knows_white_noise_from_a_random_walk(rho, expected):
    frame = invented(cities=400, years=12, holes=300, rho=rho)
    found, p = battery.wooldridge(frame, X)
    assert abs(found - expected) < 0.04
    assert (p > 0.05) == (rho == 0)
    with pytest.raises(panel.DataError, match="three years in a row"):
        battery.wooldridge(frame[frame["year"] <= 2002], X)


def test_differences_skip_gaps():
    frame = invented(cities=2, years=5, holes=0)
    frame = frame[frame["year"] != 2003]
    found = battery.differences(frame, ["REG"])
    assert list(found["year"]) == [2002, 2005] * 2
    own = frame[frame["city"] == "c000"].set_index("year")["REG"]
    assert_allclose(found["REG"].iloc[:2], [own[2002] - own[2001], own[2005] - own[2004]])


def test_unequal_variances_are_found_and_equal_ones_are_not():
    p = [battery.unequal_variances(invented(seed=s, years=15), X)[1] for s in range(60)]
    assert np.mean(np.array(p) < 0.05) < 0.15
    frame = invented(years=15)
    loud = frame["REG"] + np.where(frame["number"] < 5, 6, 0) * np.sin(7.0 * frame.index)
    assert battery.unequal_variances(frame.assign(REG=loud), X)[1] < 0.001


def test_likeness_of_neighbours_by_every_pair():
    frame = invented(cities=25, years=3, holes=4)
    names = sorted(frame["city"].unique())
    far = np.abs(np.subtract.outer(np.arange(25.0), np.arange(25.0))) * 90  # in a row
    km = pd.DataFrame(far, names, names)
    found, p = battery.neighbours(frame, X, km, draws=19)
    errors = frame.assign(e=two_way_fe(frame, "REG", X).residuals)
    e = errors.pivot(index="city", columns="year", values="e").to_numpy()
    present = np.isfinite(e)
    pairs = [
        e[i, t] * e[j, t]
        for i in range(25) for j in range(25) for t in range(3)
        if i != j and far[i, j] <= battery.NEAR and present[i, t] and present[j, t]
    ]  # fmt: skip
    # Net of LM alone and of IA by projection, residuals are those of both.
    assert_allclose(found, np.mean(pairs) / (e[present] ** 2).mean(), rtol=1e-9)
    assert 0.1 <= p <= 1  # 2 / 20 is the least of 19 draws
