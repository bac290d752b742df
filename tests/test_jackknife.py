"""Leaving cities out: against regressions that do leave them out, and against pyfixest."""

import numpy as np
import pandas as pd
import pyfixest
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linearmodels.panel import PanelOLS
from scipy import stats

from lib import panel
from lib.jackknife import leave_one_out

DUMMIES = {"twoway": ["city", "year"], "entity": ["city"], "time": ["year"], "none": []}
# pyfixest uses what pandas deprecates.
old_pandas = pytest.mark.filterwarnings("ignore:The inplace keyword")


def made(seed=1, cities=9, years=6, kept=0.8):
    """An unbalanced panel; provinces of three cities."""
    rng = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product([range(cities), range(2008, 2008 + years)])
    rows = pd.DataFrame(rng.normal(size=(len(index), 2)), index, ["a", "b"])
    rows = rows.rename_axis(["city", "year"]).reset_index()
    rows["a"] += rows["city"] / 3 + 5 * (rows["city"] == 2) * rng.normal(size=len(rows))
    rows["y"] = rows["a"] - rows["b"] + rng.normal(size=len(rows)) * (1 + rows["city"])
    rows["province"] = rows["city"] // 3
    rows["city"] = "city " + rows["city"].astype(str)
    return rows[rng.random(len(rows)) < kept].reset_index(drop=True)


PATHS = {"start": ("year", "START"), "trend": ("city", "year")}


def by_dummies(rows, effects):
    """The slopes of a and b with every effect written out as a column."""
    dummies = [pd.get_dummies(rows[name], dtype=float)
               for name in DUMMIES.get(effects, ["city", "year"])]  # fmt: skip
    if effects in PATHS:
        group, along = PATHS[effects]
        dummies.append(pd.get_dummies(rows[group], dtype=float).mul(rows[along] - 2010, axis=0))
    design = np.column_stack([rows[["a", "b"]], np.ones(len(rows)), *dummies])
    return np.linalg.lstsq(design, rows["y"])[0][:2]


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 10**6),
    st.sampled_from(["city", "province"]),
    st.sampled_from([*DUMMIES, *PATHS]),
)
def test_the_slopes_without_a_cluster_are_those_of_the_other_rows(seed, cluster, effects):
    rows = made(seed, kept=0.9).assign(START=lambda each: each["city"].str[-1].astype(int) ** 2)
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


def test_the_official_panel_without_each_city_by_linearmodels():
    rows = panel.load().dropna(subset=["reg", "lm_stock", "odi"])
    rows = rows[rows.duplicated("city", keep=False) & (rows["reach"] == "middle")]
    found = leave_one_out(rows, "reg", ["lm_stock", "odi"])
    assert found.clusters == rows["city"].nunique() == len(found.without)
    effects = {"entity_effects": True, "time_effects": True}
    for city, slopes in found.without.iterrows():
        rest = rows[rows["city"] != city].set_index(["city", "year"])
        fit = PanelOLS(rest["reg"], rest[["lm_stock", "odi"]], **effects).fit()
        np.testing.assert_allclose(slopes, fit.params, rtol=1e-8)


@old_pandas
@pytest.mark.parametrize("effects", DUMMIES)
def test_pyfixest_agrees_but_for_its_small_sample_factor(effects):
    rows = made()
    found = leave_one_out(rows, "y", ["a", "b"], effects=effects)
    absorbed = " + ".join(DUMMIES[effects]) or "0"
    fit = pyfixest.feols(f"y ~ a + b | {absorbed}", data=rows, vcov={"CRV3": "city"})
    counted = 2 + (rows["year"].nunique() if "year" in absorbed else 1)
    factor = 9 / 8 * np.sqrt((len(rows) - 1) / (len(rows) - counted))
    np.testing.assert_allclose(fit.se()[["a", "b"]], found.table["se"] * factor, rtol=1e-9)


def test_the_table_is_the_definition():
    found = leave_one_out(made(), "y", ["a", "b"])
    gap = found.without - found.coef
    se = np.sqrt(8 / 9 * (gap**2).sum())
    np.testing.assert_allclose(found.table["se"], se)
    np.testing.assert_allclose(found.table["p"], 2 * stats.t(8).sf(abs(found.coef / se)))
    half = stats.t(8).ppf(0.975) * se
    np.testing.assert_allclose(found.table["high"] - found.coef, half)
    np.testing.assert_allclose(found.coef - found.table["low"], half)


def test_a_city_with_one_row_is_no_cluster():
    rows = made()
    more = pd.concat([rows, rows.tail(1).assign(city="alone", y=50.0)])
    pd.testing.assert_frame_equal(
        leave_one_out(more, "y", ["a", "b"]).table, leave_one_out(rows, "y", ["a", "b"]).table
    )


def test_years_that_leave_or_come_apart_leave_the_slopes_defined():
    """2020 is seen in province 0 alone; but for city 4, no row connects the two halves."""
    rows = made(kept=1.0)
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
    with pytest.raises(panel.DataError, match="column 'c': found 0 times"):
        leave_one_out(rows, "y", ["a", "c"])
    with pytest.raises(panel.DataError, match="column 'reach': found an entity in two"):
        leave_one_out(rows.assign(reach=rows["year"]), "y", ["a"], cluster="reach")
    with pytest.raises(panel.DataError, match="found 1 clusters, expected more"):
        leave_one_out(rows[rows["province"] == 1], "y", ["a"], cluster="province")
    with pytest.raises(panel.DataError, match="effects: found 'city'"):
        leave_one_out(rows, "y", ["a"], effects="city")
    with pytest.raises(panel.DataError, match="column 'y': found an exact function"):
        leave_one_out(rows.assign(y=rows["a"] + rows["year"]), "y", ["a"])
    with pytest.raises(panel.DataError, match="column 'city': found str, expected numbers"):
        leave_one_out(rows, "y", ["city"])
    with pytest.raises(panel.DataError, match="infinite"):
        leave_one_out(rows.assign(a=np.inf), "y", ["a"])
