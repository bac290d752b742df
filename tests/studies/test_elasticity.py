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


def test_shipped_shares_of_simulated_intervals_are_those_of_the_program(data):
    shipped = pd.read_csv(eta_coverage.COVERAGE).set_index(["scenario", "window", "eta"])
    asked = {"scenarios": ("drift",), "true": (0.75,), "windows": ("census", "mended")}
    again = eta_coverage.simulate(data, **asked).set_index(["scenario", "window", "eta"])
    assert again["covers"].tolist() == pytest.approx(shipped.loc[again.index, "covers"], abs=0.0051)
