"""What chapter 16 says in words holds in the panel, computed here anew."""

import numpy as np
import pytest
from headline import Headline
from headline import panel as panel_in
from scipy import stats
from slopes import slope

from lib import panel

SHARES = "paper", "half", "step"


def every(page):
    return [*page.cases]


def apart(page, case, first, last):
    """Spread of IA in the last year over the first, with its ends."""
    return page.spread(first, last, page.industry(panel_in(page.data, case)))


def stepped(page, case):
    """The spread of IA fell until 2018, and in 2019 more than in any year it rose."""
    yearly = page.industry(panel_in(page.data, case)).filter(regex=r"^y").std()
    rise = yearly.diff()
    return apart(page, case, 2008, 2018)["province_high"] < 1 and rise.idxmax() == "y2019"


def positive(page, case):
    return page.cases[case]["low"] > 0


HEADLINES = [
    Headline("Where wages were ten per cent higher", positive, every),
    Headline("The sign stays within provinces", positive, every),
    Headline(
        "these data do not settle",
        lambda page, case: (
            apart(page, case, 2008, 2018)["province_high"]
            < 1
            < apart(page, case, 2019, 2023)["coef"]
        ),
        SHARES,
    ),
    Headline("jumped in 2019", stepped, SHARES),
    Headline("where wages were higher in 2010", positive, every),
    Headline("stepped up in 2019", stepped, SHARES),
    Headline("in every case that we tried", positive, every),
    Headline(
        "Industry neither gathered",
        lambda page, case: (
            (found := apart(page, case, 2010, 2020))["province_low"] < 1 < found["province_high"]
        ),
        SHARES,
    ),
]
NO_CLAIM = ["In an equilibrium that does not change", "have not yet settled"]

DATA = panel.load()
PLACE = DATA.drop_duplicates("city").set_index("city")[["province", "reach"]]
SPANS = [(2010, 2020), (2008, 2023), (2012, 2019), (2016, 2023)]


def flagged(kind, first, last):
    within = DATA["year"].between(first + 1, last) & DATA["flags"].str.contains(kind)
    return set(DATA.loc[within, "city"])


def table(first, last):
    """Growth of residents a year, gross and net of births, the wage and the income at first."""
    rows = DATA[DATA["year"].between(first + 1, last)].groupby("city")
    years = last - first
    start = DATA[DATA["year"] == first].set_index("city")
    return PLACE.assign(
        gross=np.log(rows["lm_flow_gross"].prod()) / years,
        net=np.log(rows["lm_flow_gross"].prod()) / years - rows["k"].mean(),
        wage=np.log(start["rlr"]), income=np.log(start["reg"]),
    ).dropna()  # fmt: skip


MOVED, RECOUNT = "boundary:resident_pop", "(?:boundary|census_step):resident_pop"
CASES = {
    "borders stayed": ((2010, 2020), MOVED, {}), "all": ((2010, 2020), None, {}),
    "no recount": ((2010, 2020), RECOUNT, {}),
    "provinces": ((2010, 2020), MOVED, {"effects": "province"}),
    "reaches": ((2010, 2020), MOVED, {"effects": "reach"}),
    "given income": ((2010, 2020), MOVED, {"also": ["income"]}),
    "births": ((2010, 2020), MOVED, {"y": "net"}), "long": ((2008, 2023), RECOUNT, {}),
    "2012": ((2012, 2019), MOVED, {}), "2016": ((2016, 2023), MOVED, {}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_residents_grow_where_wages_are_high(name):
    span, out, given = CASES[name]
    rows = table(*span)
    rows = rows.drop(list(flagged(out, *span))) if out else rows
    if name == "provinces":
        rows = rows[rows.groupby("province")["wage"].transform("size") > 1]
        assert {"Shanghai", "Chongqing"}.isdisjoint(rows.index)
    b, low, _, low_province, _ = slope(
        rows, given.get("y", "gross"), ["wage", *given.get("also", [])], given.get("effects", "")
    )
    assert low > 0 and low_province > 0, name
    if name == "borders stayed":  # the headline, per cent a year for wages higher by a tenth
        assert 100 * np.log(1.1) * b == pytest.approx(0.23, abs=0.005)


def ratio(wide, first, last):
    """Spread in the last year over the first, with its ends by province."""

    def of(rows):
        return rows[last].std() / rows[first].std()

    province = PLACE["province"][wide.index]
    gaps = np.array([of(wide[province != name]) for name in province.unique()]) - of(wide)
    half = stats.t.ppf(0.975, 10) * np.sqrt(10 / 11 * (gaps**2).sum())
    return of(wide), of(wide) - half, of(wide) + half


def test_wages_came_closer():
    wages = np.log(DATA.pivot(index="city", columns="year", values="rlr"))
    assert ratio(wages, 2010, 2020)[2] < 1


def test_whether_industry_spreads_is_not_settled():
    share = DATA.pivot(index="city", columns="year", values="share_secondary").dropna()
    ia = share / share.mean()
    value, low, high = ratio(ia, 2010, 2020)
    assert low < 1 < high and 0.9 < value < 1
    assert ratio(ia, 2008, 2018)[2] < 1
    value, low, high = ratio(ia, 2019, 2023)
    assert value > 1 and low < 1 < high
    yearly = ia.std()
    assert yearly[2019] / yearly[2018] > 1.1 > (yearly / yearly.shift(1)).drop(2019).max()
    x, y = ia[2010] - 1, ia[2020] - 1
    assert (x * y).sum() / (x * x).sum() < 0.75
