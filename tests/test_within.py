"""Effects out, clusters out: against regressions with every dummy, run again without a cluster."""

from functools import partial

import numpy as np
import pandas as pd
import pyfixest
import pytest
from hypothesis import Phase, settings
from numpy.testing import assert_allclose
from written_out import OWN, dummies, simulated

from lib import within
from lib.inference import without_each
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
