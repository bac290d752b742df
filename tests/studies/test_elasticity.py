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


def test_shipped_shares_of_simulated_intervals_are_those_of_the_program(data):
    shipped = pd.read_csv(eta_coverage.COVERAGE).set_index(["scenario", "window", "eta"])
    asked = {"scenarios": ("drift",), "true": (0.75,), "windows": ("census", "mended")}
    again = eta_coverage.simulate(data, **asked).set_index(["scenario", "window", "eta"])
    assert again["covers"].tolist() == pytest.approx(shipped.loc[again.index, "covers"], abs=0.0051)
