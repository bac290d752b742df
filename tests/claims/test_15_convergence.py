"""What chapter 15 says in words holds in the panel, computed here anew."""

import numpy as np
import pytest
from scipy import stats
from slopes import slope

from lib import inequality, panel
from studies import regional

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
