"""Deletions against regressions run again through linearmodels and statsmodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose
from statsmodels.stats.outliers_influence import OLSInfluence

from lib import influence
from lib.diagnostics import Sample
from lib.estimation import two_way_fe
from lib.panel import DataError

TERMS = ("a", "b")


@pytest.fixture
def rows() -> pd.DataFrame:
    """Six cities and seven years with gaps; city 5 has one row, and year 2006 is city 0's alone."""
    rng = np.random.default_rng(11)
    index = pd.MultiIndex.from_product([range(6), range(2000, 2007)], names=["city_code", "year"])
    frame = pd.DataFrame(rng.normal(size=(42, 3)), index=index, columns=["y", *TERMS])
    frame = frame.reset_index()
    frame["y"] += frame["a"] + frame["city_code"]
    frame.loc[9, "y"] += 8
    alone = frame["city_code"].eq(5) & frame["year"].ne(2003)
    last = frame["year"].eq(2006) & frame["city_code"].ne(0)
    gap = rng.random(42) < 0.1
    return frame[~(alone | last | gap)]


def test_leaving_out_a_city_is_running_the_regression_without_it(rows):
    rows = rows[rows["year"] < 2006]
    sample = Sample.of(rows, TERMS)
    found = influence.leave_out(sample)
    whole = two_way_fe(rows, "y", TERMS)
    assert found.index.tolist() == [0, 1, 2, 3, 4, 5]
    for city, row in found.iterrows():
        part = rows[rows["city_code"] != city]
        single = two_way_fe(part, "y", TERMS)
        assert (row["cities"], row["rows"]) == (1, len(rows) - len(part))
        for term in TERMS:
            expected = single.clustered.loc[term]
            assert_allclose(row[term], single.coef[term])
            assert_allclose([row[f"{term}_t"], row[f"{term}_p"]], expected[["t", "p"]])
            shift = (single.coef[term] - whole.coef[term]) / whole.clustered.loc[term, "se"]
            assert_allclose(row[f"{term}_shift"], shift, atol=1e-12)


def test_leaving_out_a_group_of_cities(rows):
    rows = rows[rows["year"] < 2006]
    groups = {0: "west", 1: "west", 2: "east", 3: "north", 4: "east", 5: "north", 9: "nowhere"}
    found = influence.leave_out(Sample.of(rows, TERMS), groups)
    assert found.index.tolist() == ["east", "north", "west"]
    assert found["cities"].tolist() == [2, 2, 2]
    for label, row in found.iterrows():
        part = rows[rows["city_code"].map(groups) != label]
        assert_allclose(row[list(TERMS)].astype(float), two_way_fe(part, "y", TERMS).coef)


def test_a_year_that_goes_with_its_only_city_is_not_counted(rows):
    """2006 is city 0's alone: without it there are six years, as in a sample that never had it."""
    found = influence.leave_out(Sample.of(rows, TERMS)).loc[0]
    single = two_way_fe(rows[rows["city_code"] != 0], "y", TERMS)
    assert_allclose(found["a_t"], single.clustered.loc["a", "t"])


def test_groups_have_to_cover_the_cities(rows):
    sample = Sample.of(rows, TERMS)
    with pytest.raises(DataError, match="no label for city 1"):
        influence.leave_out(sample, {0: "west"})
    with pytest.raises(DataError, match="found 1, expected two"):
        influence.leave_out(sample, dict.fromkeys(range(6), "one"))


def lsdv(rows: pd.DataFrame) -> pd.DataFrame:
    effects = [
        pd.get_dummies(rows["city_code"], dtype=float),
        pd.get_dummies(rows["year"], dtype=float, drop_first=True).add_prefix("y"),
    ]
    return pd.concat([rows[list(TERMS)], *effects], axis=1)


def test_dfbetas_are_those_of_statsmodels(rows):
    """Rows alone in their city or year, whose deletion takes their effect along, set aside."""
    kept = rows[(rows["year"] < 2006) & (rows["city_code"] < 5)]
    design = lsdv(kept).rename(columns=str)
    expected = OLSInfluence(sm.OLS(kept["y"], design).fit()).dfbetas[:, :2]
    found = influence.dfbetas(Sample.of(kept, TERMS))
    assert_allclose(found, expected, atol=1e-10)
    assert found.index.tolist() == list(zip(kept["city_code"], kept["year"], strict=True))
    assert found["a"].abs().idxmax() in {(1, 2002), (1, 2001), (1, 2003)}


def test_dfbetas_are_changes_of_a_slope_when_a_row_is_left_out(rows):
    found = influence.dfbetas(Sample.of(rows, TERMS))
    design = lsdv(rows).to_numpy()
    y = rows["y"].to_numpy()
    slopes = np.linalg.lstsq(design, y, rcond=None)[0][:2]
    net = design[:, :2] - design[:, 2:] @ np.linalg.lstsq(design[:, 2:], design[:, :2])[0]
    bread = np.sqrt(np.diag(np.linalg.inv(net.T @ net)))
    checked = 0
    for k, (city, year) in enumerate(zip(rows["city_code"], rows["year"], strict=True)):
        others = np.arange(len(rows)) != k
        part = rows[others]
        if part["city_code"].nunique() < 6 or part["year"].nunique() < 7:
            assert (found.loc[(city, year)] == 0).all()
            continue
        b, (rss,), rank, _ = np.linalg.lstsq(design[others], y[others], rcond=None)
        s = np.sqrt(rss / (others.sum() - rank))
        assert_allclose(found.loc[(city, year)], (slopes - b[:2]) / (s * bread), atol=1e-9)
        checked += 1
    assert checked > 20
