"""Chapter 7: its spreads, its identity and its distances, found again in another way."""

import pytest
import statsmodels.formula.api as smf

from studies import census


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


def test_only_with_province_effects_an_interval_is_by_city(page):
    """The note of tab-answer-given."""
    for of in page.answers.values():
        assert [*of.index[of["province_low"].isna()]] == ["income and province"]


def test_the_front_page_tells_what_this_page_computes(page):
    told = census.answers(page.data)
    here = {
        "proportion": page.ratios.loc["by the growth index", "In proportion"],
        "money": page.ratios.loc["by the growth index", "In money"],
        "output since 2020": page.pace["Output"]["2020 to 2023"],
        "residents since 2020": page.pace["Residents"]["2020 to 2023"],
        "distance, stock": page.counted.drop(["low", "high"]).rename(
            {"province_low": "low", "province_high": "high"}
        ),
    }
    for name, of in here.items():
        ends = ["coef", "low", "high"]
        assert told.loc[name, ends].tolist() == pytest.approx(of[ends].tolist()), name
    industry = page.industry["in current prices"][["coef", "province_low", "province_high"]]
    assert told.loc["industry, current", "coef":"high"].tolist() == pytest.approx(industry.tolist())
