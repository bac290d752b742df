"""Yearbooks and rosters spoilt in ways that look sound, for the tests of the weighing.

A fault changes figures of some columns where a scope says; a way is a fault in one scope, with the
judgements that name its cause.  Cities and provinces are picked by place in the file, so that any
yearbook of several provinces can be spoilt.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tools.yearbook.schema import FIELDS, SECTORS

Frame = pd.DataFrame
Fault = Callable[[Frame, pd.Series, list[str]], None]


@dataclass(frozen=True)
class Way:
    """One spoilt yearbook: its name, what it does, the wrong columns, judgements that fit."""

    name: str
    spoil: Callable[[Frame, Frame], None]
    columns: tuple[str, ...]
    causes: tuple[str, ...]


# -- faults ---------------------------------------------------------------------------------------


def by(factor: float) -> Fault:
    def change(f, mask, names):
        f.loc[mask, names] = (f.loc[mask, names] * factor).round(4)

    return change


def put(value: float) -> Fault:
    def change(f, mask, names):
        f.loc[mask, names] = value

    return change


def for_missing(value: float) -> Fault:
    def change(f, mask, names):
        f.loc[mask, names] = f.loc[mask, names].fillna(value)

    return change


def plus(points: float) -> Fault:
    def change(f, mask, names):
        f.loc[mask, names] += points

    return change


def swapped(f, mask, names) -> None:
    mask = mask & f[names].notna().all(axis=1)
    f.loc[mask, names] = f.loc[mask, names[::-1]].to_numpy()


def of_the_year_before(f, mask, names) -> None:
    moved = f.groupby("city_code")[names].shift()
    f.loc[mask, names] = moved[mask].fillna(f.loc[mask, names])


def carried_forward(f, mask, names) -> None:
    filled = f[names].where(~mask).groupby(f["city_code"]).ffill()
    f.loc[mask, names] = filled[mask].where(f.loc[mask, names].notna())


def exchanged(years: int) -> Fault:
    """Exchange the year of the scope with a later one."""

    def change(f, mask, names):
        here = f["city_code"].isin(f.loc[mask, "city_code"])
        later = here & f["year"].eq(f.loc[mask, "year"].iloc[0] + years)
        first = f.loc[mask, names].to_numpy()
        f.loc[mask, names] = f.loc[later, names].to_numpy()
        f.loc[later, names] = first

    return change


def in_reverse(f, mask, names) -> None:
    f.loc[mask, names] = f.loc[mask, names].to_numpy()[::-1]


def registered_for_residents(f, mask, names) -> None:
    f.loc[mask, "resident_pop"] = f["registered_pop"].fillna(f["resident_pop"])[mask]


def nominal(f, mask, names) -> None:
    growth = (f["gdp"] / f.groupby("city_code")["gdp"].shift() * 100).round(1)
    mask = mask & growth.between(50, 200)
    f.loc[mask, "gdp_index"] = growth[mask]


def cumulated(f, mask, names) -> None:
    part = f.loc[mask, "gdp_index"] / 100
    f.loc[mask, "gdp_index"] = (part.groupby(f["city_code"]).cumprod() * 100).round(1)


# -- where, and what it is ------------------------------------------------------------------------

PEOPLE, TWO = ["resident_pop", "registered_pop"], SECTORS[1:]
ACCOUNTS, FIGURES = ["gdp", *SECTORS], list(FIELDS)
LEVEL = "levels replaced definition zeros suspect"
BOTH = "residents replaced census_step straight_line"
# Fault, columns, where, causes.  Where: provinces p0 ..., cities c0 ..., both as a range of years.
FAULTS: list[tuple[str, Fault, list[str], str, str]] = [
    ("natural growth: 0 for missing", for_missing(0), ["natural_growth"], "all 2015-",
     "zeros natural_growth"),
    ("natural growth: -99 for missing", for_missing(-99), ["natural_growth"], "all", "zeros"),
    ("natural growth: 99 for missing", for_missing(99), ["natural_growth"], "p0", "zeros"),
    ("natural growth: sign turned", by(-1), ["natural_growth"], "all p1 p3", "natural"),
    ("natural growth: per cent", by(0.1), ["natural_growth"], "p1 p3 2012- 2016-", "natural"),
    ("natural growth: carried forward", carried_forward, ["natural_growth"], "2012- 2015-",
     "copies natural copied"),
    ("index: 100", put(100), ["gdp_index"], "p0 p2 2010 2014 2019 c0 c1:2013", "index deflator"),
    ("index: nominal", nominal, ["gdp_index"], "all p0 p2 c0 c2 2010 2011 2019", "index deflator"),
    ("index: cumulated", cumulated, ["gdp_index"], "p1:2017- c0:2016- c2:2018-", "index deflator"),
    ("index: a digit too much", plus(60), ["gdp_index"], "c1:2010 c5:2014", "index deflator"),
    ("index: a digit too few", plus(-25), ["gdp_index"], "c4:2013", "index deflator"),
    ("index: of the year before", of_the_year_before, ["gdp_index"], "p0:2014 p2:2014 2016",
     "copies deflator"),
    ("base year: accounts doubled", by(2), ACCOUNTS, "c0:2008 c3:2008 p1:2008", "deflator suspect"),
    ("base year: accounts at 0.7", by(0.7), ACCOUNTS, "c4:2008 c6:2008", "deflator suspect"),
    ("base year: product doubled", by(2), ["gdp"], "c0:2008 c2:2008", "deflator parts suspect"),
    ("base year: residents doubled", by(2), ["resident_pop"], "c2:2008 c5:2008", f"{BOTH} suspect"),
    ("years: in reverse", in_reverse, FIGURES, "c0 c3", "deflator order"),
    ("years: a copy of the year before", of_the_year_before, FIGURES,
     "2010 2015 2020 p0:2011 p2:2018 c1:2016", "copies copied deflator order"),
    ("years: exchanged with the next", exchanged(1), FIGURES,
     "2009 2013 p0:2008 p2:2014 c0:2009 c2:2016", "order deflator"),
    ("years: exchanged with a later one", exchanged(5), FIGURES, "2010 2014",
     "order deflator shifted step"),
    ("people: residents of the year before", of_the_year_before, ["resident_pop"], "p0",
     f"{BOTH} copies"),
    ("people: registered for residents", registered_for_residents, PEOPLE,
     "2008-2010 2016-2022 p0 p2", BOTH),
    ("people: swapped", swapped, PEOPLE, "all 2008-2010 2011-2014 p0 p2 p4:2015- c1:2013-", BOTH),
    ("sectors: swapped", swapped, TWO, "all p0 p2 2008-2010 2020-2023 p3:2009-2012 c1:2009-2012",
     "sectors replaced suspect definition"),
    ("product: 1.3 times its parts", by(1.3), ["gdp"], "c0:2011 c3:2014", "parts suspect"),
    ("product: half its parts", by(0.5), ["gdp"], "c2:2013", "parts suspect"),
    ("FDI: million yuan for dollars", by(6.5), ["fdi"], "all 2014- -2012 p0 p2:2013-", LEVEL),
    ("FDI: 10,000 dollars", by(100), ["fdi"], "p0 p2", LEVEL),
    ("FDI: 0 for missing", for_missing(0), ["fdi"], "all", LEVEL),
    ("revenue for expenditure", by(0.42), ["fiscal_expenditure"], "all 2016- -2011 p0 p3", LEVEL),
    ("wages a month", by(1 / 12), ["average_wage"], "all -2010 p0 p3:2017-", LEVEL),
    ("students times 10", by(10), ["higher_ed_students"], "all 2015- p1", LEVEL),
    ("science times 10", by(10), ["science_expenditure"], "all 2015- p1", LEVEL),
    ("employment in thousands", by(10), ["employment"], "p1", LEVEL),
]  # fmt: skip
SCOPE = re.compile(r"(?:all|([pc])(\d))?:?(\d{4})?(-)?(\d{4})?")


def ways(frame: Frame, roster: Frame) -> Iterator[Way]:
    """All the ways; the frame is looked at, not changed."""
    province = frame["city_code"].map(roster.set_index("city_code")["province_en"])
    size = roster["province_en"].value_counts()
    large = [name for name in province.drop_duplicates() if size[name] >= 5]
    parts = sorted(large, key=lambda name: size[name])  # stable: as in the file where equal
    codes = list(frame["city_code"].drop_duplicates())
    picked = {"c": [codes[len(codes) * i // 9 + 2] for i in range(8)], "p": parts}

    def where(scope: str) -> pd.Series | None:
        kind, place, first, on, last = SCOPE.fullmatch(scope).groups()
        if kind == "p" and int(place) >= len(parts):
            return None
        column = {"p": province, "c": frame["city_code"]}.get(kind)
        mask = frame["year"].between(
            int(first or 0), int(last or (9999 if on or not first else first))
        )
        return mask if column is None else mask & column.eq(picked[kind][int(place)])

    for name, fault, columns, scopes, causes in FAULTS:
        for scope in scopes.split():
            mask = where(scope)
            if mask is not None:

                def spoil(f, r, fault=fault, mask=mask, columns=columns):
                    fault(f, mask, columns)

                yield Way(f"{name}, {scope}", spoil, tuple(columns), tuple(causes.split()))

    def early(f, r):
        f["year"] -= 1

    yield Way("years: all one too early", early, ("year",), ("calendar",))
    reaches = list(dict.fromkeys(roster["reach"]))
    rotated = dict(zip(reaches, reaches[1:] + reaches[:1], strict=True))
    for name in (parts[0], parts[-1]):
        inside = roster["province_en"].eq(name)
        for which, some in (("", inside), ("half of ", inside & (inside.cumsum() % 2 == 0))):

            def moved(f, r, some=some):
                r.loc[some, "reach"] = r.loc[some, "reach"].map(rotated)

            yield Way(f"roster: {which}{name} in another reach", moved, ("reach",), ("groups",))

    def rotate(f, r):
        r["reach"] = r["reach"].map(rotated)

    yield Way("roster: reaches rotated", rotate, ("reach",), ("groups",))
    for name, order in (("by a row", np.roll(roster.index, 1)), ("down", roster.index[::-1])):

        def mixed(f, r, order=order):
            r[["lon", "lat"]] = r.loc[order, ["lon", "lat"]].to_numpy()

        yield Way(f"roster: coordinates {name}", mixed, ("lon", "lat"), ("coordinates",))
