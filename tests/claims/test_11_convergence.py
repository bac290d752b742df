from headline import ONCE, Headline, in_table, with_panel
from headline import panel as panel_in

from lib import changes


def converges(half):
    """Whether a half-life and its ends by city are finite and above zero."""
    return 0 < half["low"] < half["coef"] < half["high"]


def of_decade(page, case, **named):
    left_out = "" if case == "clean" else "moved"
    return converges(with_panel(page, case, "convergence", left_out=left_out, **named))


def parts_fall(page, rows):
    return all(page.fall(part, rows) < 1 for part in ("between", "within"))


def catch_up(page, case):
    rows = changes.between(panel_in(page.data, case), 2008, 2023)
    within = of_decade(page, case, formula="REG ~ start + C(province)")
    return within and of_decade(page, case) and page.spread(rows) < 1


def pace(page, case):
    near = page.cases["current prices"]["coef"] / page.predicted_half
    slow = page.cases[case]["low"] > page.predicted_half
    return slow == (not case.startswith("current")) and abs(near - 1) < 0.1


def unsettled(page, _):
    current = page.cases["current prices"]
    return current["low"] < page.predicted_half < min(current["high"], page.half["province_low"])


HEADLINES = [
    Headline("income grew faster in cities", of_decade),
    Headline("is gone after", lambda p, _: converges(p.half), ("paper",)),
    Headline("if we compare only cities",
             lambda p, case: converges(p.cases[case]), in_table),
    Headline("In all these cases this time",
             lambda p, case: converges(p.cases[case]), in_table),
    Headline("The textbook model of growth predicts",
             lambda p, _: 15 < p.predicted_half < 25, ONCE),
    Headline("do not settle whether the model is right", unsettled, ONCE),
    Headline("were poor in 2010", of_decade),
    Headline("Inequality fell", lambda p, case: parts_fall(p, panel_in(p.data, case))),
    Headline("Poor cities catch up", catch_up),
    Headline("cities converge more slowly than in", pace,
             lambda p: [case for case in p.cases if case != "current prices, 2008 to 2023"]),
    Headline("years of data, so it assumes",
             lambda p, case: p.cases[case]["coef"] > p.data["year"].nunique(), in_table),
]  # fmt: skip


def test_half_of_theil_lies_within_provinces_most_within_reaches_and_little_between_sizes(page):
    assert page.reached == ["all cities"]  # by province, the speed of the model
    assert max(page.sigma["province_high"], page.later["province_high"]) < 1
    between = page.share.xs(2023, level=1)
    assert between["reach"] < 0.5 and 0.4 < between["province"] < 0.6 and between["size"] < 0.05
    assert parts_fall(page, page.data[page.steady])
