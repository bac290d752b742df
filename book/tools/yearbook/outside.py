"""What figures from outside say: the calendar, the panel and roster before, the map."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from lib.panel import KEY
from tools.yearbook.doubts import FEW, MANY, Book, Doubt
from tools.yearbook.plausible import span
from tools.yearbook.schema import SECTORS

NEIGHBOURS = 6  # nearest cities, of which one is of the same province, and by which a group hangs


def calendar(book: Book, before: pd.DataFrame | None) -> Iterator[Doubt]:
    """All years shifted by one."""
    cells = tuple((code, year) for code in book.cities for year in book.years)

    def doubt(found: str, expected: str) -> Doubt:
        return Doubt("calendar", "refuse", "year", f"all cities, {span(book.years)}", found,
                     expected, "all years shifted by one", cells)  # fmt: skip

    if before is not None:
        total = sum(book[field] for field in SECTORS)
        share = (book["va_secondary"] / total).stack()
        old = before.set_index(KEY)["share_secondary"]

        def agree(by: int) -> float:
            moved = old.rename(index=lambda year: year + by, level="year")
            both = pd.concat([share, moved], axis=1, join="inner").dropna()
            return (
                float((both.iloc[:, 0] - both.iloc[:, 1]).abs().lt(1e-4).mean()) if len(both) else 0
            )

        for by, name in ((-1, "after"), (1, "before")):
            if agree(by) > 0.5 > agree(0):
                yield doubt(f"shares that the panel before had in the year {name}", "the same year")
                return
    index = book["gdp_index"].median()
    if len(book.cities) >= MANY and {2018, 2019, 2020, 2021} <= set(book.years):
        dip = {year: index[year] - max(index[year - 1], index[year + 1]) for year in (2019, 2020)}
        if dip[2019] < -2 and dip[2020] > -2:
            yield doubt("growth that breaks off in 2019", "in 2020, the year of the pandemic")


def replaced(book: Book, before: pd.DataFrame | None) -> Iterator[Doubt]:
    """Columns that are a multiple of those behind the panel that would be replaced."""
    if before is None:
        return
    old = before.set_index(KEY)
    ratios = {
        "fiscal_expenditure": ("gr", book["fiscal_expenditure"] / book["gdp"]),
        "science_expenditure": ("rdi", book["science_expenditure"] / (1e4 * book["gdp"])),
        "higher_ed_students": ("edl", book["higher_ed_students"] / (1e4 * book["resident_pop"])),
        "va_tertiary": ("rissl", book["va_tertiary"] / book["va_secondary"]),
        "registered_pop": ("lm_stock_gross", book["resident_pop"] / book["registered_pop"]),
    }
    for field, (indicator, new) in ratios.items():
        then = old[indicator].unstack().reindex(index=new.index, columns=new.columns)
        then = then + 1 if indicator == "lm_stock_gross" else then
        gap = np.log(new / then)
        limit = 0.05 if indicator == "lm_stock_gross" else 0.3
        for scope, where, cells in book.blocks(gap.abs().gt(limit), gap.notna(), 0.6):
            if scope == "city" and len(cells) < FEW:
                continue
            factor = float(np.exp(np.median([gap.at[cell] for cell in cells])))
            found = f"{indicator} at {factor:.2g} times what the panel before has"
            yield Doubt("replaced", "flag", field, where, found, "about the same",
                        "another source, unit or column", cells)  # fmt: skip


def roster(cities: pd.DataFrame, reference: pd.DataFrame | None) -> Iterator[Doubt]:
    """Places outside their province's neighbours, and groups that are not one piece."""
    frame = cities.set_index("city_code")
    names = frame["city_en"]
    if reference is not None:
        old = reference.set_index("city_code").reindex(frame.index)
        far = np.hypot(frame["lon"] - old["lon"], frame["lat"] - old["lat"]).gt(0.5)
        other = old["reach"].notna() & frame["reach"].ne(old["reach"])
        for name, wrong, field in (("coordinates", far, "lon, lat"), ("groups", other, "reach")):
            if wrong.any():
                where = ", ".join(names[wrong][:5]) + (" ..." if wrong.sum() > 5 else "")
                yield Doubt(name, "flag", field, where, f"{int(wrong.sum())} cities elsewhere",
                            "as in the roster before", "cities moved, or rows shifted",
                            tuple((code, 0) for code in frame.index[wrong]))  # fmt: skip
    split = frame.groupby("province_en")["reach"].nunique()
    for province in split.index[split > 1]:
        own = frame.index[frame["province_en"].eq(province)]
        yield Doubt("groups", "flag", "reach", str(province), "cities in more than one group",
                    "one group for a province", "cities in a wrong group",
                    tuple((code, 0) for code in own))  # fmt: skip
    near = _nearest(frame)
    province = frame["province_en"].to_numpy(object)
    large = frame.groupby("province_en")["lon"].transform("size").to_numpy() >= 6
    alone = large & ~(province[near[:, :NEIGHBOURS]] == province[:, None]).any(axis=1)
    # Two cities at the edge of the Belt are so.
    if alone.sum() > max(2, len(frame) / 30):
        where = ", ".join(names[alone][:5])
        yield Doubt("coordinates", "flag", "lon, lat", where, "no city of the province nearby",
                    "cities beside their province's others", "rows of coordinates shifted",
                    tuple((code, 0) for code in frame.index[alone]))  # fmt: skip
    reach = frame["reach"].to_numpy(object)
    for name in sorted(set(reach)):
        own = np.flatnonzero(reach == name)
        pieces = _pieces(near, own)
        if len(own) >= MANY and len(pieces) > 1:
            rest = [frame.index[i] for piece in pieces[1:] for i in piece]
            where = f"{name}: {', '.join(names[rest][:5])}"
            yield Doubt("groups", "flag", "reach", where, f"{len(pieces)} pieces", "one piece",
                        "cities in a wrong group", tuple((code, 0) for code in rest))  # fmt: skip


def _nearest(frame: pd.DataFrame) -> np.ndarray:
    """The other cities in order of distance, a row a city; rounded to a hundred metres."""
    east = frame["lon"].to_numpy() * np.cos(np.deg2rad(frame["lat"].mean()))
    place = np.column_stack([east, frame["lat"].to_numpy()])
    apart = np.round(np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1)), 3)
    np.fill_diagonal(apart, np.inf)
    return np.argsort(apart, axis=1, kind="stable")[:, :-1]


def _pieces(near: np.ndarray, own: np.ndarray, neighbours: int = NEIGHBOURS) -> list[list[int]]:
    """Cities of a group that hang together, where the six nearest are neighbours; largest first."""
    left, pieces = set(own.tolist()), []
    linked = {i: set(near[i, :neighbours].tolist()) for i in range(len(near))}
    while left:
        piece, front = set(), {min(left)}
        while front:
            piece |= front
            reach = {
                j for j in left - piece if any(j in linked[i] or i in linked[j] for i in front)
            }
            front = reach
        left -= piece
        pieces.append(sorted(piece))
    return sorted(pieces, key=len, reverse=True)
