"""Benchmarks with noise, held to what an invented Belt was given."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lib import cases, placebo
from lib.specifications import STOCK
from studies import benchmarks

PATHS = replace(STOCK, effects="start", outcome="log_reg")


def test_a_belt_with_its_own_departures_is_the_official_one(data):
    noise = benchmarks.departures(data, 0.5).to_numpy()[:, None]
    belt = placebo.belt(data, 0.5)["reg"].to_numpy()[:, None]
    assert np.allclose(belt * np.exp(noise), data[["reg"]])
    drawn = benchmarks.incomes(data, 0.5, "province", 30, np.random.default_rng(2))
    moved = np.log(drawn / belt)
    assert np.allclose(np.abs(moved), np.abs(noise))
    place = data["province"].eq("Hubei") & data["year"].eq(2015)
    hubei = np.sign(moved[place] * noise[place])
    assert (hubei == hubei[0]).all() and 0 < (hubei[0] == 1).sum() < 30


@pytest.mark.parametrize("even", ["rest", "industry"])
def test_one_part_of_the_industry_belt_grows_at_one_rate(data, even):
    belt = benchmarks.industry_belt(data, even)
    share = data["share_secondary"] if even == "industry" else 1 - data["share_secondary"]
    part = belt["reg"] * placebo.residents(data) * share
    grown = part / part.groupby(data["city"]).transform("first")
    assert grown.groupby(data["year"]).agg(np.ptp).max() < 1e-9
    first = data["year"].eq(2008)
    assert np.allclose(belt.loc[first, "reg"], data.loc[first, "reg"])


@pytest.mark.parametrize("elasticity", [0.0, 0.25, -0.5])
def test_the_elasticity_of_a_belt_comes_back(data, elasticity):
    belt = placebo.belt(data, elasticity)
    for cluster in ("city", "province"):
        # A Belt without noise leaves nothing to be in doubt.
        implied = benchmarks.implied(belt, PATHS, cases.CLEAN, cluster)
        assert implied.coef["elasticity"] == pytest.approx(elasticity, abs=1e-6)
        assert implied.table.loc["elasticity", "se"] < 1e-5


def test_places_in_a_distribution(data):
    belt = placebo.belt(data, 0.25)
    with np.errstate(divide="ignore"):  # of the Belt itself no slope is in doubt
        places = benchmarks.predictive(belt, [0.25, 1.0], 20, [cases.PAPER])
    lm = places.sort_index().loc[("paper", "stock", "Model 1", "LM")]
    assert np.allclose(lm.loc[0.25, "mean"], lm.loc[0.25, "official"])
    assert (lm.loc[1.0, "official"] < lm.loc[1.0, "mean"]).all()
    names = ["case", "noise", "elasticity", "row"]
    rows = [("paper", "city", 0.0, row) for row in ("LM", "LM_IA", "IA")]
    z = pd.DataFrame({"z": [3.0, -4.0, 7.0]}, pd.MultiIndex.from_tuples(rows, names=names))
    assert benchmarks.distance(z).loc[("paper", "city", 0.0)].tolist() == [25, 2]
