"""What chapter 15 says in words holds in the panel, computed here anew."""

import numpy as np
import pytest
from headline import Headline, with_panel
from headline import panel as panel_in
from scipy import stats
from slopes import slope

from lib import changes, inequality, panel
from studies import regional


def of_decade(page, case):
    return with_panel(page, case, "convergence", left_out="" if case == "clean" else "moved")


def falls(page, case):
    rows = panel_in(page.data, case)
    return {part: page.fall(part, rows) for part in ("between", "within")}


def every(page):
    return [*page.cases]


HEADLINES = [
    Headline("income grew faster in cities", lambda page, case: of_decade(page, case)["low"] > 0),
    Headline("is gone after", lambda page, case: page.half["low"] < page.half["coef"], ("paper",)),
    Headline("The sign stays", lambda page, case: page.cases[case]["low"] > 0, every),
    Headline(
        "The half-life is then between",
        lambda page, case: page.lives.min() <= page.cases[case]["coef"] <= page.lives.max(),
        every,
    ),
    Headline(
        "The textbook model of growth predicts",
        lambda page, case: 15 < page.predicted_half < 25,
        ("",),
    ),
    Headline(
        "do not settle whether this is too fast",
        lambda page, case: (
            page.half["province_low"] > page.predicted_half
            and page.cases["current prices"]["low"]
            < page.predicted_half
            < page.cases["current prices"]["high"]
        ),
        ("",),
    ),
    Headline("were poor in 2010", lambda page, case: of_decade(page, case)["low"] > 0),
    Headline("Inequality fell", lambda page, case: max(falls(page, case).values()) < 1),
    Headline(
        "Poor cities catch up",
        lambda page, case: (
            with_panel(page, case, "convergence", formula="REG ~ start + C(province)")["low"] > 0
            and of_decade(page, case)["low"] > 0
            and page.spread(changes.between(panel_in(page.data, case), 2008, 2023)) < 1
        ),
    ),
    Headline(
        "The pace is slower",
        lambda page, case: (
            (page.cases[case]["low"] > page.predicted_half) == (not case.startswith("current"))
            and abs(page.cases["current prices"]["coef"] / page.predicted_half - 1) < 0.1
        ),
        lambda page: [case for case in page.cases if case != "current prices, 2008 to 2023"],
    ),
    Headline(
        "longer than the whole panel",
        lambda page, case: page.cases[case]["coef"] > page.data["year"].nunique(),
        every,
    ),
]

DATA = panel.load()
WIDE = DATA.pivot(index="city", columns="year", values="reg")
PLACE = DATA.drop_duplicates("city").set_index("city")[["province", "reach"]]
MOVED = {(a, b): set(DATA.loc[DATA["year"].between(a + 1, b)
                              & DATA["flags"].str.contains("boundary:resident_pop"), "city"])
         for a, b in [(2010, 2020), (2008, 2023), (2012, 2019), (2016, 2023)]}  # fmt: skip


def half_lives(first, last, out=(), provinces=False):
    """Half-life and its ends: by city with HC3, by province with the jackknife."""
    rows = np.log(WIDE[[first, last]]).drop(list(out)).join(PLACE)
    if provinces:
        rows = rows[rows.groupby("province")["reach"].transform("size") > 1]
    rows = rows.assign(growth=rows[last] - rows[first], start=rows[first])
    ends = slope(rows, "growth", ["start"], "province" if provinces else "")
    return np.log(2) * (last - first) / -np.log1p(ends)


RECOUNTED = {span: regional.moved_or_recounted(DATA, *span) for span in MOVED}
CASES = {
    "borders stayed": ((2010, 2020), MOVED, False), "all cities": ((2010, 2020), None, False),
    "no recount": ((2010, 2020), RECOUNTED, False), "provinces": ((2010, 2020), MOVED, True),
    "long": ((2008, 2023), MOVED, False), "long, no recount": ((2008, 2023), RECOUNTED, False),
    "2012": ((2012, 2019), MOVED, False), "2016": ((2016, 2023), MOVED, False),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_poor_cities_grow_faster_and_slower_than_the_textbook_says(name):
    span, out, provinces = CASES[name]
    found = half_lives(*span, out[span] if out else (), provinces)
    assert np.isfinite(found).all() and (found > 0).all()
    residents = DATA[DATA["year"].between(2011, 2020)].groupby("city")["lm_flow_gross"]
    n = np.log(residents.prod().drop(list(MOVED[2010, 2020]))).mean() / 10
    textbook = np.log(2) / ((1 - 1 / 3) * (n + 0.05))
    assert found[1] > textbook
    assert provinces or (found[3] > textbook) == (name != "all cities")


def test_the_spread_falls_also_without_moved_borders():
    log = np.log(WIDE)
    stayed = log.drop(list(MOVED[2010, 2020]))
    assert stayed[2020].std() < stayed[2010].std() and log[2023].std() < log[2008].std()
    for rows, first, last in ((stayed, 2010, 2020), (log, 2008, 2023)):
        ratio = rows[last].std() / rows[first].std()
        province = PLACE["province"][rows.index]
        out = [rows[province != name] for name in province.unique()]
        gaps = np.array([some[last].std() / some[first].std() for some in out]) - ratio
        half = stats.t.ppf(0.975, 10) * np.sqrt(10 / 11 * np.square(gaps).sum())
        assert ratio + half < 1


def test_both_parts_of_theil_fall_and_half_lies_within_provinces():
    first, last = (
        inequality.theil_parts(WIDE[y], PLACE["reach"][WIDE.index]) for y in (2008, 2023)
    )
    assert (last < first).all() and last["within"] > last["between"]
    steady = WIDE.drop(list(RECOUNTED[2008, 2023]))
    first, last = (
        inequality.theil_parts(steady[y], PLACE["reach"][steady.index]) for y in (2008, 2023)
    )
    assert (last < first).all()
    parts = inequality.theil_parts(WIDE[2023], PLACE["province"][WIDE.index])
    assert 0.4 < parts["within"] / parts["total"] < 0.6
    sizes = regional.load_sizes()
    size = DATA.drop_duplicates("city").set_index("city")["city_code"].map(sizes)
    parts = inequality.theil_parts(WIDE[2023], size[WIDE.index])
    assert parts["between"] / parts["total"] < 0.05
