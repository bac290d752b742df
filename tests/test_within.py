"""Effects out, clusters out: against regressions with every dummy, run again without a cluster."""

from functools import partial

import numpy as np
import pandas as pd
import pyfixest
import pytest
import statsmodels.api as sm
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats
from written_out import OWN, dummies, simulated, unnested, without_singles

from lib import within
from lib.estimation import two_way_fe
from lib.jackknife import without_each
from lib.panel import DataError
from lib.within import leave_one_out

X, EFFECTS, BOTH = ["a", "b"], [*OWN, "none"], ("city", "province")
# A failure is reported as drawn: to shrink it takes minutes.
QUICK = settings(deadline=None, derandomize=True, database=None, phases=[Phase.generate])


def panel(gaps=11):
    """Nine cities with names, three in a province, and an event in the fourth year."""
    rows = simulated(9, 6, gaps, 1).reset_index(drop=True)
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


@given(
    st.sampled_from(EFFECTS), st.integers(9, 12), st.integers(4, 7), st.floats(0, 0.3),
    st.integers(0, 2**16),
)  # fmt: skip
@settings(QUICK, max_examples=40)
def test_fixed_effects_are_least_squares_on_dummies(effects, cities, years, holes, seed):
    """All that is reported, and clustered errors and slopes without each city and province."""
    data = simulated(cities, years, 0, seed).sample(frac=1, random_state=seed)
    data["province"] = data["city"] // 3
    data.loc[data.index[: int(holes * len(data))], "a"] = np.nan
    used = without_singles(data.dropna(), effects)
    effect = dummies(used, effects)
    full = effect.shape[1] == np.linalg.matrix_rank(effect) if len(used) else False
    assume(full and used["province"].nunique() > 2 and len(used) > effect.shape[1] + 3)
    lsdv = sm.OLS(used["y"], used[X].join(effect)).fit()
    fit, found = two_way_fe(data, "y", X, effects), within.fit(data, "y", X, effects, clusters=BOTH)
    assert (fit.nobs, fit.df_resid) == (len(used), lsdv.df_resid)
    assert (fit.n_entities, len(fit.years)) == (used["city"].nunique(), used["year"].nunique())
    assert_allclose(fit.coef, lsdv.params[X], rtol=1e-6, atol=1e-9)
    assert_allclose(fit.classical["se"], lsdv.bse[X], rtol=1e-6)
    assert_allclose(fit.classical["p"], lsdv.pvalues[X], rtol=1e-5, atol=1e-12)
    assert_allclose(fit.classical[["low", "high"]], lsdv.conf_int().loc[X], rtol=1e-6, atol=1e-9)
    r2 = 1 - lsdv.ssr / sm.OLS(used["y"], effect).fit().ssr
    assert_allclose((fit.adj_r2, fit.r2_within), (lsdv.rsquared_adj, r2), atol=1e-9)
    pd.testing.assert_series_equal(fit.residuals, lsdv.resid, check_names=False)
    for cluster in BOTH:
        # statsmodels counts every dummy: take its factor off, put the xtreg convention's on.
        theirs = lsdv.get_robustcov_results("cluster", groups=used[cluster]).cov_params()[:2, :2]
        cov = theirs * lsdv.df_resid / (len(used) - 2 - unnested(used, effects))
        assert_allclose(found.cov("clustered", cluster), cov, rtol=1e-6, atol=1e-12)
        slow = without_each(used, lambda r: by_dummies(r, dummies(r, effects)), cluster)
        assert_allclose(found.jackknife(cluster).without, slow.without, rtol=1e-6)
        for kind, variance in (("clustered", cov), ("jackknife", slow.cov)):
            t = abs(lsdv.params[X] / np.sqrt(np.diag(variance)))
            p = 2 * stats.t.sf(t, used[cluster].nunique() - 1)
            assert_allclose(found.table(kind, cluster)["p"], p, rtol=1e-5, atol=1e-12)


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
    assert_allclose(found.coef, slow.coef, rtol=1e-7)
    assert_allclose(found.jackknife(cluster).without, slow.without, rtol=1e-6)


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
    assert_allclose(found.coef, slow.coef, rtol=1e-8)
    assert_allclose(found.without, slow.without, rtol=1e-7)
    with pytest.raises(DataError, match="2 slopes in common, by city and province; exp"):
        one - leave_one_out(rows, "y", X, cluster="province")


def test_thousands_are_each_of_them():
    """Lists of regressors, many outcomes, draws of regressors: what single fits give."""
    rows, rng = panel(), np.random.default_rng(1)
    outcomes, columns, lists = ["y", "c", "v"], ["a", "b", "z", "w"], [["a", "b"], ["b", "w"]]
    design = within.fit(rows, "y", "a", clusters=BOTH).products.design
    x = np.stack([rows[columns], rows[columns] + rng.normal(size=(len(rows), 4))])
    products = design.products(x, np.stack([rows[outcomes]] * 2))
    places = np.array([[columns.index(name) for name in names] for names in lists])
    for draw, r, k in np.ndindex(2, len(lists), len(outcomes)):
        again = rows.assign(**dict(zip(columns, x[draw].T, strict=True)))
        single = within.fit(again, outcomes[k], lists[r], clusters=BOTH)
        assert_allclose(products.coef(places)[draw, r, :, k], single.coef, rtol=1e-8)
        for how in (("classical",), *((e, c) for e in ("clustered", "jackknife") for c in BOTH)):
            se = products.se(places, *how)[draw, r, :, k]
            assert_allclose(se, single.table(*how)["se"], rtol=1e-8)


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # pyfixest uses what pandas deprecates
@pytest.mark.parametrize("effects", ["twoway", "entity", "time", "none"])
def test_pyfixest_agrees_but_for_its_small_sample_factor(effects):
    rows = panel()
    found = leave_one_out(rows, "y", X, effects)
    absorbed = " + ".join(OWN.get(effects, [])) or "0"
    fit = pyfixest.feols(f"y ~ a + b | {absorbed}", data=rows, vcov={"CRV3": "city"})
    counted = 2 + (rows["year"].nunique() if "year" in absorbed else 1)
    factor = 9 / 8 * np.sqrt((len(rows) - 1) / (len(rows) - counted))
    assert_allclose(fit.se()[X], found.table["se"] * factor, rtol=1e-9)


def test_years_that_leave_or_come_apart_leave_the_slopes_defined():
    """2020 is seen in province 0, and once elsewhere; but for city 4, nothing connects halves."""
    rows = panel(gaps=0)
    first, number = rows["year"] == 2008, rows["city"].str[-1].astype(int)
    late = pd.concat([rows, rows[(number < 3) & first].assign(year=2020)])
    once = pd.concat([late, rows[(number == 8) & first].assign(year=2020)])
    halves = rows[(number == 4) | ((number < 4) == (rows["year"] < 2011))]
    for some, by, label, effects in (
        (late, "province", 0, "twoway"), (once, "province", 0, "start"),
        (halves, "city", "city 4", "twoway"),
    ):  # fmt: skip
        found = leave_one_out(some, "y", X, effects, by).without.loc[label]
        expected = leave_one_out(some[some[by] != label], "y", X, effects).coef
        assert_allclose(found, expected, rtol=1e-9)
