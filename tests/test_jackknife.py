"""Leaving cities out: against regressions that do leave them out, and against pyfixest."""

import numpy as np
import pandas as pd
import pyfixest
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from written_out import OWN, dummies, simulated

from lib import panel
from lib.jackknife import leave_one_out

# pyfixest uses what pandas deprecates.
old_pandas = pytest.mark.filterwarnings("ignore:The inplace keyword")


def made(seed=1, gaps=11):
    """Nine cities with names, three in a province."""
    rows = simulated(9, 6, gaps, seed).reset_index(drop=True)
    return rows.assign(province=rows["city"] // 3, city="city " + rows["city"].astype(str))


def by_dummies(rows, effects):
    """The slopes of a and b with every effect written out as a column."""
    design = rows[["a", "b"]].join(dummies(rows, effects))
    return np.linalg.lstsq(design, rows["y"])[0][:2]


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 10**6),
    st.sampled_from(["city", "province"]),
    st.sampled_from([*OWN, "none"]),
)
def test_the_slopes_without_a_cluster_are_those_of_the_other_rows(seed, cluster, effects):
    rows = made(seed, gaps=6)
    found = leave_one_out(rows, "y", ["a", "b"], effects=effects, cluster=cluster)
    for left, slopes in found.without.iterrows():
        rest = rows[rows[cluster] != left]
        np.testing.assert_allclose(slopes, by_dummies(rest, effects), rtol=1e-6)


def test_a_difference_is_of_the_same_clusters():
    rows = made()
    one = leave_one_out(rows, "y", ["a", "b"])
    two = leave_one_out(rows.assign(y=rows["y"] + rows["a"]), "y", ["a", "b"])
    # The second regression's slope of a is larger by one, without any city.
    gap = two - one
    np.testing.assert_allclose(gap.coef, [1, 0], atol=1e-9)
    np.testing.assert_allclose(gap.without, np.tile([1, 0], (gap.clusters, 1)), atol=1e-9)
    with pytest.raises(panel.DataError, match="without the same clusters"):
        two - leave_one_out(rows[rows["city"] != "city 3"], "y", ["a", "b"])


@old_pandas
@pytest.mark.parametrize("effects", ["twoway", "entity", "time", "none"])
def test_pyfixest_agrees_but_for_its_small_sample_factor(effects):
    rows = made()
    found = leave_one_out(rows, "y", ["a", "b"], effects=effects)
    absorbed = " + ".join(OWN.get(effects, [])) or "0"
    fit = pyfixest.feols(f"y ~ a + b | {absorbed}", data=rows, vcov={"CRV3": "city"})
    counted = 2 + (rows["year"].nunique() if "year" in absorbed else 1)
    factor = 9 / 8 * np.sqrt((len(rows) - 1) / (len(rows) - counted))
    np.testing.assert_allclose(fit.se()[["a", "b"]], found.table["se"] * factor, rtol=1e-9)


def test_a_city_with_one_row_is_no_cluster():
    rows = made()
    more = pd.concat([rows, rows.tail(1).assign(city="alone", y=50.0)])
    pd.testing.assert_frame_equal(
        leave_one_out(more, "y", ["a", "b"]).table, leave_one_out(rows, "y", ["a", "b"]).table
    )


def test_years_that_leave_or_come_apart_leave_the_slopes_defined():
    """2020 is seen in province 0 alone; but for city 4, no row connects the two halves."""
    rows = made(gaps=0)
    late = rows[(rows["province"] == 0) & (rows["year"] == 2008)].assign(year=2020)
    whole = pd.concat([rows, late])
    found = leave_one_out(whole, "y", ["a", "b"], cluster="province")
    expected = leave_one_out(whole[whole["province"] != 0], "y", ["a", "b"]).coef
    np.testing.assert_allclose(found.without.loc[0], expected, rtol=1e-9)
    number = rows["city"].str[-1].astype(int)
    halves = rows[(number == 4) | ((number < 4) == (rows["year"] < 2011))]
    found = leave_one_out(halves, "y", ["a", "b"])
    expected = leave_one_out(halves[halves["city"] != "city 4"], "y", ["a", "b"]).coef
    np.testing.assert_allclose(found.without.loc["city 4"], expected, rtol=1e-9)


def test_what_cannot_be_estimated_is_refused_by_name():
    rows = made()
    rows["only"] = rows["a"].where(rows["city"] == "city 4", 0.0)
    with pytest.raises(panel.DataError, match="city city 4: found no unique slopes of only, b"):
        leave_one_out(rows, "y", ["only", "b"])
    rows["copy"] = rows["a"] + rows["year"]
    with pytest.raises(panel.DataError, match="column 'copy': found nothing"):
        leave_one_out(rows, "y", ["a", "copy"])
    with pytest.raises(panel.DataError, match="column 'd': found 0 times"):
        leave_one_out(rows, "y", ["a", "d"])
    with pytest.raises(panel.DataError, match="column 'reach': found a city in two"):
        leave_one_out(rows.assign(reach=rows["year"]), "y", ["a"], cluster="reach")
    with pytest.raises(panel.DataError, match="found 1 clusters, expected more"):
        leave_one_out(rows[rows["province"] == 1], "y", ["a"], cluster="province")
    with pytest.raises(panel.DataError, match="effects: found 'city'"):
        leave_one_out(rows, "y", ["a"], effects="city")
    with pytest.raises(panel.DataError, match="column 'y': found an exact function"):
        leave_one_out(rows.assign(y=rows["a"] + rows["year"]), "y", ["a"])
    with pytest.raises(panel.DataError, match="column 'city': found values of type str, expected"):
        leave_one_out(rows, "y", ["city"])
    with pytest.raises(panel.DataError, match="infinite"):
        leave_one_out(rows.assign(a=np.inf), "y", ["a"])
