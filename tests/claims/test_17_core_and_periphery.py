"""What chapter 17 says in words holds in the panel, computed here anew."""

import numpy as np
import pytest
from headline import Headline, with_panel
from headline import panel as panel_in
from slopes import slope

from lib import panel

YEARS = [f"{case}, {year}" for case in ("paper", "current") for year in (2010, 2012, 2019)]


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
    return min(potential(page, case)[["low", "province_low"]]) > 0


HEADLINES = [
    Headline(
        "falls below a *break point*",
        lambda page, case: (
            page.stable(page.break_point(float(case)) + 0.01, float(case)) > 0.5
            and page.stable(page.break_point(float(case)) - 0.01, float(case)) == 0.5
        ),
        ("0.2", "0.3", "0.4"),
    ),
    Headline("cities with a market potential higher", richer, YEARS),
    Headline("The sign stays within reaches", signs, YEARS),
    Headline(
        "the slope within reaches cannot be told",
        lambda page, case: (
            (found := potential(page, case, " + C(reach)"))["province_low"] < 0 < found["coef"]
        ),
        YEARS,
        but="paper, 2010",
    ),
    Headline(
        "For wages",
        lambda page, case: (
            page.cases["wages, 2012"]["low"] > 0
            and page.cases["wages, 2019"]["low"] < 0 < page.cases["wages, 2019"]["high"]
        ),
        ("",),
    ),
    Headline("Cities with large markets near them", richer, YEARS),
    Headline(
        "they gather earlier",
        lambda page, case: page.breaks[0.2] < page.breaks[0.3] < page.breaks[0.4],
        ("",),
    ),
    Headline(
        "Incomes along the Yangtze came closer",
        lambda page, case: (
            panel_in(page.data, case)
            .groupby("year")["reg"]
            .agg(lambda reg: np.log(reg).std())
            .loc[[2008, 2023]]
            .is_monotonic_decreasing
        ),
    ),
    Headline("Cities near large markets are richer", richer, YEARS),
]

DATA = panel.load()


def markets(year, decay=1, out=()):
    """Logs of income, wage, own market and the sum of the others' markets over distance."""
    rows = DATA[(DATA["year"] == year) & DATA["te"].notna()].reset_index(drop=True)
    bill = rows["te"] * rows["rlr"]
    lon, lat = np.radians(rows["lon"]), np.radians(rows["lat"])
    # The angle between two places, by the law of cosines on the sphere.
    cosine = np.outer(np.sin(lat), np.sin(lat)) + np.outer(np.cos(lat), np.cos(lat)) * np.cos(
        np.subtract.outer(lon.to_numpy(), lon.to_numpy())
    )
    km = 6371 * np.arccos(np.clip(cosine, -1, 1))
    sums = [sum(bill[j] / km[i, j] ** decay for j in rows.index if j != i) for i in rows.index]
    rows = rows.assign(potential=np.log(sums), income=np.log(rows["reg"]),
                       pay=np.log(rows["rlr"]), own=np.log(bill))  # fmt: skip
    return rows[~rows["city"].isin(out)]


def several(rows):
    return rows[rows.groupby("province")["city"].transform("size") > 1]


BORDERS = DATA["flags"].str.contains("boundary:resident_pop") & DATA["year"].le(2012)


def test_income_goes_with_market_potential():
    now = markets(2012)
    assert len(now) == 110
    found = slope(now, "income", ["potential"])
    assert 100 * (1.1 ** found[0] - 1) == pytest.approx(8.4, abs=0.05)
    for rows in (now, markets(2012, out=set(DATA.loc[BORDERS, "city"])), markets(2010),
                 markets(2019), markets(2012, decay=2)):  # fmt: skip
        _, low, _, low_province, _ = slope(rows, "income", ["potential"])
        assert low > 0 and low_province > 0
    _, low, _, low_province, _ = slope(now, "income", ["potential", "own"])
    assert low > 0 and low_province > 0
    assert slope(several(now), "income", ["potential"], "province")[1] > 0
    _, low, _, low_province, _ = slope(now, "income", ["potential"], "reach")
    assert low > 0 > low_province


def test_whether_wages_follow_markets_is_not_settled():
    now, later = markets(2012), markets(2019)
    _, low, _, low_province, _ = slope(now, "pay", ["potential"])
    assert low > 0 and 0 < low_province < 0.05
    _, low, high, _, _ = slope(several(now), "pay", ["potential"], "province")
    assert low < 0 < high
    _, low, high, low_province, high_province = slope(later, "pay", ["potential"])
    assert low < 0 < high and low_province < 0 < high_province
