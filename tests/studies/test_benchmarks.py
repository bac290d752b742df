"""Benchmarks with noise, held to what an invented Belt was given."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest

from lib import cases, placebo, specifications
from lib.specifications import MODEL1, STOCK
from studies import benchmarks

PATHS = replace(STOCK, effects="start", outcome="log_reg")


def test_a_belt_with_its_own_departures_is_the_official_one(data):
    noise = benchmarks.departures(data, 0.5)
    income = placebo.belt(data, 0.5)["reg"] * np.exp(noise)
    assert np.allclose(income, data["reg"])
    drawn = benchmarks.incomes(data, 0.5, "province", 30, np.random.default_rng(2))
    moved = np.log(drawn / placebo.belt(data, 0.5)["reg"].to_numpy()[:, None])
    assert np.allclose(np.abs(moved), noise.abs().to_numpy()[:, None])
    hubei = data["province"].eq("Hubei").to_numpy() & data["year"].eq(2015).to_numpy()
    relative = np.sign(moved[hubei] * noise.to_numpy()[hubei, None])
    assert (relative == relative[0]).all() and 0 < (relative[0] == 1).sum() < 30


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
        found = benchmarks.implied(belt, PATHS, cases.CLEAN, cluster)
        assert found.coef["elasticity"] == pytest.approx(elasticity, abs=1e-6)
        assert found.table.loc["elasticity", "se"] < 1e-5


def test_acrossing_is_where_lines_meet():
    slopes = 2 - benchmarks.GRID  # two at zero, falling by one
    assert benchmarks.crossing(slopes, 1.3) == pytest.approx(0.7)
    assert np.isnan(benchmarks.crossing(slopes, 9.0))


def test_places_in_a_distribution(data):
    belt = placebo.belt(data, 0.25)
    with np.errstate(divide="ignore"):  # of the Belt itself no slope is in doubt
        found = benchmarks.predictive(belt, [0.25, 1.0], [cases.PAPER]).reset_index()
    model1 = found["reading"].eq("stock") & found["heading"].eq("Model 1")
    found = found[model1 & found["row"].eq("LM")].set_index(["elasticity", "noise"])
    # The first is that Belt itself; of the second the official slope is far off.
    assert np.allclose(found.loc[0.25, "mean"], found.loc[0.25, "official"])
    assert (found.loc[1.0, "official"] < found.loc[1.0, "mean"]).all()
    table = pd.DataFrame(
        {"z": [3.0, -4.0, 7.0]},
        pd.MultiIndex.from_tuples(
            [("paper", "city", 0.0, row) for row in ("LM", "LM_IA", "IA")],
            names=["case", "noise", "elasticity", "row"],
        ),
    )
    assert benchmarks.distance(table).loc[("paper", "city", 0.0)].tolist() == [25, 2]


def test_mean_and_deviation_are_those_of_all_patterns_of_signs(data):
    found = benchmarks.predictive(data, [0.5], [cases.PAPER]).sort_index()
    rows = specifications.rows(data, STOCK, MODEL1)
    of_city, of_year = (pd.get_dummies(rows[name], dtype=float) for name in ("city", "year"))
    x = pd.concat([rows[["LM", "IA"]], of_city, of_year], axis=1).to_numpy()
    code = pd.factorize(data["province"])[0]
    signs = np.array(list(product([-1, 1], repeat=code.max() + 1)))[:, code]
    income = placebo.belt(data, 0.5)["reg"].to_numpy() * np.exp(
        signs * benchmarks.departures(data, 0.5).to_numpy()
    )
    at = rows[["city", "year"]].merge(data.reset_index()[["index", "city", "year"]])["index"]
    slopes = np.linalg.lstsq(x, income.T[at], rcond=None)[0][0]
    place = found.loc[("paper", "stock", "Model 1", "LM", 0.5, "province")]
    assert len(slopes) == 2048
    assert place[["mean", "sd"]].tolist() == pytest.approx([slopes.mean(), slopes.std()])
