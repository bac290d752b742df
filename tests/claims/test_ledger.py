import numpy as np
from headline import Headline

from lib.estimation import two_way_fe
from lib.specifications import FLOW, MODEL1, STOCK, rows


def same(page, case, cells):
    """Whether verdicts are in a case what they are in the paper's."""
    there = page.over.xs(case, level="case").loc[cells.index]
    return (there["verdict"] == cells["verdict"]).all()


HEADLINES = [
    Headline("under the flow, official",
             lambda p, _: p.told.loc["flow", "province"] == 0, ("paper",)),
    Headline("Under the stock official", lambda p, _: (
        p.told.loc["stock"].sum() == p.counts.loc["stock"].iloc[:2].sum()), ("paper",)),
    Headline("stay in every case", lambda p, case: same(p, case, p.stay)),
    Headline("have opposite signs", lambda p, case: 0 < p.apart[case] < 23),
]  # fmt: skip


def coefficients(page, reading, column):
    changed = page.variations(reading, column)
    return {name: cells.set_index("row")["coef"] for name, cells in changed}


def test_the_other_errors_are_those_of_the_ledger(page, ledger):
    for name, kind in (("jackknife by city", "jackknife"), ("classical errors", "classical")):
        ours = page.hinges.loc[page.hinges["variation"] == name, "verdict"]
        told = ledger.loc[ledger["errors"].eq(kind) & ledger["verdict"].ne("no claim"), "verdict"]
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
