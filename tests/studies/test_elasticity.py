"""Compatible elasticities: found again where they are known, and as other programs find them."""

import numpy as np
import pandas as pd
import pytest

from data.make import eta_coverage
from lib import placebo
from lib.regression import fit
from lib.specifications import FLOW, STOCK
from studies import elasticity


@pytest.mark.parametrize("reading", [FLOW, STOCK])
def test_the_slope_on_a_belt_is_that_of_a_regression_on_its_income(data, reading):
    rows, held = elasticity.rows_of(data, reading, line=True)
    (belt,) = elasticity.slopes(rows, held, np.array([0.7]))
    rows, x = elasticity.net(rows, held)
    of = placebo.exponents(rows)
    made = rows.assign(made=np.exp(of["base"] + 0.7 * of["more"]))
    for outcome, slope in (("REG", x @ rows["REG"] / (x @ x)), ("made", belt)):
        again = fit(made, outcome, ["LM", *held], unit=("city", "spell")).coef["LM"]
        assert slope == pytest.approx(again, rel=1e-9)


def test_where_output_has_no_noise_only_the_true_elasticity_is_compatible(data):
    rows, held = elasticity.rows_of(data)
    of = placebo.exponents(rows)
    found = elasticity.compatible(rows.assign(REG=np.exp(of["base"] + 0.7 * of["more"])), held)
    assert found[["eta", "low", "high"]].tolist() == pytest.approx([0.7] * 3)


def test_bars_are_those_of_an_independent_program(data):
    """Its Belts were fitted to all years of the 101 cities, and its grid has steps of .1."""
    expected = {
        ("census", "index"): (0.25, -0.18, 0.67), ("census", "current"): (0.77, 0.18, 1.37),
        ("line", "index"): (0.1, -0.6, 0.7), ("line", "current"): (0.4, -0.5, 1.1),
        ("mended", "index"): (0.1, -0.5, 0.4), ("mended", "current"): (0.6, -0.6, 1.2),
        ("paper", "index"): (None, -np.inf, np.inf),
    }  # fmt: skip
    bars = elasticity.bars(data)
    for key, (eta, *ends) in expected.items():
        near = 0.006 if key[0] == "census" else 0.11
        assert bars.loc[key, ["low", "high"]].tolist() == pytest.approx(ends, abs=near)
        assert eta is None or bars.loc[key, "eta"] == pytest.approx(eta, abs=near)
    assert bars.loc[("line", "index"), "slope"] == pytest.approx(-1.25, abs=0.005)


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
