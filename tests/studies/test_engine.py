"""The engine of the multiverse against regressions of lib and of statsmodels."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose
from written_out import simulated

from lib import cases, placebo, specifications
from lib.inference import ENOUGH
from lib.regression import complete, fit
from lib.specifications import LATE, LOWER, MODEL1, READINGS, STOCK
from studies.multiverse import engine, ways

X, BOTH = ["a", "b"], ("city", "province")


def of_lib(rows, x, effects="twoway"):
    """What lib finds, named as in the multiverse."""
    found = fit(rows, "REG", x, effects, unit=cases.UNIT, clusters=BOTH)
    tables = {kind: found.table(kind) for kind in ("jackknife", "clustered", "classical")}
    enough = len(found.clusters["province"]) >= ENOUGH
    tables["province"] = found.table("jackknife", "province") * (1 if enough else np.nan)
    named = {f"{of}_{kind}": table[of] for of in ("se", "p") for kind, table in tables.items()}
    return pd.DataFrame({"coef": found.coef, **named})


def panel(gaps=8):
    """Thirty cities, three in a province."""
    rows = simulated(30, 6, gaps, 1).reset_index(drop=True)
    rows = rows.assign(province=rows["city"] // 3, spell=0)
    return complete(rows, ["y"], [engine.SPELL, "year"]).reset_index(drop=True)


def test_years_that_leave_with_a_cluster_leave_the_slopes_defined():
    """2020 is seen in province 0, and once elsewhere."""
    rows = panel(gaps=0)
    first = rows["year"] == 2008
    late = pd.concat([rows, rows[(rows["city"] < 3) & first].assign(year=2020)], ignore_index=True)
    once = pd.concat([late, rows[(rows["city"] == 8) & first].assign(year=2020)], ignore_index=True)
    for some, effects in product((late, once), ("twoway", "start")):
        design = engine.Design.of(some, effects)
        products = design.products(some[X].to_numpy(), some[["y"]].to_numpy())
        found = products.without([[0, 1]], "province")[0, 0, :, 0]
        rest = some[some["province"] != 0]
        assert_allclose(found, engine.table(rest, X, effects, "y")["coef"], rtol=1e-8)


def test_slopes_that_are_not_unique_are_missing():
    rows = panel()
    assert engine.table(rows.assign(b=2 * rows["a"]), X, y="y")["coef"].isna().all()
    one = rows.assign(b=rows["b"] * (rows["city"] == 4))
    found = engine.table(one, X, y="y")
    assert found[["jackknife", "province"]].isna().all(axis=None) and found["coef"].notna().all()


@pytest.mark.parametrize("column", [MODEL1, LATE, LOWER], ids=lambda each: each.key)
def test_each_way_is_a_regression_of_lib(data, column):
    official = ways.at_the_cases(ways.explore(data, [column])[0])
    for reading, case in product(READINGS, cases.CASES):
        rows = specifications.rows(data, case.of(reading), column)
        frame, _ = cases.applied(data, case)
        of_case = official.query("mobility == @reading.name and case == @case.key")
        for name, (used, x, effects) in ways.of(frame, rows, column.terms).items():
            found = of_case[of_case["outcome"].eq(name)].set_index("term")
            ours = of_lib(used, x, effects).loc[[*column.terms]]
            assert_allclose(found[[*ours]], ours, rtol=1e-7)


def test_ways_by_hand(data):
    """Common growth leaves nothing over itself; distances, changes and lags of single cities."""
    start = data["reg"].groupby(data["city"]).transform("first")
    people = placebo.residents(data)
    grown = np.log(data["reg"] * people / start)
    common = data.assign(reg=start * np.exp(grown.groupby(data["year"]).transform("mean")))
    over = ways.of(data, specifications.rows(common, STOCK, MODEL1), MODEL1.terms)["over"][0]
    assert over.groupby("city")["REG"].std().max() < 1e-9
    reading = cases.SPELLS.of(STOCK)
    found = ways.of(data, specifications.rows(data, reading, MODEL1), MODEL1.terms)
    at = data.set_index(["city", "year"])
    here, before = at.loc[("Wuhan", 2015)], at.loc[("Wuhan", 2014)]
    one = {
        name: way[0].set_index(["city", "year"]).loc[("Wuhan", 2015)] for name, way in found.items()
    }
    mean = data.loc[data["year"].eq(2015), "reg"]
    expected = {
        ("distance", "REG"): abs(here["reg"] - mean.mean()),
        ("log_distance", "REG"): abs(np.log(here["reg"]) - np.log(mean).mean()),
        ("lag", "REG_lag1"): before["reg"],
        ("change", "REG"): here["reg"] - before["reg"],
        ("change", "LM"): here["lm_stock"] - before["lm_stock"],
    }
    for (name, column), value in expected.items():
        assert one[name][column] == pytest.approx(value), (name, column)
    # No change from one spell to the next: a census counted the people of Hefei in 2010.
    steps = data[specifications.recounts(data)["steps"]].set_index(["city", "year"]).index
    left = found["change"][0].set_index(["city", "year"]).index
    assert len(steps) and not steps.intersection(left).size
    used, x, effects = found["change"]  # a constant for each year, and no city effect
    used = used.dropna(subset=["REG", *x])
    columns = used[x].join(pd.get_dummies(used["year"], dtype=float))
    slopes = np.linalg.lstsq(columns, used["REG"])[0][: len(x)]
    assert_allclose(engine.table(used, x, effects)["coef"], slopes, rtol=1e-8)


def test_poisson_is_that_of_statsmodels(data):
    rows = specifications.rows(data, cases.SPELLS.of(STOCK), MODEL1)
    working, weight = ways.poisson(rows, MODEL1.terms)
    found, rows = engine.table(working, MODEL1.terms, weight=weight), rows.loc[working.index]
    unit = rows["city"] + rows["spell"].astype(str)
    effects = pd.get_dummies(pd.DataFrame({"unit": unit, "year": rows["period"]}), dtype=float)
    effects = effects.drop(columns=effects.columns[-1])
    exog = rows[[*MODEL1.terms]].join(effects)
    model = sm.GLM(rows["REG"], exog, family=sm.families.Poisson())
    groups = pd.factorize(rows["city"])[0]
    theirs = model.fit(tol=1e-12, cov_type="cluster", cov_kwds={"groups": groups})
    assert_allclose(found["coef"], theirs.params[[*MODEL1.terms]], rtol=1e-7)
    # They count every effect, we those that are not a city's own.
    n, years = len(rows), rows["year"].nunique()
    factor = np.sqrt((n - exog.shape[1]) / (n - len(MODEL1.terms) - years))
    assert_allclose(found["clustered"], theirs.bse[[*MODEL1.terms]] * factor, rtol=1e-6)
