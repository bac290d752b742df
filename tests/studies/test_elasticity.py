"""Compatible elasticities: where they are known, and by regressions on Belts made one by one."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from linearmodels.panel import PanelOLS
from numpy.testing import assert_allclose

from data.make import eta_coverage
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


def test_recounts_spread_keep_counts_and_leave_other_cities(data):
    spread = elasticity.spread(data)
    counted = specifications.recounts(data)
    never = ~counted.groupby(data["city"]).transform("any")
    columns = ["reg", "lm_flow", "lm_stock", "lm_flow_gross", "lm_stock_gross"]
    pd.testing.assert_frame_equal(spread.loc[never, columns], data.loc[never, columns])
    # Residents over registered people, and income, of a census year are the counted ones.
    census = data["year"].eq(2020)
    assert_allclose(spread.loc[census, columns[::2]], data.loc[census, columns[::2]])
    # Hefei in 2020: the flow is 1.144, the mean of its logarithm beside it is that of 1.0115.
    step = np.log(1.144) - np.log(1.013 * 1.010) / 2
    at = (data["city"] == "Hefei") & (data["year"] == 2015)
    assert_allclose(data.loc[at, "reg"] / spread.loc[at, "reg"], np.exp(step / 2), rtol=1e-6)
    assert_allclose(spread.loc[at, "lm_flow_gross"], 1.012 * np.exp(step / 10), rtol=1e-6)
    product = [frame[frame["city"].eq("Hefei") & frame["year"].between(2011, 2020)]["lm_flow_gross"]
               .prod() for frame in (data, spread)]  # fmt: skip
    assert_allclose(*product)


def test_where_output_has_no_noise_only_the_true_elasticity_is_compatible(data):
    rows, held = elasticity.rows_of(data)
    of = placebo.exponents(rows)
    noise = 1e-6 * np.random.default_rng(1).standard_normal(len(rows))
    output = np.exp(of["base"] + 0.7 * of["more"] + noise)
    found = elasticity.compatible(rows.assign(REG=output), held)
    assert found[["eta", "low", "high"]].tolist() == pytest.approx([0.7] * 3, abs=0.02)


def test_belts_keep_their_lines_and_follow_residents(data):
    belt, people = placebo.following(data, 0.4)["reg"], placebo.residents(data)
    city, year = data["city"], data["year"]
    start = np.log(data["reg"].groupby(city).transform("first"))
    for reg in (belt, data["reg"]):
        left = np.log(reg) + np.log(people) - start - 0.4 * np.log(people)
        lines = [np.polyfit(start[year == y], left[year == y], 1) for y in (2012, 2020)]
        if reg is belt:
            drawn = lines
            for y, line in zip((2012, 2020), lines, strict=True):
                assert np.ptp(left[year == y] - np.polyval(line, start[year == y])) < 1e-9
    assert np.allclose(drawn, lines)


def test_shipped_shares_of_simulated_intervals_are_those_of_the_program(data):
    shipped = pd.read_csv(eta_coverage.COVERAGE).set_index(["scenario", "window", "eta"])
    asked = {"scenarios": ("drift",), "true": (0.75,), "windows": ("census", "mended")}
    again = eta_coverage.simulate(data, **asked).set_index(["scenario", "window", "eta"])
    assert again["covers"].tolist() == pytest.approx(shipped.loc[again.index, "covers"], abs=0.0051)
