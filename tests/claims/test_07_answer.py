"""Chapter 7: its spreads, its identity and its distances, found again in another way."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from studies import census


def test_spread_is_the_standard_deviation_of_the_cities_whose_border_stayed(page):
    for key, column in (("by the growth index", "reg"), ("in current prices", "reg_current")):
        log = np.log(page.stayed.set_index(["year", "city"])[column]).unstack()
        ratio = log.loc[2020].std() / log.loc[2010].std()
        assert page.ratios.loc[key, "In proportion"]["coef"] == pytest.approx(ratio)
    within = np.log(page.stayed.set_index(["year", "city", "province"])["reg"]).loc[[2010, 2020]]
    left = within - within.groupby(["year", "province"]).transform("mean")
    ratio = np.sqrt((left**2).groupby("year").sum()).pct_change().iloc[-1] + 1
    of = page.ratios.loc["by the index, within provinces", "In proportion"]["coef"]
    assert of == pytest.approx(ratio)


def test_convergence_is_that_of_output_and_of_residents(page):
    """The equation eq-answer-accounts holds exactly."""
    for key, rows in page.decade.items():
        gamma = smf.ols("output ~ residents + start", rows).fit().params["start"]
        of = page.taken[key].coef
        assert of["b"] == pytest.approx(gamma + (of["eta"] - 1) * of["s"], rel=1e-9)


def test_distances_on_one_side_are_those_with_dummies(page):
    rows = page.distances(page.data, page.specifications.READINGS[1])
    rows = rows[~rows["above"]].assign(unit=lambda of: of["city"] + of["spell"].astype(str))
    slope = smf.ols("REG ~ LM + IA + C(unit) + C(year)", rows).fit().params["LM"]
    assert page.distance.loc["stock, below", "LM"] == pytest.approx(slope)


def test_the_jackknife_by_hand_is_that_of_the_table(page):
    of = page.answers["index"].loc["start", ["coef", "province_low", "province_high"]]
    assert page.estimate[["η", "low", "high"]].tolist() == pytest.approx(of.tolist())
    assert isinstance(page.upper["index"], pd.Series)


def test_the_front_page_tells_what_this_page_computes(page):
    told = census.answers(page.data)
    here = {
        "proportion": page.ratios.loc["by the growth index", "In proportion"],
        "money": page.ratios.loc["by the growth index", "In money"],
        "output since 2020": page.pace["Output"]["2020 to 2023"],
        "residents since 2020": page.pace["Residents"]["2020 to 2023"],
        "distance, stock": page.distance.loc["stock, all"].rename({"LM": "coef"}),
        "distance, flow": page.distance.loc["flow, all"].rename({"LM": "coef"}),
        "eta, index": page.estimate.rename({"η": "coef"}),
    }
    for name, of in here.items():
        ends = ["coef", "low", "high"]
        assert told.loc[name, ends].tolist() == pytest.approx(of[ends].tolist()), name
    industry = page.industry["in current prices"][["coef", "province_low", "province_high"]]
    assert told.loc["industry, current", "coef":"high"].tolist() == pytest.approx(industry.tolist())
