"""Yearbooks and rosters spoilt in ways that look sound, for the tests of the weighing.

Each way is a function of a yearbook and a roster that returns both, changed, with the columns that
are wrong and the judgements that name the cause.  Cities, provinces and years are picked by place
in the file, so that any yearbook of several provinces can be spoilt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tools.yearbook.schema import FIELDS, SECTORS

ACCOUNTS = ["gdp", *SECTORS]
PEOPLE = ["resident_pop", "registered_pop"]
FIGURES = list(FIELDS)
Frame = pd.DataFrame


@dataclass(frozen=True)
class Way:
    """One spoilt yearbook: its name, what it does, the wrong columns, judgements that fit."""

    name: str
    spoil: Callable[[Frame, Frame], None]
    columns: tuple[str, ...]
    causes: tuple[str, ...]


def times(mask: pd.Series, frame: Frame, names: list[str], factor: float) -> None:
    frame.loc[mask, names] = (frame.loc[mask, names] * factor).round(4)


def exchange(frame: Frame, mask: pd.Series, one: int, two: int) -> None:
    """Exchange two years of the cities of a mask, all figures."""
    a = frame.index[mask & frame["year"].eq(one)]
    b = frame.index[mask & frame["year"].eq(two)]
    first = frame.loc[a, FIGURES].to_numpy()
    frame.loc[a, FIGURES] = frame.loc[b, FIGURES].to_numpy()
    frame.loc[b, FIGURES] = first


def lagged(frame: Frame, mask: pd.Series, names: list[str], by: int = 1) -> None:
    """Put the figures of each year into the next; the first year keeps its own."""
    moved = frame.groupby("city_code")[names].shift(by)
    frame.loc[mask, names] = moved[mask].fillna(frame.loc[mask, names])


def swap(frame: Frame, mask: pd.Series, one: str, two: str) -> None:
    mask = mask & frame[one].notna() & frame[two].notna()
    frame.loc[mask, [one, two]] = frame.loc[mask, [two, one]].to_numpy()


def ways(frame: Frame, roster: Frame) -> Iterator[Way]:
    """All the ways; the frame is looked at, not changed."""
    province = frame["city_code"].map(roster.set_index("city_code")["province_en"])
    sizes = province.drop_duplicates().map(roster["province_en"].value_counts())
    parts = [name for name in province[sizes.sort_values(kind="stable").index] if sizes.max()]
    parts = [p for p in dict.fromkeys(parts) if (roster["province_en"] == p).sum() >= 5][:8]
    codes = list(frame["city_code"].drop_duplicates())
    picked = [codes[len(codes) * i // 9 + 2] for i in range(8)]
    year = frame["year"]
    start = 2008

    def of(p: str) -> pd.Series:
        return province.eq(p)

    def city(code: object) -> pd.Series:
        return frame["city_code"].eq(code)

    everywhere = pd.Series(True, frame.index)

    def made(name, change, columns, causes):
        return Way(name, change, tuple(columns), tuple(causes))

    def put(name, mask, column, value, *causes):
        def change(f, r):
            f.loc[mask, column] = value

        return made(name, change, [column], causes)

    def factor(name, mask, columns, by, *causes):
        return made(name, lambda f, r: times(mask, f, columns, by), columns, causes)

    # natural growth
    ng = "natural_growth"
    lacking = frame[ng].isna()
    yield put("natural growth: 0 for missing", lacking, ng, 0.0, "zeros", "natural_growth")
    yield put("natural growth: -99 for missing", lacking, ng, -99.0, "zeros")
    yield put(
        "natural growth: 99 for missing, a province", of(parts[0]) & lacking, ng, 99.0, "zeros"
    )
    yield put(
        "natural growth: 0 for missing from 2015 on", lacking & year.ge(2015), ng, 0.0, "zeros"
    )
    for p in parts[1:5]:
        yield factor(f"natural growth: sign turned, {p}", of(p), [ng], -1, "natural")
        yield factor(f"natural growth: per cent, {p}", of(p), [ng], 0.1, "natural")
    yield factor("natural growth: sign turned", everywhere, [ng], -1, "natural")
    for y in (2012, 2014, 2016):
        yield factor(f"natural growth: per cent from {y} on", year.ge(y), [ng], 0.1, "natural")

    def carried(mask):
        def change(f, r):
            kept = f[ng].where(~mask)
            filled = kept.groupby(f["city_code"]).ffill()
            f.loc[mask & f[ng].notna(), ng] = filled

        return change

    for y in (2012, 2015):
        yield made(
            f"natural growth: carried forward from {y} on",
            carried(year.ge(y)),
            [ng],
            ["copies", "natural", "copied"],
        )

    # growth index
    gi = "gdp_index"
    for p in parts[:3]:
        yield put(f"index: 100 throughout {p}", of(p), gi, 100.0, "index", "deflator")
    for y in (2010, 2014, 2019):
        yield put(f"index: 100 in {y}", year.eq(y), gi, 100.0, "index", "deflator")
    yield put("index: 100 in a city", city(picked[0]), gi, 100.0, "index", "deflator")
    yield put("index: 100 in a cell", city(picked[1]) & year.eq(2013), gi, 100.0, "index")

    def nominal(mask):
        def change(f, r):
            growth = (f["gdp"] / f.groupby("city_code")["gdp"].shift() * 100).round(1)
            f.loc[mask & growth.between(50, 200), gi] = growth

        return change

    yield made("index: nominal", nominal(everywhere), [gi], ["index", "deflator"])
    for p in parts[:4]:
        yield made(f"index: nominal, {p}", nominal(of(p)), [gi], ["index", "deflator"])
    for code in picked[:3]:
        yield made(f"index: nominal, {code}", nominal(city(code)), [gi], ["index", "deflator"])
    for y in (2010, 2011, 2019):
        yield made(f"index: nominal in {y}", nominal(year.eq(y)), [gi], ["index", "deflator"])

    def cumulated(mask, first, last):
        def change(f, r):
            part = mask & f["year"].between(first, last)
            level = (f.loc[part, gi] / 100).groupby(f.loc[part, "city_code"]).cumprod() * 100
            f.loc[part, gi] = level.round(1)

        return change

    for code, first in zip(picked[:4], (2016, 2017, 2018, 2014), strict=True):
        yield made(
            f"index: cumulated from {first} on, {code}",
            cumulated(city(code), first, 2023),
            [gi],
            ["index", "deflator"],
        )
    yield made(
        f"index: cumulated, {parts[1]}",
        cumulated(of(parts[1]), 2017, 2023),
        [gi],
        ["index", "deflator"],
    )
    for code, y, more in zip(
        picked, range(2009, 2017), (81, 40, -20, 30, -25, 60, 25, -40), strict=True
    ):

        def digit(f, r, code=code, y=y, more=more):
            f.loc[city(code) & year.eq(y), gi] += more

        yield made(
            f"index: a digit, {more:+} points, {code} {y}", digit, [gi], ["index", "deflator"]
        )
    for p in parts[:3]:
        yield made(
            f"index: of the year before, {p} from 2014 on",
            lambda f, r, p=p: lagged(f, of(p) & year.eq(2014), [gi]),
            [gi],
            ["copies", "deflator"],
        )
    yield made(
        "index: copied into 2016", lambda f, r: lagged(f, year.eq(2016), [gi]), [gi], ["copies"]
    )

    # base year
    base = year.eq(start)
    for code in picked[:4]:
        yield factor(
            f"base year: accounts doubled, {code}",
            city(code) & base,
            ACCOUNTS,
            2,
            "deflator",
            "suspect",
        )
    for code in picked[4:7]:
        yield factor(
            f"base year: accounts at 0.7, {code}",
            city(code) & base,
            ACCOUNTS,
            0.7,
            "deflator",
            "suspect",
        )
    for code in picked[:3]:
        yield factor(
            f"base year: product doubled, {code}",
            city(code) & base,
            ["gdp"],
            2,
            "deflator",
            "parts",
            "suspect",
        )
    for code in picked[2:6]:
        yield factor(
            f"base year: residents doubled, {code}",
            city(code) & base,
            ["resident_pop"],
            2,
            "census_step",
            "suspect",
            "residents",
            "replaced",
        )
    for p in parts[:3]:
        yield factor(f"base year: accounts doubled, {p}", of(p) & base, ACCOUNTS, 2, "deflator")

    # years
    for code in picked[:4]:

        def turned(f, r, code=code):
            own = f.index[city(code)]
            f.loc[own, FIGURES] = f.loc[own[::-1], FIGURES].to_numpy()

        yield made(f"years: in reverse, {code}", turned, FIGURES, ["deflator", "order"])
    copying = ["copies", "copied", "deflator", "order"]
    for y in (2010, 2015, 2020):
        yield made(
            f"years: {y} a copy of the year before",
            lambda f, r, y=y: lagged(f, year.eq(y), FIGURES),
            FIGURES,
            copying,
        )
    for p, y in zip(parts[:3], (2011, 2014, 2018), strict=False):
        yield made(
            f"years: {y} a copy of the year before, {p}",
            lambda f, r, p=p, y=y: lagged(f, of(p) & year.eq(y), FIGURES),
            FIGURES,
            copying,
        )
    for code, y in zip(picked[:3], (2012, 2016, 2019), strict=True):
        yield made(
            f"years: {y} a copy of the year before, {code}",
            lambda f, r, code=code, y=y: lagged(f, city(code) & year.eq(y), FIGURES),
            FIGURES,
            copying,
        )
    for y in (2009, 2013, 2018):
        yield made(
            f"years: {y} and {y + 1} exchanged",
            lambda f, r, y=y: exchange(f, everywhere, y, y + 1),
            FIGURES,
            ["order"],
        )
    for p, y in zip(parts[:4], (2008, 2011, 2014, 2016), strict=False):
        yield made(
            f"years: {y} and {y + 1} exchanged, {p}",
            lambda f, r, p=p, y=y: exchange(f, of(p), y, y + 1),
            FIGURES,
            ["order", "deflator"],
        )
    for code, y in zip(picked[:3], (2009, 2012, 2016), strict=True):
        yield made(
            f"years: {y} and {y + 1} exchanged, {code}",
            lambda f, r, code=code, y=y: exchange(f, city(code), y, y + 1),
            FIGURES,
            ["order", "deflator"],
        )
    for y, z in ((2010, 2014), (2012, 2019)):
        yield made(
            f"years: {y} and {z} exchanged",
            lambda f, r, y=y, z=z: exchange(f, everywhere, y, z),
            FIGURES,
            ["order", "deflator", "shifted", "step"],
        )

    def early(f, r):
        f["year"] -= 1

    yield made("years: all one too early", early, ["year"], ["calendar"])
    for p in parts[:2]:
        yield made(
            f"years: residents of the year before, {p}",
            lambda f, r, p=p: lagged(f, of(p), ["resident_pop"]),
            ["resident_pop"],
            ["residents", "replaced", "copies", "census_step"],
        )

    # residents and registered population
    both = ["residents", "replaced", "census_step"]

    def registered(mask):
        def change(f, r):
            part = mask & f["registered_pop"].notna()
            f.loc[part, "resident_pop"] = f.loc[part, "registered_pop"]

        return change

    def swapped(mask):
        return lambda f, r: swap(f, mask, *PEOPLE)

    for y, z in ((2008, 2010), (2011, 2014), (2016, 2022)):
        yield made(
            f"people: registered for residents, {y} to {z}",
            registered(year.between(y, z)),
            PEOPLE,
            both,
        )
        yield made(f"people: swapped, {y} to {z}", swapped(year.between(y, z)), PEOPLE, both)
    for p in parts[:4]:
        yield made(f"people: swapped, {p}", swapped(of(p)), PEOPLE, both)
        yield made(f"people: registered for residents, {p}", registered(of(p)), PEOPLE, both)
    for p in parts[4:6]:
        yield made(
            f"people: swapped, {p} from 2015 on", swapped(of(p) & year.ge(2015)), PEOPLE, both
        )
    yield made("people: swapped", swapped(everywhere), PEOPLE, both)
    for code in picked[:3]:
        yield made(
            f"people: swapped, {code} from 2013 on",
            swapped(city(code) & year.ge(2013)),
            PEOPLE,
            [*both, "straight_line"],
        )

    # accounts
    def sectors(mask):
        return lambda f, r: swap(f, mask, "va_secondary", "va_tertiary")

    yield made("sectors: swapped", sectors(everywhere), SECTORS[1:], ["sectors", "replaced"])
    for p in parts[:4]:
        yield made(f"sectors: swapped, {p}", sectors(of(p)), SECTORS[1:], ["sectors", "replaced"])
    for y, z in ((2008, 2010), (2012, 2013), (2020, 2023)):
        yield made(
            f"sectors: swapped, {y} to {z}",
            sectors(year.between(y, z)),
            SECTORS[1:],
            ["sectors", "replaced", "suspect"],
        )
    for p in parts[2:4]:
        yield made(
            f"sectors: swapped, {p}, 2009 to 2012",
            sectors(of(p) & year.between(2009, 2012)),
            SECTORS[1:],
            ["sectors", "replaced", "definition"],
        )
    for code in picked[:3]:
        yield made(
            f"sectors: swapped, {code}, 2009 to 2012",
            sectors(city(code) & year.between(2009, 2012)),
            SECTORS[1:],
            ["sectors", "replaced", "suspect"],
        )
    for code, y, by in zip(picked[:5], range(2011, 2016), (1.3, 0.8, 1.9, 0.5, 1.05), strict=True):
        yield factor(
            f"product: {by} times its parts, {code} {y}",
            city(code) & year.eq(y),
            ["gdp"],
            by,
            "parts",
            "suspect",
        )

    # levels
    level = ["levels", "replaced", "definition", "zeros", "suspect"]
    yield factor("FDI: million yuan for dollars", everywhere, ["fdi"], 6.6, *level)
    yield factor("FDI: million yuan from 2014 on", year.ge(2014), ["fdi"], 6.3, *level)
    yield factor("FDI: million yuan to 2012", year.le(2012), ["fdi"], 6.6, *level)
    for p in parts[:3]:
        yield factor(f"FDI: million yuan, {p}", of(p), ["fdi"], 6.6, *level)
        yield factor(f"FDI: 10,000 dollars, {p}", of(p), ["fdi"], 100, *level)
        yield factor(
            f"FDI: million yuan from 2013 on, {p}", of(p) & year.ge(2013), ["fdi"], 6.3, *level
        )
    yield put("FDI: 0 for missing", frame["fdi"].isna(), "fdi", 0.0, *level)
    spent = ["fiscal_expenditure"]
    yield factor("revenue for expenditure", everywhere, spent, 0.4, *level)
    yield factor("revenue for expenditure from 2016 on", year.ge(2016), spent, 0.42, *level)
    yield factor("revenue for expenditure to 2011", year.le(2011), spent, 0.42, *level)
    for p in parts[:4]:
        yield factor(f"revenue for expenditure, {p}", of(p), spent, 0.42, *level)
    wage = ["average_wage"]
    yield factor("wages a month", everywhere, wage, 1 / 12, *level)
    yield factor("wages a month to 2010", year.le(2010), wage, 1 / 12, *level)
    for p in parts[:3]:
        yield factor(f"wages a month, {p}", of(p), wage, 1 / 12, *level)
    yield factor(
        f"wages a month from 2017 on, {parts[min(3, len(parts) - 1)]}",
        of(parts[min(3, len(parts) - 1)]) & year.ge(2017),
        wage,
        1 / 12,
        *level,
    )
    for column in ("higher_ed_students", "science_expenditure"):
        yield factor(f"{column} times 10", everywhere, [column], 10, *level)
        yield factor(f"{column} times 10 from 2015 on", year.ge(2015), [column], 10, *level)
        for p in parts[:3]:
            yield factor(f"{column} times 10, {p}", of(p), [column], 10, *level)
    yield factor(f"employment in thousands, {parts[1]}", of(parts[1]), ["employment"], 10, *level)

    # roster
    reaches = list(dict.fromkeys(roster["reach"]))
    groups, places = ["groups"], ["coordinates"]

    def moved(mask, reach):
        def change(f, r):
            r.loc[mask, "reach"] = reach

        return change

    for p in parts[:5]:
        inside = roster["province_en"].eq(p)
        own = roster.loc[inside, "reach"].iloc[0]
        for reach in [reach for reach in reaches if reach != own][:2]:
            yield made(f"roster: {p} in the {reach} reach", moved(inside, reach), ["reach"], groups)
        half = inside & (inside.cumsum() % 2 == 0)
        other = next(reach for reach in reaches if reach != own)
        yield made(
            f"roster: half of {p} in the {other} reach", moved(half, other), ["reach"], groups
        )
    rotated = dict(zip(reaches, reaches[1:] + reaches[:1], strict=True))

    def rotate(f, r):
        r["reach"] = r["reach"].map(rotated)

    yield made("roster: reaches rotated", rotate, ["reach"], groups)

    def rows(f, r):
        r[["lon", "lat"]] = np.roll(r[["lon", "lat"]].to_numpy(), 1, axis=0)

    yield made("roster: coordinates shifted by a row", rows, ["lon", "lat"], places)

    def mixed(f, r):
        r[["lon", "lat"]] = r[["lon", "lat"]].to_numpy()[::-1]

    yield made("roster: coordinates upside down", mixed, ["lon", "lat"], places)
