"""What was read, and what it would move: said before anything is replaced.

A receipt holds ratios and rates, no level of a yearbook, so that it can be shown to anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lib import panel, prose
from lib.panel import DataError
from lib.specifications import COLUMNS, CONTROLS, READINGS, Column, Reading, rows
from lib.strictcsv import SHOWN
from lib.within import leave_one_out
from tools.yearbook.clean import STRUCK
from tools.yearbook.judge import Finding
from tools.yearbook.schema import FIELDS

if TYPE_CHECKING:
    from tools.yearbook.derive import Derived

WEIGHED = 8  # findings whose weight on the coefficients is computed; the largest factors first
ENOUGH = 0.5
"""Share of the city-years with REG in which a control must be known to enter Model 2."""


def standing(folder: Path, cities: pd.DataFrame) -> pd.DataFrame | None:
    """The panel of a folder, if there is one and it is of some of these cities."""
    try:
        roster = panel.load_cities(folder / "cities.csv")
        if set(roster["city_code"]) & set(cities["city_code"]):
            return panel.load(folder / "indicators.csv", roster)
    except DataError:
        pass
    return None


def readings(data: pd.DataFrame) -> tuple[Reading, ...]:
    """The readings of LM that a panel has; without any natural growth, those gross of it."""
    known = tuple(each for each in READINGS if data[each.mobility].notna().any())
    gross = (
        replace(each, name=f"gross {each.name}", mobility=f"{each.mobility}_gross")
        for each in READINGS
    )
    return known or tuple(each for each in gross if data[each.mobility].notna().any())


def controls(data: pd.DataFrame) -> tuple[str, ...]:
    """The controls of Model 2 that are known in at least half of the city-years with REG."""
    known = data.loc[data["reg"].notna(), [name.lower() for name in CONTROLS]].notna().mean()
    return tuple(name for name in CONTROLS if known[name.lower()] >= ENOUGH)


def _estimates(
    data: pd.DataFrame, of: Sequence[Reading] = READINGS, asked: Sequence[Column] = COLUMNS
) -> pd.DataFrame:
    """Coefficients under each reading, of the columns that can be estimated."""
    found = {}
    for reading, column in product(of, asked):
        try:
            # Slopes and jackknife are all that a receipt says, and come without the other errors.
            fit = leave_one_out(rows(data, reading, column), "REG", column.terms)
        except DataError:
            continue
        table = fit.table.assign(coef=fit.coef)[["coef", "se", "p"]]
        for term, *each in table.itertuples(name=None):
            found[reading.name, column.heading, term] = each
    index = pd.MultiIndex.from_tuples(list(found), names=["reading", "column", "term"])
    return pd.DataFrame(list(found.values()), index, ["coef", "se", "p"], dtype=float)


def ordered(
    findings: Sequence[Finding], data: pd.DataFrame, without: Callable[[Finding], pd.DataFrame]
) -> list[Finding]:
    """Findings, those first that move a coefficient of Models 1 and 2 most if they are taken out.

    `data` is the panel as it is; `without` gives the panel without a finding.
    """
    years = int(data["year"].min()), int(data["year"].max())
    asked = [Column(1, "1", "Model 1", ("LM", "IA"), years),
             Column(1, "2", "Model 2", ("LM_IA", *controls(data)), years)]  # fmt: skip
    of = readings(data)
    before = _estimates(data, of, asked)
    size = [abs(np.log(f.factor)) * len(f.cells) if f.factor > 0 else 0.0 for f in findings]
    out = list(findings)
    for place in sorted(range(len(out)), key=lambda i: -size[i])[:WEIGHED]:
        if size[place]:
            after = _estimates(without(out[place]), of, asked)
            move = ((after["coef"] - before["coef"]) / before["se"]).abs().max()
            out[place] = replace(out[place], move=round(float(move), 6))
    return sorted(out, key=lambda f: (f.grade != "refuse", -f.move if f.move == f.move else 0))


def coefficients(new: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Say which of the printed tables' coefficients would move, and by how much.

    Parameters
    ----------
    new, before : DataFrame
        As :func:`lib.panel.load` gives them.

    Returns
    -------
    DataFrame
        reading, column, term, before, after (with stars, city jackknife), move (in standard errors
        of the one before), turned (whether sign or stars change); those first, then the largest
        moves.  Empty where nothing moves.
    """
    one, two = _estimates(before).add_suffix("_1"), _estimates(new).add_suffix("_2")
    both = one.join(two, how="outer")
    table = both.index.to_frame(index=False)
    for side, name in (("1", "before"), ("2", "after")):
        pairs = zip(both[f"coef_{side}"], both[f"p_{side}"], strict=True)
        table[name] = [prose.stars(coef, p) if coef == coef else "–" for coef, p in pairs]
    table["move"] = ((both["coef_2"] - both["coef_1"]) / both["se_1"]).to_numpy().round(4)
    marks = [table[name].str.replace(r"[\d.,]", "", regex=True) for name in ("before", "after")]
    table["turned"] = marks[0].ne(marks[1])
    size = table["move"].abs().fillna(np.inf)
    table = table.assign(still=~table["turned"], size=-size)[size.gt(0.0005) | table["turned"]]
    table = table.sort_values(["still", "size"], kind="stable", ignore_index=True)
    return table.drop(columns=["still", "size"])


def write(source: str, made: Derived, before: pd.DataFrame | None = None) -> list[str]:
    """Word the receipt, line by line, what turns first.

    Parameters
    ----------
    source : str
        The yearbook's path.
    made : Derived
        As :func:`tools.yearbook.derive.derive` gives it.
    before : DataFrame or None
        The panel that is replaced, as :func:`lib.panel.load` gives it, if any is.
    """
    none = ["compares with no panel of these cities"]
    lines = [f"receipt of {source}", *(none if before is None else _moved(made.loaded, before))]
    flags = [each for each in made.findings if each.grade == "flag"]
    lines.append(f"flagged: {len(flags)} findings, by what they move" if flags else "flags nothing")
    lines += [f"flag   {each}" for each in flags]
    notes = made.cleaned.notes
    struck = notes[notes["kind"].isin(STRUCK)].sort_values("kind", ascending=False, kind="stable")
    lines += [f"struck, as gaps: {len(struck)} cells"] if len(struck) else []
    lines += [f"  {row.city_code}, {row.year}, {row.field}: {row.detail}"
              for row in struck.head(SHOWN).itertuples()]  # fmt: skip
    lines += [f"said   {text}" for text in made.said]
    lines += [f"assumed {text}" for text in made.assumed]
    missing = made.yearbook[list(FIELDS)].isna().sum()
    each = ", ".join(f"{count:,} of {name}" for name, count in missing[missing > 0].items())
    return [*lines, f"misses {each or 'no cell'}"]


def _moved(new: pd.DataFrame, old: pd.DataFrame) -> list[str]:
    lines, table = [], coefficients(new, old)
    for turned, words in ((True, "turns the sign or the stars of {} coefficients"),
                          (False, "moves {} more coefficients")):  # fmt: skip
        part = table[table["turned"].eq(turned)]
        lines.append(words.format(len(part)))
        for row in part.itertuples():
            size = "" if np.isnan(row.move) else f" ({row.move:+.3f} standard errors)"
            where = f"{row.reading}, {row.column}, {row.term}"
            lines.append(f"  {where}: {row.before} to {row.after}{size}")
    if lost := set(old["city_code"]) - set(new["city_code"]):
        lines.append(f"has {len(lost)} cities fewer than the panel before")
    return lines
