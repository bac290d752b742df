"""Which η a regression is compatible with, by regressions on Belts that are made one by one."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from linearmodels.panel import PanelOLS
from numpy.testing import assert_allclose

from lib import cases, placebo, specifications
from lib.regression import fit
from lib.specifications import MODEL1, STOCK
from studies import elasticity


def slope(rows, y, extra):
    """By linearmodels, with dummies for all but the city's effects."""
    exog = rows[["LM", "IA"]].join(extra).astype(float)
    index = pd.MultiIndex.from_arrays([rows["city"] + rows["spell"].astype(str), rows["year"]])
    model = PanelOLS(y.set_axis(index), exog.set_axis(index), weights=rows["W"].set_axis(index),
                     entity_effects=True, drop_absorbed=True, check_rank=False)  # fmt: skip
    return model.fit().params["LM"]


def gaps(rows, eta, logs, formula, times):
    """The official slope and that on the Belt, whose growth is fitted by statsmodels."""
    start = rows["START"] if logs else np.log(rows["START"])
    people = np.log(rows["PEOPLE"])
    grown = (rows["REG"] if logs else np.log(rows["REG"])) - start + people
    used = rows.assign(s=start, rest=grown - eta * people)
    belt = smf.wls(formula, used, weights=used["W"]).fit().fittedvalues + start
    belt += (eta - 1) * people
    extra = pd.get_dummies(rows.groupby(times).ngroup(), drop_first=True).add_prefix("t")
    return slope(rows, rows["REG"], extra), slope(rows, belt if logs else np.exp(belt), extra)


@pytest.mark.filterwarnings("ignore::linearmodels.panel.utility.AbsorbingEffectWarning")
@pytest.mark.parametrize(
    ("eta", "outcome", "weighted", "formula", "times"),
    [(-1.0, "reg", False, "rest ~ C(year) * s", ["year"]),
     (1.2, "log_reg", True, "rest ~ C(year) * s", ["year"]),
     (0.6, "reg", False, "rest ~ C(year):s + C(year):C(province)", ["province", "year"])],
)  # fmt: skip
def test_a_slope_beside_belts_made_one_by_one(data, eta, outcome, weighted, formula, times):
    employment = data["city"].map(data[data["year"] == 2012].set_index("city")["te"])
    panel = data.assign(people=placebo.residents(data), w=employment if weighted else 1.0)
    reading = replace(cases.MENDED.of(STOCK), outcome=outcome)
    rows = specifications.rows(panel, reading, MODEL1, ["LM", "IA", "PEOPLE", "W"])
    rows = rows[rows["province"].isin(["Hubei", "Hunan", "Guizhou", "Zhejiang"])]
    one = fit(rows, "REG", MODEL1.terms, unit=cases.UNIT, time=times, clusters="province",
              weight="W")  # fmt: skip
    rows, logs = one.rows, outcome == "log_reg"
    found = elasticity.beside(one, logs, "W")
    official, belt = gaps(rows, eta, logs, formula, times)
    left = [rows[rows["province"] != name] for name in rows["province"].unique()]
    less = np.array([np.subtract(*gaps(some, eta, logs, formula, times)) for some in left])
    se = np.sqrt(3 / 4 * ((less - (official - belt)) ** 2).sum())
    ours = found.loc[eta, ["belt", "gap", "se"]]
    assert_allclose(ours, [belt, official - belt, se], rtol=1e-6, atol=1e-9)


def test_ends_lie_where_the_difference_becomes_significant():
    eta = elasticity.GRID
    table = pd.DataFrame(
        {"t": 2 - eta, "se": 1.0, "low": 2 - eta - 1.5, "high": 2 - eta + 1.5}, eta
    )
    assert_allclose(elasticity.ends(table), (0.5, 3.5))
    assert elasticity.ends(table.assign(low=-1.0)) == pytest.approx((-np.inf, 3.5))
    assert np.isnan(elasticity.ends(table.assign(low=1.0, high=3.0))).all()
