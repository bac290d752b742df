"""Yearbooks spoilt in ways that look sound, for the tests of the judgement.

A fault changes figures of some columns where a scope says.  Cities and provinces are picked by
place in the file, so that any yearbook of several provinces can be spoilt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from tools.yearbook.schema import FIELDS, SECTORS

Frame = pd.DataFrame
ACCOUNTS, FIGURES = ["gdp", *SECTORS], list(FIELDS)


def by(factor):
    def change(f, mask, names):
        f.loc[mask, names] = (f.loc[mask, names] * factor).round(4)

    return change


def put(value):
    def change(f, mask, names):
        f.loc[mask, names] = value

    return change


def for_missing(value):
    def change(f, mask, names):
        f.loc[mask, names] = f.loc[mask, names].fillna(value)

    return change


def swapped(f, mask, names):
    f.loc[mask, names] = f.loc[mask, names[::-1]].to_numpy()


def copied(f, mask, names):
    f.loc[mask, names[0]] = f.loc[mask, names[1]]


def moved(rows, keep="city_code"):
    """Move a column down in the file, or within each city."""

    def change(f, mask, names):
        of = f.groupby(keep)[names] if keep else f[names]
        f.loc[mask, names] = of.shift(rows)[mask].fillna(f.loc[mask, names])

    return change


def exchanged(f, mask, names):
    """Exchange the year of the scope with the next."""
    here = f["city_code"].isin(f.loc[mask, "city_code"])
    later = here & f["year"].eq(f.loc[mask, "year"].iloc[0] + 1)
    first = f.loc[mask, names].to_numpy()
    f.loc[mask, names] = f.loc[later, names].to_numpy()
    f.loc[later, names] = first


def in_reverse(f, mask, names):
    f.loc[mask, names] = f.loc[mask, names].to_numpy()[::-1]


def nominal(f, mask, names):
    growth = (f["gdp"] / f.groupby("city_code")["gdp"].shift() * 100).round(1)
    mask = mask & growth.between(50, 200)
    f.loc[mask, "gdp_index"] = growth[mask]


def shuffled(f, mask, names):
    draw = np.random.default_rng(3)
    mixed = f.groupby("year")[names[0]].transform(lambda v: draw.permutation(v.to_numpy()))
    f.loc[mask, names[0]] = mixed[mask]


# Fault, columns, where.  Where: provinces p0 ..., cities c0 ..., both as a range of years.
FAULTS = [
    *((f"{name} times {factor:g}", by(factor), [name], scopes) for name, factor, scopes in (
        ("resident_pop", 1e4, "all c1"), ("resident_pop", 2, "c0:2012-2013 c2:2012- p1:2012-"),
        ("registered_pop", 3, "c1:2012-2013"), ("gdp", 2, "c0:2012-2013"),
        ("employment", 10, "2015- c3"), ("fdi", 6.5, "2014-"), ("fdi", 1e6, "all"),
        ("fiscal_expenditure", 0.42, "2016- p0:2016-"), ("fiscal_expenditure", 100, "all"),
        ("average_wage", 1 / 12, "2016- c4:2012-2014"), ("average_wage", 1e-3, "2016-"),
        ("higher_ed_students", 10, "p1:2015-"), ("higher_ed_students", 1e3, "all"),
        ("science_expenditure", 10, "2015-"), ("science_expenditure", 1e4, "p2"),
        ("area", 4, "c3:2015-"), ("natural_growth", 40, "all"), ("gdp_index", 0.01, "all"))),
    ("accounts in 10,000 yuan", by(1e4), ACCOUNTS, "all 2012-2013 c2:2015-"),
    ("accounts halved", by(0.5), ACCOUNTS, "p0:2015- c3:2015- c2:2012-2014"),
    ("index at 100", put(100.0), ["gdp_index"], "p0 2014"),
    ("index nominal", nominal, ["gdp_index"], "p0:2015- 2011"),
    ("a year copied", moved(1), FIGURES, "2015 p0:2011 c1:2016"),
    ("years exchanged", exchanged, FIGURES, "2013 p2:2014"),
    ("years in reverse", in_reverse, FIGURES, "c0 c3"),
    *(("a row down", moved(1, ""), [name], "all") for name in (
        "employment", "average_wage", "resident_pop", "fiscal_expenditure", "higher_ed_students")),
    ("a row up", moved(-1, ""), ["registered_pop"], "all"),
    ("of the year before", moved(1), ["gdp"], "all"),
    ("of the year before", moved(1), ["average_wage"], "2015"),
    ("columns swapped", swapped, ["resident_pop", "registered_pop"], "2011-2014 p0:2012- c1:2013-"),
    ("columns swapped", swapped, ["va_secondary", "va_tertiary"], "2010-2013 p0:2015- c1:2012-"),
    ("columns swapped", swapped, ["gdp", "fiscal_expenditure"], "all"),
    ("a column copied", copied, ["resident_pop", "registered_pop"], "all"),
    ("-99 for missing", for_missing(-99), ["natural_growth"], "all"),
    ("0 for missing", for_missing(0), ["fdi"], "all"),
    ("among cities", shuffled, ["average_wage"], "all"),
]  # fmt: skip
SCOPE = re.compile(r"(?:all|([pc])(\d))?:?(\d{4})?(-)?(\d{4})?")


def ways(frame: Frame, roster: Frame) -> Iterator[tuple[str, Frame, list[str]]]:
    """The name of each way, the spoilt frame, and the columns at fault."""
    province = frame["city_code"].map(roster.set_index("city_code")["province_en"])
    parts, codes = province.unique(), frame["city_code"].unique()
    for name, fault, columns, scopes in FAULTS:
        for scope in scopes.split():
            kind, place, first, on, last = SCOPE.fullmatch(scope).groups()
            end = last or (9999 if on or not first else first)
            mask = frame["year"].between(int(first or 0), int(end))
            if kind:
                own = province if kind == "p" else frame["city_code"]
                picked = parts if kind == "p" else codes[2 :: len(codes) // 8]
                mask &= own.eq(picked[int(place) % len(picked)])
            spoilt = frame.astype(dict.fromkeys(FIGURES, float))
            fault(spoilt, mask, columns)
            yield f"{name}, {columns[0]}, {scope}", spoilt, columns
