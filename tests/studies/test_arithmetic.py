"""Chapter 6 against linearmodels, the ledger, and what an invented Belt was given."""

import json
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import PanelOLS
from numpy.testing import assert_allclose
from playwright.sync_api import expect

from lib import cases, placebo, specifications, verdicts
from lib.specifications import MODEL1, READINGS, STOCK
from lib.within import leave_one_out
from studies import arithmetic, benchmarks
from studies.dial import Dial

PATHS = replace(STOCK, effects="start", outcome="log_reg")
OFFICIAL = {"flow": 1.0, "stock": 2.0}
MEAN = {0.0: 0.0, 0.5: 1.0, 1.0: 4.0}
SD = {"city": 0.5, "province": 4.0}
FEW = (cases.PAPER, cases.STEP, cases.CURRENT)


@pytest.fixture(scope="module")
def slopes(data):
    return arithmetic.slopes(data, FEW)


def test_cells_are_those_of_the_ledger(data, ledger):
    decided = verdicts.decided(ledger).set_index(["reading", "heading", "row"])
    ours = arithmetic.cells(data)
    assert list(ours.index) == list(decided.index)
    assert_allclose(ours[["coef", "p", "t"]], decided[["coef", "p", "t"]], rtol=1e-7)
    assert list(ours["verdict"]) == list(decided["verdict"])


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.name)
def test_in_logarithms_what_is_left_is_the_slope_of_output(data, slopes, reading):
    rows = specifications.rows(data, reading, MODEL1)
    people = placebo.residents(data).set_axis(pd.MultiIndex.from_frame(data[["city", "year"]]))
    rows = rows.set_index(["city", "year"])
    rows["output"] = np.log(rows["REG"] * people.loc[rows.index])
    fit = PanelOLS.from_formula("output ~ 1 + LM + IA + period + EntityEffects", rows).fit()
    left = slopes.loc[("twoway", "log", reading.name, "paper")]
    assert_allclose(left["beyond"], fit.params["LM"], rtol=1e-7)
    for cluster, name in (("city", "beyond_p"), ("province", "province_beyond_p")):
        errors = leave_one_out(rows.reset_index(), "output", MODEL1.terms, cluster=cluster).table
        assert_allclose(left[name], errors.loc["LM", "p"], rtol=1e-6)


def test_official_slopes_are_those_of_the_cases(data, slopes):
    """Prices and shares that are put into the panel give what the reading of the case gives."""
    outside = cases.slopes(data, columns=[MODEL1], cases=FEW).xs("LM", level="row")
    ours = slopes.loc[("twoway", "level")]
    outside = outside.droplevel("heading").loc[ours.index]
    assert_allclose(ours["official"], outside["coef"], rtol=1e-9)
    assert_allclose(ours["province_p"], outside["province_p"], rtol=1e-6)


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


def test_the_sum_of_squares_and_the_number_beyond_two_by_hand():
    names = ["case", "noise", "elasticity", "row"]
    rows = [("paper", "city", 0.0, row) for row in ("LM", "LM_IA", "IA")]
    z = pd.DataFrame({"z": [3.0, -4.0, 7.0]}, pd.MultiIndex.from_tuples(rows, names=names))
    assert benchmarks.distance(z).loc[("paper", "city", 0.0)].tolist() == [25, 2]


def test_mean_and_deviation_are_those_of_all_patterns_of_signs(data):
    places = benchmarks.predictive(data, [0.5], [cases.PAPER]).sort_index()
    rows = specifications.rows(data, STOCK, MODEL1)
    of_city, of_year = (pd.get_dummies(rows[name], dtype=float) for name in ("city", "year"))
    x = pd.concat([rows[["LM", "IA"]], of_city, of_year], axis=1).to_numpy()
    code = pd.factorize(data["province"])[0]
    signs = np.array(list(product([-1, 1], repeat=code.max() + 1)))[:, code]
    noise = np.exp(signs * benchmarks.departures(data, 0.5).to_numpy())
    income = placebo.belt(data, 0.5)["reg"].to_numpy() * noise
    at = rows[["city", "year"]].merge(data.reset_index()[["index", "city", "year"]])["index"]
    slopes = np.linalg.lstsq(x, income.T[at], rcond=None)[0][0]
    place = places.loc[("paper", "stock", "Model 1", "LM", 0.5, "province")]
    assert len(slopes) == 2048
    assert place["official"] == pytest.approx(cases.fit(data, STOCK, MODEL1).coef["LM"])
    assert place[["mean", "sd"]].tolist() == pytest.approx([slopes.mean(), slopes.std()])


@pytest.fixture(scope="module")
def shown() -> Dial:
    """Two slopes made by hand."""
    keys = product(("paper", "clean"), OFFICIAL, ("Model 1",), ("LM",), MEAN, SD)
    names = ["case", "reading", "heading", "row", "elasticity", "noise"]
    places = pd.DataFrame(index=pd.MultiIndex.from_tuples(keys, names=names)).reset_index()
    places = places.assign(official=places["reading"].map(OFFICIAL), sd=places["noise"].map(SD))
    return Dial(places.assign(mean=places["elasticity"].map(MEAN)).set_index(names))


def test_distances_are_straight_between_the_elasticities_and_exact_at_them(tab):
    here = {"official": [1, 2], "mean": [list(MEAN.values())] * 2, "sd": [[0.5] * 3] * 2}
    for eta, mean in {0: 0, 0.25: 0.5, 0.5: 1, 0.75: 2.5, 1: 4}.items():
        z = tab.evaluate(f"Dial.distances([0, 0.5, 1], {json.dumps(here)}, {eta})")
        assert z == pytest.approx([(1 - mean) / 0.5, (2 - mean) / 0.5])


def test_the_guess_comes_first_and_the_sentence_counts_and_adds_up(tab, shown):
    assert "hidden></div>" in shown._repr_html_()  # without a script
    said, picture = tab.get_by_role("status"), tab.get_by_role("img")
    expect(said).to_contain_text("Guess first")
    assert tab.locator("circle").count() == 0
    tab.get_by_role("slider", name="Elasticity").press("Home")
    tab.get_by_role("button", name="Show").click()
    # At zero: z of 2 and 4, the sum 20; at one half 0 and 2, the sum 4.
    expect(said).to_contain_text("You guessed 0.00. At 0.00, 1 of 2 official slopes")
    expect(said).to_contain_text("sum of squares is 20. ")
    expect(said).to_contain_text("smallest at 0.50, with 4.")
    assert picture.get_attribute("aria-label") == "Flow, Model 1: LM 2.00, Stock, Model 1: LM 4.00"
    assert tab.locator("circle.flow").count() == tab.locator("circle.stock").count() == 1
    tab.get_by_label("One sign for each").select_option("province")
    expect(said).to_contain_text("2 of 2 official slopes")
