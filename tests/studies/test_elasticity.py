"""Compatible elasticities: found again where they are known, and as other programs find them."""

import numpy as np
import pandas as pd
import pytest

from data.make import eta_coverage
from lib import placebo
from studies import elasticity


def test_where_output_has_no_noise_only_the_true_elasticity_is_compatible(data):
    rows, held = elasticity.rows_of(data)
    of = placebo.exponents(rows)
    found = elasticity.compatible(rows.assign(REG=np.exp(of["base"] + 0.7 * of["more"])), held)
    assert found[["eta", "low", "high"]].tolist() == pytest.approx([0.7] * 3)


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
