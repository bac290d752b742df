"""Sentences of the ledger, and the changes of a regression behind them."""

import numpy as np
from headline import Headline

from lib import verdicts
from lib.estimation import two_way_fe
from lib.specifications import FLOW, LATE, MODEL1, STOCK, rows


def same(page, case, cells):
    """Whether verdicts are in a case what they are in the paper's."""
    there = page.over.xs(case, level="case").loc[cells.index]
    return (there["verdict"] == cells["verdict"]).all()


def none_under_the_flow(page, _):
    return page.told.loc["flow", "province"] == 0


def told(page, _):
    return page.told.loc["stock"].sum() == page.counts.loc["stock"].iloc[:2].sum()


def opposite(page, case):
    return page.apart.min() <= page.apart[case] <= page.apart.max() < 23


HEADLINES = [
    Headline("under the flow, official", none_under_the_flow, ("paper",)),
    Headline("Under the stock official", told, ("paper",)),
    Headline("stay in every case", lambda p, case: same(p, case, p.stay)),
    Headline("have opposite signs", opposite),
]
NO_CLAIM = []


def coefficients(page, reading, column):
    changed = page.variations(reading, column)
    return {name: cells.set_index("row")["coef"] for name, cells in changed}


def test_the_first_line_and_the_other_errors_are_those_of_the_ledger(page, ledger):
    theirs = {"as it is": verdicts.decided(ledger)}
    theirs |= {name: ledger[ledger["errors"].eq(kind)] for name, kind in (
        ("jackknife by city", "jackknife"), ("classical errors", "classical"))}  # fmt: skip
    for name, cells in theirs.items():
        ours = page.hinges.loc[page.hinges["variation"] == name, "verdict"]
        told = cells.loc[cells["verdict"] != "no claim", "verdict"]
        assert ours.value_counts().to_dict() == told.value_counts().to_dict()
    assert not page.hinges.loc[page.hinges["variation"] == "as it is", "changed"].any()
    # "more": where the jackknife by city changes a verdict, it was open.
    assert page.by_city["was"].eq("cannot tell").all()


def test_less_one_leaves_model_1_alone_and_the_weightiest_city_goes(page, data):
    flow, stock = (coefficients(page, reading, MODEL1) for reading in (FLOW, STOCK))
    assert np.allclose(flow["as it is"], flow["equation (3) less one"])
    rest = rows(data, STOCK, MODEL1).query("city != 'Tongling'")
    expected = two_way_fe(rest, "REG", MODEL1.terms).coef
    assert np.allclose(stock["the weightiest city left out"][expected.index], expected)


def test_the_slope_in_the_average_city_is_that_of_the_formula(page, data):
    """b1 + b3 times the mean of the other factor; the product keeps its slope."""
    used = rows(data, STOCK, LATE)
    found = coefficients(page, STOCK, LATE)
    usual, average = found["as it is"], found["slopes in the average city"]
    assert np.isclose(average["LM"], usual["LM"] + usual["LM_IA"] * used["IA"].mean())
    assert np.isclose(average["IA"], usual["IA"] + usual["LM_IA"] * used["LM"].mean())
    assert np.isclose(average["LM_IA"], usual["LM_IA"])
