"""Intervals of Part IV, the half-life of a panel with a known one, Theil's T by hand."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from lib import changes
from lib.panel import DataError
from studies import regional


def invented(provinces=12, cities=8, rate=0.03, years=10):
    """Cities whose distance from a common path falls by exp(-rate) a year, with small shocks."""
    rng = np.random.default_rng(1)
    number = np.arange(provinces * cities)
    rows = pd.DataFrame({"city": number.astype(str), "province": number // cities,
                         "start": rng.normal(0, 0.6, len(number))})  # fmt: skip
    end = rows["start"] * np.exp(-rate * years) + 0.8 + rng.normal(0, 0.01, len(number))
    return rows.assign(REG=end - rows["start"])


def test_intervals_are_statsmodels_and_the_jackknife_by_hand():
    """A gap that closes at 3 % a year: its half-life of 23.1 years lies in the interval."""
    rows = invented(provinces=10, cities=3)
    holed = pd.concat([rows, rows.head(1).assign(start=np.nan)])
    beta = changes.slope(holed, "REG", "start")
    fit = smf.ols("REG ~ start", rows).fit(cov_type="HC3", use_t=True)
    theirs = [fit.params["start"], *fit.conf_int().loc["start"], 30]
    assert beta[["coef", "low", "high", "N"]].tolist() == pytest.approx(theirs)
    halves = np.log(2) * 10 / -np.log1p(beta[["low", "high"]])
    assert halves["low"] < 23.1 < halves["high"]
    without = []
    for name in rows["province"].unique():  # slopes as covariance over variance
        left = rows[rows["province"] != name]
        without.append(left["REG"].cov(left["start"]) / left["start"].var())
    error = np.sqrt(9 / 10 * sum((b - beta["coef"]) ** 2 for b in without))
    assert beta["province_high"] - beta["coef"] == pytest.approx(2.262157 * error, rel=1e-6)


def test_few_provinces_have_an_interval_by_city_alone_and_one_unit_none_at_all():
    for provinces in (9, 10):
        rows = invented(provinces=provinces)
        of_slope = changes.slope(rows, "REG", "start")
        for row in (of_slope, regional.measured(rows, lambda some: some["start"].std())):
            assert np.isnan(row["province_low"]) == (provinces == 9)
            assert row["low"] < row["coef"] < row["high"]
    none = changes.slope(rows.assign(start=np.nan), "REG", "start")
    assert none.drop(["N", "provinces"]).isna().all() and none["N"] == 0
    with pytest.raises(DataError, match="two or more"):
        regional.measured(invented(provinces=1, cities=1), lambda some: 1.0)


WHOLE = 0.13081203594  # of 1 and 3, mean 2: (0.5 log 0.5 + 1.5 log 1.5) / 2
# Of 1, 3, 5, 5, mean 3.5: between (4/7 log 4/7 + 10/7 log 10/7) / 2; 1 and 3 have 2/7 of all.
BETWEEN, WITHIN = 0.09487759197, 2 / 7 * WHOLE


@pytest.mark.parametrize(
    ("values", "parts"),
    [
        ([1, 1, 3, 3], [WHOLE, WHOLE, 0]),
        ([1, 3, 1, 3], [WHOLE, 0, WHOLE]),
        ([7] * 4, [0, 0, 0]),
        ([1, 3, 5, 5], [BETWEEN + WITHIN, BETWEEN, WITHIN]),
    ],
)
def test_parts_by_hand(values, parts):
    found = regional.theil_parts(pd.Series(values), pd.Series(list("aabb")))
    assert found.tolist() == pytest.approx(parts, abs=1e-11)
    assert regional.theil(pd.Series(values)) == found["total"]


def test_values_without_a_group_are_refused():
    with pytest.raises(DataError, match="groups: 1 of 2 values have none; expected one each"):
        regional.theil_parts(pd.Series([1.0, 3.0]), pd.Series(["a"]))
