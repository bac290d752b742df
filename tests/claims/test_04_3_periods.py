import numpy as np
import pandas as pd
from headline import ONCE, Headline, turned_by_origin

EARLY, LATE = "2008–2016", "2017–2023"


def rises(page, case, readings=("flow", "stock")):
    """In every case, and significantly on clean rows."""
    slopes = pd.DataFrame({name: page.rise[name].loc[case] for name in readings})
    return (slopes.loc["coef"] > 0).all() and ((slopes.loc["p"] < 0.05) == (case == "clean")).all()


def alike(page, case):
    """The invented rise is positive, near the official one, and differs by no more than chance."""
    found = pd.concat([each.loc[[case]] for each in page.rise.values()])
    near = found["coef"].div(found["invented"]).between(0.7, 1.4).all()
    return near and (found["invented"] > 0).all() and (found["beyond_p"] > 0.05).all()


def as_printed(page, case):
    """The changes of the coefficients themselves, with the stock."""
    mobility, agglomeration = (page.changes.loc[(row, "stock", case)] for row in ("LM", "IA"))
    signs = mobility["zero"] < 0 < agglomeration["zero"]
    return signs and mobility["zero_p"] < 0.05 and agglomeration["zero_p"] < 0.05


def turns_sign(page, case):
    slopes = page.every["coef"].xs(("IA", case), level=["row", "case"]).unstack("heading")
    average = slopes.loc[["flow, average", "stock, average"]]
    return ((average[EARLY] < 0) & (average[LATE] > 0)).all()


def verdicts(page, case, reading, verdict, *periods):
    return all(page.said.loc[(reading, p, "LM", case), "verdict"] == verdict for p in periods)


def early(page, case):
    slope = page.every.loc[("stock, average", EARLY, "LM", case)]
    return slope["coef"] > 0 and (slope["province_p"] < 0.05) == (case in ("clean", "spells"))


def late(page, case):
    found = page.every.xs((LATE, "LM", case), level=["heading", "row", "case"])
    return len(found) == 4 and not (found["coef"].gt(0) & found["province_p"].lt(0.05)).any()


def industry(page, case):
    slopes = page.every.xs((LATE, "IA", case), level=["heading", "row", "case"])
    slopes = slopes.loc[["stock", "stock, average"]]
    return (slopes["coef"].gt(0) & slopes["province_p"].lt(0.05)).all()


HEADLINES = [
    Headline("own table does not show", lambda p, _: (p.z.abs() <= 1.96).all(), ONCE),
    Headline("In a city with average mobility", rises),
    Headline("if mobility is a *stock*", lambda p, c: rises(p, c, ["stock"])),
    Headline("if mobility is a *flow*", lambda p, c: rises(p, c, ["flow"])),
    Headline("in which neither mobility nor agglomeration", alike),
    Headline("no evidence that the effect", alike),
    Headline("With income in logarithms the slope of", lambda p, c: all(
        p.in_logs[name, c] < 0 for name in ("flow", "stock"))),
    Headline("In the average city the slope of mobility changes", lambda p, case: (
        p.changes.loc[("LM", slice(None), case), "p"] > 0.05).all()),
    Headline("the slope of mobility in a city without industry", as_printed),
    Headline("neither change differs", lambda p, case: (
        p.changes.loc[(["LM", "IA"], "stock", case), "zero_beyond_p"] > 0.05).all(), but="current"),
    Headline("is negative up to 2016", turns_sign),
    Headline("printed coefficient of mobility up to 2016",
             lambda p, c: verdicts(p, c, "stock", "supported", EARLY)),
    Headline("The slope in the average city up to 2016", early),
    Headline("With the flow, the printed coefficients",
             lambda p, c: verdicts(p, c, "flow", "cannot tell", EARLY, LATE)),
    Headline("From 2017 no slope of mobility", late),
    Headline("printed coefficient of agglomeration from 2017", industry),
    Headline("In the average city this slope is significant", industry),
    Headline("in invented data without any effect", alike),
    Headline("falls significantly in every case, and", lambda p, case: as_printed(p, case)
             and p.changes.loc[("LM_IA", "stock", case), "coef"] > 0
             and (p.changes.loc[("LM_IA", "stock", case), "p"] > 0.05) == (case == "current")),
]  # fmt: skip


def test_the_origin_is_near_no_city_and_changes_three_verdicts(page):
    assert turned_by_origin(page) == {
        ("flow", LATE, "IA"): ("cannot tell", "supported"),
        ("stock", EARLY, "LM"): ("supported", "cannot tell"),
        ("stock", LATE, "LM"): ("opposed", "cannot tell"),
    }
    for rows in page.samples["flow"].values():
        assert rows["LM"].min() > 0.5 and rows["IA"].min() > 0


def test_mobility_and_the_interaction_change_as_said(page):
    mobility, product = (page.changes.xs(row, level="row") for row in ("LM", "LM_IA"))
    flow, stock = (mobility["coef"].xs(name, level="reading") for name in ("flow", "stock"))
    assert stock.max() < 0 and flow.min() < 0 < flow.max()
    assert page.changes.xs("flow", level="reading")["zero_p"].min() > 0.05
    stock = product.xs("stock", level="reading")
    assert stock["coef"].min() > 0 and list(stock.index[stock["p"] > 0.05]) == ["current"]
    beyond = page.changes["beyond_p"]
    assert list(beyond.index[beyond < 0.05]) == [("LM_IA", "stock", "current")]


def test_the_regression_in_sight_is_the_library_s(page):
    ours = page.every.xs(("stock", LATE, "paper"), level=["reading", "heading", "case"])["coef"]
    assert np.allclose(page.fit.params[ours.index], ours, rtol=1e-8)


def test_the_means_are_those_of_the_provinces_that_are_left(page):
    fit = page.cases.fit(page.data, page.STOCK, page.LATE, average=True)
    slopes, rows = page.in_average_city(fit).without, page.samples["stock"]["2017-2023"]
    left = page.specifications.centred(rows[rows["province"] != "Anhui"])
    again = page.two_way_fe(left, "REG", fit.x).coef
    assert np.allclose(slopes.loc["Anhui"], again[slopes.columns], rtol=1e-8)
