"""What chapter 8 says in words, computed anew by its own code."""

import numpy as np
import pytest
from headline import ONCE, Headline

from lib import changes, within
from lib.two_stage import iv_two_way

ROWS = ("all", "clean", "spells", "current")


def no_slope_follows(page, case):
    of = page.followed.xs(case, level=1)
    return len(of) == 3 and (of["low"] * of["high"] < 0).all()


def went_to_rich(page, _):
    decade = changes.between(page.data, 2010, 2020).query("not moved")
    return np.polyfit(decade["start"], decade["residents"], 1)[0] > 0


def two_cases(page, case):
    row = page.found.set_index(["reading", "term", "outcome", "rows"]).loc[
        ("flow", "LM_next", "log REG", case)
    ]
    told = row["province_low"] * row["province_high"] > 0
    return row["coef"] > 0 and told == (case in ("clean", "spells"))


def residents(page, case):
    """Their part of the slope is nearly the whole, and in the span shown."""
    return page.part.min() <= page.part[case] <= page.part.max() and 0.85 < page.part[case] < 1.35


def one_of_output(page, case):
    """By province one slope is told, that of the flow in current prices without paths, below 0."""
    told = page.lines[page.tells & page.lines["rows"].eq(case)]
    return len(told) == (case == "current") and (told["coef"] < 0).all() and len(page.lines) == 24


def official_signs(page, case):
    return page.money.loc[case, "slope"] > 0 > page.logs.loc[case, "slope"]


def invented_signs(page, case):
    slopes = page.invented["slope"].unstack("scale").loc[case]
    return slopes["money"] > 0 > slopes["logarithm"]


HEADLINES = [
    Headline("between cities, residents grew faster", went_to_rich, ONCE),
    Headline("do not settle the question",
             lambda p, _: p.growth["coef"].min() < 0 < p.growth["coef"].max(), ONCE),
    Headline("none of these slopes differs significantly", no_slope_follows),
    Headline("and residents alone give", residents, ROWS),
    Headline("and that slope is negative", one_of_output, ROWS),
    Headline("Third, an instrument for the *stock*", official_signs),
    Headline("It gives the same two signs", invented_signs),
    Headline("In two of four cases log income",
             lambda *of: two_cases(*of) and residents(*of), ROWS),
    Headline("With the instrument, the slope of the stock is",
             lambda *of: official_signs(*of) and invented_signs(*of)),
    Headline("In no case is a slope of the flow on output", no_slope_follows),
    Headline("Second, the logarithm of income", two_cases, ROWS),
    Headline("comes almost entirely", residents, ROWS),
]  # fmt: skip
NO_CLAIM = ["We ask in three ways"]


def test_the_regression_in_sight_is_that_of_the_study(page):
    slopes = page.slope.sort_index().loc["flow", "all"].unstack("outcome")
    for outcome, found in page.fits.items():
        assert np.allclose(found, slopes[outcome][["LM", "LM_next"]]), outcome


def test_growth_of_output_by_city_hangs_on_the_years_after_a_recount(page):
    assert page.growth.loc["clean", "p_city"] < 0.05 < page.after["p_city"]
    slopes = page.growth["coef"]
    assert slopes["current"] < 0 < slopes[slopes.index != "current"].min()
    assert (page.followed.loc["wage", "coef"] > 0).all()
    industry = page.followed.loc["industry", "coef"]
    assert industry["clean"] < 0 < industry["paper"]
    same = page.followed["coef"].unstack().loc[["growth", "wage"]]
    assert same[["half", "step"]].sub(same["paper"], axis=0).abs().max(axis=None) < 1e-9


def test_by_city_output_goes_with_next_years_flow_in_current_prices_only(page):
    rows = page.lines[page.by_city]
    assert set(rows["rows"]) == {"current"} and set(rows["reading"]) == {"flow"}
    assert len(rows) == 3 and (rows["coef"] < 0).all()


def test_two_stage_least_squares_and_its_first_stage(page):
    rows = page.rows
    plain = iv_two_way(rows, "REG", "LM", "IA", "z")
    assert page.money.loc["paper", "slope"] == pytest.approx(plain.coef["LM"], rel=1e-8)
    first = within.leave_one_out(rows, "LM", ["z", "IA"]).table.loc["z", "t"]
    assert page.money.loc["paper", "F, by city"] == pytest.approx(first**2)


def test_by_province_logarithms_tell_and_money_in_current_prices_only(page):
    assert page.logs["p, by province"].max() < 0.05
    money = page.money["p, by province"]
    assert list(money.index[money < 0.05]) == ["current"]


def test_the_instrument_is_strong_by_city_only_and_weak_along_paths(page):
    assert page.left["structure"] < 0.01 * page.left["plain"]
    assert page.official["F, by city"].min() > 10 > page.official["F, by province"].max()
    strength = page.along[["F, by city", "F, by province"]]
    assert strength.max(axis=None) < 10 and len(page.along) == 24
    logs = page.along.xs("logarithm", level=1)["slope"]
    assert logs.min() < 0 < logs.max()


def test_noise_is_no_instrument(solved):
    assert 0.01 < solved.strong.mean() < 0.1 and solved.large.sum() > 10
    assert solved.p[0] < 0.05 and solved.p[solved.b] == pytest.approx(1)
