from headline import Headline, above_zero, in_table
from headline import panel as panel_in

SHARES = "paper", "half", "step"


def apart(page, case, first, last):
    """Spread of IA in the last year over the first, with its ends."""
    return page.spread(first, last, page.industry(panel_in(page.data, case)))


def stepped(page, case):
    """The spread of IA fell until 2018, and in 2019 it rose by more than in any other year."""
    yearly = page.industry(panel_in(page.data, case)).filter(regex=r"^y").std()
    rise = yearly.diff()
    return apart(page, case, 2008, 2018)["province_high"] < 1 and rise.idxmax() == "y2019"


def positive(page, case):
    return above_zero(page.cases[case])


def unsettled(page, case):
    falls, rises = apart(page, case, 2008, 2018), apart(page, case, 2019, 2023)
    return falls["province_high"] < 1 < rises["coef"]


def no_change(page, case):
    found = apart(page, case, 2010, 2020)
    return found["province_low"] < 1 < found["province_high"]


HEADLINES = [
    Headline("Where wages were ten per cent higher", positive, in_table),
    Headline("This slope is also positive within", positive, in_table),
    Headline("do not settle whether industry", unsettled, SHARES),
    Headline("jumped in 2019", stepped, SHARES),
    Headline("where wages were higher in 2010", positive, in_table),
    Headline("rose in one step", stepped, SHARES),
    Headline("in every case that we tried", positive, in_table),
    Headline("the spread of industry neither", no_change, SHARES),
]


def test_wages_came_closer_and_by_province_the_rise_of_2019_to_2023_cannot_be_told(page):
    assert max(page.closer["province_high"], page.persists["province_high"]) < 1
    assert page.after["province_low"] < 1 < page.after["coef"]
    assert page.still["province_low"] < 1 < page.still["province_high"]
