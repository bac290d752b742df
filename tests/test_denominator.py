"""The denominator that LM and REG share: by hand, against linearmodels, and by simulation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from lib import denominator, panel, specifications
from lib.estimation import two_way_fe
from lib.panel import DataError


def invented(cities: int = 40, years: int = 15, memory: float = 0.0) -> pd.DataFrame:
    """Residents that come and go, and a product that takes no notice of them."""
    rng = np.random.default_rng(12)
    growth = rng.normal(0, 0.02, size=(cities, years))
    for t in range(1, years):
        growth[:, t] = memory * growth[:, t - 1] + np.sqrt(1 - memory**2) * growth[:, t]
    growth = np.expm1(growth)
    residents = np.cumprod(np.column_stack([np.ones(cities), 1 + growth[:, 1:]]), axis=1)
    product = np.exp(0.05 * np.arange(years) + rng.normal(size=(cities, 1)))
    index = pd.MultiIndex.from_product(
        [range(cities), range(2008, 2008 + years)], names=["city_code", "year"]
    )
    shown = np.column_stack([np.full(cities, np.nan), growth[:, 1:]])
    frame = pd.DataFrame(
        {"reg": (product / residents).ravel(), "lm_flow_gross": shown.ravel(),
         "product": product.ravel(), "ia": rng.normal(size=cities * years)}, index=index,
    )  # fmt: skip
    return frame.reset_index()


def test_the_product_comes_back_from_its_parts():
    data = invented()
    assert_allclose(denominator.log_product(data), np.log(data["product"]))


def test_by_hand():
    data = pd.DataFrame(
        {"city_code": [1, 1, 1, 2, 2], "year": [2008, 2009, 2010, 2008, 2009],
         "reg": [1.0, 1.0, 2.0, 3.0, 3.0], "lm_flow_gross": [np.nan, 0.5, -0.5, 9.0, 0.0]}
    )  # fmt: skip
    expected = np.log([1, 1.5, 2 * 0.75, 3, 3])  # what a first year grew by is before its time
    assert_allclose(denominator.log_product(data), expected)


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda data: data.sort_values("year"), "out of order"),
        (lambda data: data.drop(index=5), "out of order"),
        (lambda data: data.assign(lm_flow_gross=data["lm_flow_gross"].mask(data.index == 5)),
         "gap"),
    ],
)  # fmt: skip
def test_rows_out_of_order_and_gaps_are_refused(change, message):
    with pytest.raises(DataError, match=message):
        denominator.log_product(change(invented()))


@pytest.mark.parametrize("memory", [0.0, 0.7])
def test_in_changes_the_denominator_alone_makes_a_slope_of_minus_a_half(memory):
    data = invented(400, 15, memory)
    data = data.assign(lm=data["lm_flow_gross"], y=np.log(data["reg"]))
    found = denominator.levels_and_changes(data.assign(noise=data["ia"]), "y", ("lm", "noise"))
    assert_allclose(found.loc["lm", "change"], -0.5, atol=0.03)
    assert found.loc["lm", "change_t"] < -10
    data["product"] = denominator.log_product(data) + 0.01 * data["ia"]
    held = denominator.levels_and_changes(data, "product", ("lm",))
    assert abs(held.loc["lm", "change_t"]) < 3


def test_levels_and_changes_are_regressions_of_the_tables():
    reading = specifications.BASELINE
    rows = specifications.prepare(panel.load_indicators(), reading)
    found = denominator.levels_and_changes(rows, "y")
    level = two_way_fe(rows, "y", ["lm", "ia"])
    assert_allclose(found["level"], level.coef)
    assert_allclose(found["level_t"], level.clustered["t"])
    kept = rows.dropna(subset=["y", "lm", "ia"])
    changes = kept.groupby("city_code")[["year", "y", "lm", "ia"]].diff()
    changes = changes[changes["year"] == 1].assign(city_code=kept["city_code"], year=kept["year"])
    change = two_way_fe(changes, "y", ["lm", "ia"], effects="time")
    assert_allclose(found["change"], change.coef)
    assert_allclose(found["change_t"], change.clustered["t"])
