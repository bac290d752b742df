"""Effects out, clusters out: against regressions with every dummy, run again without a cluster."""

from functools import partial

import numpy as np
import pandas as pd
import pyfixest
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from written_out import OWN, dummies, simulated

from lib import within
from lib.jackknife import without_each
from lib.panel import DataError
from lib.within import leave_one_out

X, EFFECTS = ["a", "b"], [*OWN, "none"]
BOTH = ("city", "province")
# pyfixest uses what pandas deprecates.
old_pandas = pytest.mark.filterwarnings("ignore:The inplace keyword")


def panel(seed=1, gaps=11):
    """Nine cities with names, three in a province, and an event in the fourth year."""
    rows = simulated(9, 6, gaps, seed).reset_index(drop=True)
    late = (rows["year"] > 2010).astype(int)
    return rows.assign(
        province=rows["city"] // 3, city="city " + rows["city"].astype(str), late=late
    )


def by_dummies(rows, columns, z=None):
    """Slopes of a and b beside columns of effects; with instruments z by two least squares."""
    x, y = rows[X].join(columns), rows["y"]
    if z is not None:
        tools = rows[z].join(columns)
        x = tools @ np.linalg.lstsq(tools, x, rcond=1e-12)[0]
    return pd.Series(np.linalg.lstsq(x, y, rcond=1e-12)[0][:2], X)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(EFFECTS))
def test_errors_by_province_and_the_jackknife_are_those_of_dummies(seed, effects):
    """Slopes, and errors by city, in ``test_estimation.py``."""
    rows = panel(seed, gaps=6)
    found = within.fit(rows, "y", X, effects, clusters=BOTH)
    design = rows[X].join(dummies(rows, effects)).to_numpy()
    inverse, n, rank = np.linalg.pinv(design.T @ design), len(rows), np.linalg.matrix_rank(design)
    u = (rows["y"] - design @ inverse @ design.T @ rows["y"]).to_numpy()
    # Cities' means and lines are nested in cities and provinces, the constant is counted.
    nested = {"trend": 18, "time": 0, "none": 0}.get(effects, 8)
    parts = (design * u[:, None]) @ inverse[:, :2]
    sums = pd.DataFrame(parts).groupby(rows["province"].to_numpy()).sum()
    expected = 3 / 2 * (n - 1) / (n - rank + nested) * sums.T @ sums
    np.testing.assert_allclose(found.cov("clustered", "province"), expected, rtol=1e-6, atol=1e-12)
    for cluster in BOTH:
        slow = without_each(rows, lambda r: by_dummies(r, dummies(r, effects)), cluster)
        fast = found.jackknife(cluster)
        np.testing.assert_allclose(fast.without, slow.without, rtol=1e-6)
    p = 2 * stats.t.sf(abs(found.coef / np.sqrt(np.diag(slow.cov))), 2)
    np.testing.assert_allclose(fast.table["p"], p, rtol=1e-6)


def new_effects(rows):
    """Effects of cities before and after the event, of years, and a line of each city."""
    number = pd.factorize(rows["city"])[0]
    units = pd.get_dummies(rows["city"] + rows["late"].astype(str), dtype=float)
    others = dummies(rows.assign(city=number), "trend").drop(columns="one")
    return units.join(others.add_prefix("line and year "))


def of_provinces(rows):
    return dummies(rows.assign(year=rows["province"]), "time")


BELT = panel(gaps=0)
PROVINCES = {"effects": "time", "time": "province", "z": ["z", "a"]}
WITHOUT = [
    (BELT, {"effects": "trend", "unit": ("city", "late")}, new_effects),
    (BELT[BELT["year"] == 2009], PROVINCES, of_provinces),
    *((panel(gaps=8), {"effects": e, "z": ["z", "w", "a"]}, partial(dummies, effects=e))
      for e in EFFECTS),
]  # fmt: skip


@pytest.mark.parametrize("cluster", BOTH)
@pytest.mark.parametrize(("rows", "options", "columns"), WITHOUT)
def test_slopes_without_each_cluster_are_those_of_dummies(rows, options, columns, cluster):
    """New effects after an event and one trend, effects of provinces, two stages."""
    found = within.fit(rows, "y", X, clusters=cluster, **options)
    by_hand = partial(by_dummies, z=options.get("z"))
    slow = without_each(rows, lambda some: by_hand(some, columns(some)), cluster)
    np.testing.assert_allclose(found.coef, slow.coef, rtol=1e-7)
    np.testing.assert_allclose(found.jackknife(cluster).without, slow.without, rtol=1e-6)


def test_a_difference_of_two_cases_is_a_statistic_without_each_cluster():
    """Other rows (without a city), another outcome, another path: not independent estimates."""
    rows = panel()
    rows["y2"] = rows["y"] + rows["c"]

    def gap(some):
        rest = some[some["city"] != "city 3"]
        two = rest.assign(y=rest["y2"])
        return by_dummies(some, dummies(some, "twoway")) - by_dummies(two, dummies(two, "trend"))

    one = leave_one_out(rows, "y", X)
    two = leave_one_out(rows[rows["city"] != "city 3"], "y2", X, "trend")
    slow = without_each(rows, gap, "city")
    found = one - two
    np.testing.assert_allclose(found.coef, slow.coef, rtol=1e-8)
    np.testing.assert_allclose(found.without, slow.without, rtol=1e-7)
    assert (found.table["se"] < 0.9 * np.hypot(one.table["se"], two.table["se"])).any()
    with pytest.raises(DataError, match="by city and of a, b by province, expected slopes"):
        one - leave_one_out(rows, "y", X, cluster="province")


def test_thousands_are_each_of_them():
    """Lists of regressors, many outcomes, draws of regressors: what single fits give."""
    rows = panel()
    outcomes, lists = ["y", "c", "v"], [["a", "b"], ["z", "w"], ["b", "w"]]
    one = within.fit(rows, "y", "a", clusters=BOTH)
    design, columns = one.products.design, ["a", "b", "z", "w"]
    values = rows.iloc[design.order]
    x = np.stack(
        [values[columns], values[columns] + np.random.default_rng(1).normal(size=(len(rows), 4))]
    )
    products = design.products(x, values[outcomes].to_numpy())
    asked = np.array([[columns.index(name) for name in names] for names in lists])
    for draw in (0, 1):
        again = values.assign(**dict(zip(columns, x[draw].T, strict=True)))
        for r, names in enumerate(lists):
            for k, y in enumerate(outcomes):
                single = within.fit(again, y, names, clusters=BOTH)
                assert products.coef(asked)[draw, r, :, k] == pytest.approx(single.coef.to_numpy())
                for errors, cluster in (
                    ("classical", "city"), ("clustered", "city"), ("jackknife", "city"),
                    ("jackknife", "province"),
                ):  # fmt: skip
                    se = products.se(asked, errors, cluster)[draw, r, :, k]
                    assert se == pytest.approx(single.table(errors, cluster)["se"].to_numpy())


@old_pandas
@pytest.mark.parametrize("effects", ["twoway", "entity", "time", "none"])
def test_pyfixest_agrees_but_for_its_small_sample_factor(effects):
    rows = panel()
    found = leave_one_out(rows, "y", X, effects)
    absorbed = " + ".join(OWN.get(effects, [])) or "0"
    fit = pyfixest.feols(f"y ~ a + b | {absorbed}", data=rows, vcov={"CRV3": "city"})
    counted = 2 + (rows["year"].nunique() if "year" in absorbed else 1)
    factor = 9 / 8 * np.sqrt((len(rows) - 1) / (len(rows) - counted))
    np.testing.assert_allclose(fit.se()[X], found.table["se"] * factor, rtol=1e-9)


def test_a_city_with_one_row_is_no_cluster():
    rows = panel()
    more = pd.concat([rows, rows.tail(1).assign(city="alone", y=50.0)])
    found = leave_one_out(more, "y", X)
    pd.testing.assert_frame_equal(found.table, leave_one_out(rows, "y", X).table)


def test_years_that_leave_or_come_apart_leave_the_slopes_defined():
    """2020 is seen in province 0 alone; but for city 4, no row connects the two halves."""
    rows = panel(gaps=0)
    late = rows[(rows["province"] == 0) & (rows["year"] == 2008)].assign(year=2020)
    whole = pd.concat([rows, late])
    found = leave_one_out(whole, "y", X, cluster="province")
    expected = leave_one_out(whole[whole["province"] != 0], "y", X).coef
    np.testing.assert_allclose(found.without.loc[0], expected, rtol=1e-9)
    number = rows["city"].str[-1].astype(int)
    halves = rows[(number == 4) | ((number < 4) == (rows["year"] < 2011))]
    found = leave_one_out(halves, "y", X)
    expected = leave_one_out(halves[halves["city"] != "city 4"], "y", X).coef
    np.testing.assert_allclose(found.without.loc["city 4"], expected, rtol=1e-9)


ROWS = panel().assign(
    only=lambda f: f["a"].where(f["city"] == "city 4", 0.0), reach=lambda f: f["year"],
)  # fmt: skip


@pytest.mark.parametrize(
    "message, change, options",
    [
        ("city city 4: found no unique slopes of only, b", {}, {"x": ["only", "b"]}),
        ("column 'reach': found a city in two", {}, {"cluster": "reach"}),
        ("found 1 clusters, expected more", {"one": 1}, {"cluster": "one"}),
        ("column 'city': found values of type str, expected", {}, {"x": ["city"]}),
    ],
)
def test_what_cannot_be_estimated_is_refused_by_name(message, change, options):
    with pytest.raises(DataError, match=message):
        leave_one_out(ROWS.assign(**change), "y", **{"x": X, **options})
