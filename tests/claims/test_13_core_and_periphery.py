import numpy as np
from headline import ONCE, Headline, above_zero, with_panel
from headline import panel as panel_in

from lib import panel

YEARS = [f"{case}, {year}" for case in ("paper", "current") for year in (2010, 2012, 2019)]


def closer(page, case):
    """In 2023 the spread of log income is smaller than in 2008, and that of income larger."""
    of_case = panel_in(panel.load(), case)
    wide = of_case.pivot(index="city", columns="year", values="reg")[[2008, 2023]]
    ratio, money = (part[2023].std() / part[2008].std() for part in (np.log(wide), wide))
    return ratio < 1 < money


def potential(page, case, more=""):
    """Slope of log income on market potential in a case and year."""
    key, year = case.split(", ")
    rows = with_panel(page, key, "markets", int(year))
    rows = page.regional.several(rows) if "province" in more else rows
    return page.regional.slope(rows, f"income ~ potential{more}", "potential")


def signs(page, case):
    """Positive with reach and with province effects, by city."""
    effects = " + C(reach)", " + C(province)"
    return all(potential(page, case, more)["low"] > 0 for more in effects)


def richer(page, case):
    return above_zero(potential(page, case))


def within_reaches(page, case):
    found = potential(page, case, " + C(reach)")
    return found["province_low"] < 0 < found["coef"]


def wages(page, _):
    """By province they just follow markets in 2012, and cannot be told in the other lines."""
    early, later = page.cases["wages, 2012"], page.cases["wages, 2019"]
    within = page.cases["wages, province effects"]
    open_ = later["low"] < 0 < later["high"] and within["low"] < 0 < within["high"]
    return 0 < early["province_low"] < 0.05 and early["low"] > 0 and open_


def gathers(page, mobile):
    break_point, m = page.break_point(float(mobile)), float(mobile)
    return page.stable(break_point + 0.01, m) > 0.5 == page.stable(break_point - 0.01, m)


HEADLINES = [
    Headline("falls below a *break point*", gathers, ("0.2", "0.3", "0.4")),
    Headline("cities with a market potential higher", richer, YEARS),
    Headline("The slope is also positive among", signs, YEARS),
    Headline("within reaches is not significant", within_reaches, YEARS, but="paper, 2010"),
    Headline("whether wages, which the theory", wages, ONCE),
    Headline("Cities with large markets near them", richer, YEARS),
    Headline("this cost is higher if more",
             lambda p, _: p.breaks[0.2] < p.breaks[0.3] < p.breaks[0.4], ONCE),
    Headline("Incomes along the Yangtze came closer", closer),
    Headline("Cities near large markets are richer", richer, YEARS),
]  # fmt: skip


def test_by_city_income_follows_markets_in_every_case(page):
    assert (page.cases[page.of_income].loc["low"] > 0).all() and len(page.near) == 110
