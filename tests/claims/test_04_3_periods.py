"""Sentences of the section on the two periods, in every case."""

import numpy as np
import pandas as pd
import pytest
from headline import ONCE, Headline, turned_by_origin

EARLY, LATE = "2008–2016", "2017–2023"
MORE = {"stock": ("clean",), "flow": ("clean",)}
"""Cases in which the slope of agglomeration rises significantly."""


def line(page, reading, heading, row, case):
    return page.every.loc[(reading, heading, row, case)]


def printed_differ(page, _):
    return (page.z.abs() > 1.96).any()


def rises(page, case, readings=("flow", "stock")):
    """As one reads it: in every case, and significantly in those of the page."""
    found = {name: page.rise[name].loc[case] for name in readings}
    return all(
        each["coef"] > 0 and (each["p"] < 0.05) == (case in MORE[name])
        for name, each in found.items()
    )


def alike(page, case):
    """The invented rise is positive, near the official one, and differs by no more than chance."""
    found = pd.concat([each.loc[[case]] for each in page.rise.values()])
    near = found["coef"].div(found["invented"]).between(0.7, 1.4).all()
    return near and (found["invented"] > 0).all() and (found["beyond_p"] > 0.05).all()


def mobility_stays(page, case):
    return (page.changes.loc[("LM", slice(None), case), "p"] > 0.05).all()


def turns_sign(page, case):
    readings = "flow, average", "stock, average"
    return all(
        line(page, name, EARLY, "IA", case)["coef"] < 0 < line(page, name, LATE, "IA", case)["coef"]
        for name in readings
    )


def supported(page, case):
    return page.said.loc[("stock", EARLY, "LM", case), "verdict"] == "supported"


def undecided(page, case):
    return all(
        page.said.loc[("flow", each, "LM", case), "verdict"] == "cannot tell"
        for each in (EARLY, LATE)
    )


def early(page, case):
    found = line(page, "stock, average", EARLY, "LM", case)
    return found["coef"] > 0 and (found["province_p"] < 0.05) == (case in ("clean", "spells"))


def late(page, case):
    found = page.every.xs((LATE, "LM", case), level=["heading", "row", "case"])
    return len(found) == 4 and not (found["coef"].gt(0) & found["province_p"].lt(0.05)).any()


def industry(page, case):
    found = [line(page, f"stock{o}", LATE, "IA", case) for o in ("", ", average")]
    return all(each["coef"] > 0 and each["province_p"] < 0.05 for each in found)


HEADLINES = [
    Headline("own table does not show", lambda p, c: not printed_differ(p, c), ONCE),
    Headline("In a city with average mobility", rises),
    Headline("if mobility is a *stock*", lambda p, c: rises(p, c, ["stock"])),
    Headline("if mobility is a *flow*", lambda p, c: rises(p, c, ["flow"])),
    Headline("in which neither mobility nor agglomeration", alike),
    Headline("no evidence that the effect", alike),
    Headline("With income in logarithms the slope of", lambda p, c: all(
        p.in_logs[name, c] < 0 for name in ("flow", "stock"))),
    Headline("The slope of mobility changes", mobility_stays),
    Headline("is negative up to 2016", turns_sign),
    Headline("printed coefficient of mobility up to 2016", supported),
    Headline("The slope in the average city up to 2016", early),
    Headline("With the flow, the printed coefficients", undecided),
    Headline("From 2017 no slope of mobility", late),
    Headline("printed coefficient of agglomeration from 2017", industry),
    Headline("In the average city this slope is significant", industry),
    Headline("in invented data without any effect", alike),
]  # fmt: skip


def test_the_regression_in_sight_is_the_library_s(page):
    ours = page.every.xs(("stock", LATE, "paper"), level=["reading", "heading", "case"])["coef"]
    assert np.allclose(page.fit.params[ours.index], ours, rtol=1e-8)
    average = page.found["stock, average"]["2017-2023"].coef["IA"]
    assert average == pytest.approx(line(page, "stock, average", LATE, "IA", "paper")["coef"])


def test_the_means_are_those_of_the_provinces_that_are_left(page):
    fit = page.cases.fit(page.data, page.STOCK, page.LATE, average=True)
    slopes, rows = page.in_average_city(fit).without, page.samples["stock"]["2017-2023"]
    for name in ("Anhui", "Shanghai"):
        left = page.specifications.centred(rows[rows["province"] != name])
        again = page.two_way_fe(left, "REG", fit.x).coef
        assert np.allclose(slopes.loc[name], again[slopes.columns], rtol=1e-8)


def test_the_origin_changes_three_verdicts(page):
    assert turned_by_origin(page) == {
        ("flow", LATE, "IA"): ("cannot tell", "supported"),
        ("stock", EARLY, "LM"): ("supported", "cannot tell"),
        ("stock", LATE, "LM"): ("opposed", "cannot tell"),
    }


def test_mobility_and_the_interaction_change_as_said(page):
    mobility, product = (page.changes.xs(row, level="row") for row in ("LM", "LM_IA"))
    flow, stock = (mobility.xs(name, level="reading") for name in ("flow", "stock"))
    assert stock["coef"].max() < 0 and flow["coef"].min() < 0 < flow["coef"].max()
    stock = product.xs("stock", level="reading")
    assert stock["coef"].min() > 0
    assert list(stock.index[stock["p"] > 0.05]) == ["current"]
    beyond = page.changes["beyond_p"]
    assert list(beyond.index[beyond < 0.05]) == [("LM_IA", "stock", "current")]


def test_the_origin_as_printed_is_a_place_that_no_city_is_near(page):
    for rows in page.samples["flow"].values():
        assert rows["LM"].min() > 0.5 and rows["IA"].min() > 0


def test_exercise_1_is_a_little_more_than_half(solved):
    assert 0.5 < solved.gap / (1.96 * solved.se) < 0.6
    assert 1.96 * solved.se > solved.printed["coef"].iloc[0]
