"""Sentences of the register of choices."""

from lib import verdicts


def test_which_choices_change_the_most_verdicts(page):
    changed = page.done.pivot(index="varied", columns="reading", values="verdicts")
    flow, stock = (changed[name].sort_values(ascending=False) for name in ("flow", "stock"))
    assert flow.index[:2].tolist() == ["log REG", "IA of services"] and flow.iloc[1] > flow.iloc[2]
    assert stock.index[0] == "log REG" and stock.iloc[0] > stock.iloc[1]
    own = {"own paths from the income of 2008", "a trend per city"}
    assert set(stock.index[1:3]) == own and stock.iloc[2] > stock.iloc[3]


def test_claims_start_from_the_ledger_and_the_delta_has_no_upper_reach(page, ledger):
    usual = ledger[ledger["errors"].eq("jackknife") & ledger["verdict"].ne("no claim")]
    for reading in page.READINGS:
        theirs = usual[usual["reading"] == reading.name].set_index(["column", "row"])["verdict"]
        assert page.judged(reading)["verdict"].equals(theirs)
    delta = page.done.loc[page.done["varied"] == "41 Delta cities", "claims"]
    upper_and_middle = page.judged(reading).index.get_level_values("column")
    upper_and_middle = upper_and_middle.isin(["upper", "middle"]).sum()
    assert (page.done["claims"].max() - delta == upper_and_middle).all()
    assert verdicts.VERDICTS[3] not in page.judged(reading)["verdict"].tolist()
