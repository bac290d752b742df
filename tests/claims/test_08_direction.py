import numpy as np
import pytest
from headline import ONCE, Headline

from lib import changes, within
from lib.two_stage import iv_two_way

ROWS = ("all", "clean", "spells", "current")


def no_slope_follows(page, case):
    slopes = page.followed.xs(case, level=1)
    return len(slopes) == 3 and (slopes["low"] * slopes["high"] < 0).all()


def went_to_rich(page, _):
    decade = changes.between(page.data, 2010, 2020).query("not moved")
    return np.polyfit(decade["start"], decade["residents"], 1)[0] > 0


def two_cases(page, case):
    slopes = page.found.set_index(["reading", "term", "outcome", "rows"])
    slope = slopes.loc[("flow", "LM_next", "log REG", case)]
    told = slope["province_low"] * slope["province_high"] > 0
    return slope["coef"] > 0 and told == (case in ("clean", "spells"))


def residents(page, case):
    """Their part of the slope is nearly the whole."""
    return 0.85 < page.part[case] < 1.35


def one_of_output(page, case):
    """By province one slope is told, that of the flow in current prices without paths, below 0."""
    told = page.lines[page.tells & page.lines["rows"].eq(case)]
    return len(told) == (case == "current") and (told["coef"] < 0).all() and len(page.lines) == 24


def signs(slopes, case):
    slope = slopes["slope"].unstack("scale").loc[case]
    return slope["money"] > 0 > slope["logarithm"]


HEADLINES = [
    Headline("between cities, residents grew faster", went_to_rich, ONCE),
    Headline("do not settle the question",
             lambda p, _: p.growth["coef"].min() < 0 < p.growth["coef"].max(), ONCE),
    Headline("none of these slopes differs significantly", no_slope_follows),
    Headline("and residents alone give", residents, ROWS),
    Headline("and that slope is negative", one_of_output, ROWS),
    Headline("Third, an instrument for the *stock*", lambda p, case: signs(p.official, case)),
    Headline("It gives the same two signs", lambda p, case: signs(p.invented, case)),
    Headline("Nearly the whole slope of log income", residents, ROWS),
    Headline("With the instrument, the slope of the stock is",
             lambda p, case: signs(p.official, case) and signs(p.invented, case)),
    Headline("In no case is a slope of the flow on output", no_slope_follows),
    Headline("Second, the logarithm of income", two_cases, ROWS),
    Headline("comes almost entirely", residents, ROWS),
]  # fmt: skip


def test_what_is_told_by_city_hangs_on_the_years_after_a_recount_and_on_prices(page):
    assert page.growth.loc["clean", "p_city"] < 0.05 < page.after["p_city"]
    slopes = page.growth["coef"]
    assert slopes["current"] < 0 < slopes[slopes.index != "current"].min()
    told = page.lines[page.tells]
    assert set(told["rows"]) == {"current"} and set(told["reading"]) == {"flow"}


def test_two_stage_least_squares_and_what_weakens_the_instrument(page):
    plain = iv_two_way(page.rows, "REG", "LM", "IA", "z")
    assert page.money.loc["paper", "slope"] == pytest.approx(plain.coef["LM"], rel=1e-8)
    first = within.leave_one_out(page.rows, "LM", ["z", "IA"]).table.loc["z", "t"]
    assert page.money.loc["paper", "F, by city"] == pytest.approx(first**2)
    assert page.logs["p, by province"].max() < 0.05
    money = page.money["p, by province"]
    assert list(money.index[money < 0.05]) == ["current"]
    assert page.left["structure"] < 0.01 * page.left["plain"]
    assert page.official["F, by city"].min() > 10 > page.official["F, by province"].max()
    strength = page.along[["F, by city", "F, by province"]]
    assert strength.max(axis=None) < 10
    logs = page.along.xs("logarithm", level=1)["slope"]
    assert logs.min() < 0 < logs.max()
