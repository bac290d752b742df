"""Tables as economists print them, with the numbers behind them as CSV.

Caption and label stand in the cell's metadata.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from lib import cases, prose, published, verdicts
from lib.prose import escape, mark, number, p_value, starred
from lib.regression import Fit
from lib.specifications import SYMBOL, Column

STARS = "Stars: " + ", ".join(f"{s} {100 * p:g} %" for p, s in prose.LEVELS) + ", two-sided."
Side = tuple[dict[str, list[str]], dict[str, str]]
"""A column of a table of regressions: the two lines of each term, and what is said of the fit."""
FOOT = "City effects", "Year effects", "N", "Cities", "Years", "Adj. R²", "Hausman p"
CLAIMS = (
    "heading symbol printed printed_stars printed_t reading case coef se t p by low high "
    "clustered_p nobs cities verdict verdict_clustered"
).split()
"""The columns of the CSV of claims."""


@dataclass(frozen=True)
class Cell:
    """A cell that shows numbers in words of its own, such as ``−0.83***``.

    Each of its numbers has a column in the CSV, named by the column's heading and the key.
    """

    text: str
    numbers: Mapping[str, Any]

    def __str__(self) -> str:
        return self.text

    @classmethod
    def interval(cls, low: float, high: float, digits: int = 2) -> Cell:
        """An interval, "−2.26 to −1.64"."""
        shown = f"{number(low, digits)} to {number(high, digits)}"
        return cls(shown, {"low": low, "high": high})

    @classmethod
    def estimate(cls, coef: float, low: float, high: float, **more: float) -> Cell:
        """An estimate with its interval, "2.51 (1.01 to 4.00)"; "open": an end without a bound."""
        ends = [number(end, 2) if np.isfinite(end) else "open" for end in (low, high)]
        numbers = {"coef": coef, "low": low, "high": high, **more}
        return cls(f"{number(coef, 2)} ({' to '.join(dict.fromkeys(ends))})", numbers)


@dataclass(frozen=True)
class Table:
    """A table in the forms in which a notebook and a page show it, and its numbers as CSV.

    `frame` is shown cell by cell; the first column, of row headings, and `words` are set to the
    left, others as figures.  The CSV has `numbers`, one number or one word a cell, or the `frame`.
    """

    frame: pd.DataFrame
    note: str = ""
    words: tuple[str, ...] = ()
    numbers: pd.DataFrame | None = None

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """The CSV; the other forms have methods of their own."""
        return {"text/csv": as_csv(self.frame if self.numbers is None else self.numbers)}

    def __repr__(self) -> str:
        return f"{self.frame.astype(str).to_string(index=False)}\n{self.note}".rstrip()

    def _repr_markdown_(self) -> str:
        rows = [self.frame.columns, *self.frame.astype(str).to_numpy()]
        head, *rows = ([escape(cell) for cell in row] for row in rows)
        left = {self.frame.columns[0], *self.words}
        rule = "|".join(":--" if name in left else "--:" for name in self.frame.columns)
        lines = [f"| {' | '.join(row)} |" for row in (head, *rows)]
        return "\n".join([lines[0], f"|{rule}|", *lines[1:]])

    def _repr_html_(self) -> str:
        note = f"<p>{html.escape(self.note)}</p>" if self.note else ""
        return self.frame.astype(str).to_html(index=False, border=0) + note


def as_csv(frame: pd.DataFrame) -> str:
    """A frame as CSV text in which every cell holds one number or one word.

    A :class:`Cell`, or another object with `numbers`, takes a column for each of them.  Numbers
    have six significant digits, and what is below 1e-12 is zero: the last bits of a float differ
    between processors.  What is missing is empty.
    """
    columns: dict[str, list[str]] = {}
    for name in frame.columns:
        parts = [getattr(value, "numbers", {"": value}) for value in frame[name].tolist()]
        keys = dict.fromkeys(key for part in parts for key in part)
        texts = {key: [_plain(part.get(key)) for part in parts] for key in keys}
        filled = {key: part for key, part in texts.items() if any(part)}
        columns |= {f"{name} {key}".strip(): part for key, part in (filled or texts).items()}
    return pd.DataFrame(columns).to_csv(index=False, lineterminator="\n")


def _plain(value: Any) -> str:
    if value is None or value is pd.NA or value == "–":
        return ""
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{0.0 if abs(value) < 1e-12 else value:.6g}"
    return SYMBOL.get(value, value) if isinstance(value, str) else str(value)


def show(frame: pd.DataFrame, digits: int = 3, index: str | None = None) -> Table:
    """A table of any DataFrame: floats rounded, p-values as such, other cells as they are.

    A column with the word "p" in its name holds p-values.  With `index`, the index is the first
    column, under this name.
    """
    shown = frame if index is None else frame.rename_axis(index).reset_index()
    cells, words = {}, []
    for name in shown.columns:
        column = shown[name].tolist()
        is_p = bool({"p", "P"} & set(str(name).replace(",", " ").split()))
        cells[str(name)] = [_shown(value, digits, is_p) for value in column]
        if not all(map(_is_figure, column)):
            words.append(str(name))
    return Table(pd.DataFrame(cells), "", tuple(words), shown)


def _shown(value: Any, digits: int, is_p: bool) -> str:
    if value is None or isinstance(value, float):
        return p_value(value) if is_p else number(value, digits)
    if isinstance(value, int) and value > 9999:
        return f"{value:,}"
    return SYMBOL.get(value, value) if isinstance(value, str) else str(value)


def _is_figure(value: Any) -> bool:
    """Whether a cell is set as a figure: a number, numbers in other words than its own, a dash."""
    if hasattr(value, "numbers"):
        return not re.search(r"[^\W\d_]{3}", str(value))
    number = isinstance(value, Real) and not isinstance(value, bool)
    return number or value is None or value == "–"


def _of_print(column: Column) -> Side:
    """The printed lines of each term, and those below the terms."""
    cells = published.coefficients(column.table)
    cells = cells[cells["column"].eq(column.key)].set_index("row")
    lines = {str(term): [starred(cell["coef"], cell["stars"]), f"t {number(cell['t'], 3)}"]
             for term, cell in cells.iterrows()}  # fmt: skip
    foot = {"City effects": "yes", "Year effects": "yes"}
    foot |= {name: published.text(column.table, column.key, row)
             for name, row in (("Adj. R²", "adj_r2"), ("Hausman p", "hausman_p"))}  # fmt: skip
    return lines, foot


def _of_fit(fit: Fit) -> tuple[dict[str, list[str]], dict[str, str], pd.DataFrame]:
    """The lines of each term of a regression, those below the terms, and the errors."""
    errors = cases.errors(fit, ("province", "city", "clustered"))
    by = "province" if errors["province_p"].notna().any() else "city"
    lines = {
        str(term): [
            starred(own["coef"], mark(own[f"{by}_p"]), 2),
            f"({starred(own[f'{by}_se'], '', 2)}) [{starred(own['clustered_se'], '', 2)}]",
        ]
        for term, own in errors.iterrows()
    }
    rows, y = fit.rows, fit.rows[fit.y]
    cities, units = rows["city"].nunique(), rows.groupby(list(fit.unit or ["city"])).ngroups
    effects = "city × recount" if units > cities else "yes"
    left = (fit.residuals**2).sum() / fit.df_resid / y.var()
    return lines, {
        "City effects": effects if fit.unit else "no",
        "Year effects": "yes" if fit.time else "no",
        "N": f"{len(rows):,}",
        "Cities": str(cities),
        "Years": f"{rows['year'].min()}–{rows['year'].max()}",
        "Adj. R²": number(1 - left, 3),
    }, errors.assign(by=by)  # fmt: skip


def _lines(sides: Mapping[str, Side]) -> list[dict[str, str]]:
    """The rows of a table of regressions: two for each term, then what is said of each fit."""
    terms = dict.fromkeys(term for lines, _ in sides.values() for term in lines)
    rows = [
        {"": SYMBOL.get(term, term) if place == 0 else ""}
        | {head: lines.get(term, ("–", "–"))[place] for head, (lines, _) in sides.items()}
        for term in terms
        for place in (0, 1)
    ]
    feet = [name for name in FOOT if any(name in said for _, said in sides.values())]
    return rows + [
        {"": name} | {head: said.get(name, "–") for head, (_, said) in sides.items()}
        for name in feet
    ]


def printed(columns: Sequence[Column]) -> Table:
    """A table of the paper as it was printed: coefficient and stars, t below."""
    sides = {column.heading: _of_print(column) for column in columns}
    return Table(pd.DataFrame(_lines(sides)), f"t as printed. {STARS}")


def beside(
    columns: Sequence[Column],
    fits: Mapping[tuple[str, str, str], Fit],
    hausman: Mapping[tuple[str, str, str], float] | None = None,
) -> Table:
    """Columns of the paper, each printed beside its regressions.

    `fits` are regressions with clusters by city and by province, and `hausman` p-values, both by
    the name of a reading, the key of a case, and the heading of a column; what there is not shows a
    dash.  The CSV has a row for each slope, with its errors.
    """
    lines, numbers, by = [], [], set()
    for column in columns:
        of_print, said = _of_print(column)
        if hausman is None:
            del said["Hausman p"]
        sides = {"Printed": (of_print, said)}
        for key in dict.fromkeys(key[:2] for key in fits):
            place = (*key, column.heading)
            name = f"{key[0].capitalize()}, {cases.SHORT[key[1]]}"
            sides[name] = {}, {}
            if place in fits:
                of_terms, foot, errors = _of_fit(fits[place])
                if hausman is not None:
                    foot["Hausman p"] = p_value(hausman.get(place))
                sides[name] = of_terms, foot
                by |= {*errors["by"]}
                own = {"column": column.heading, "reading": key[0], "case": key[1]}
                numbers.append(errors.reset_index(names="term").assign(**own, **foot))
        lines += [{"": column.heading}] * (len(columns) > 1) + _lines(sides)
    note = (
        "Below each of our slopes stand two standard errors. The first, in ( ), comes from the "
        "jackknife, by province or by city as the head of the table says; our stars follow from "
        "it. The second, in [ ], is clustered by city. Below a printed slope stands its printed t. "
        f"“City × recount”: a city has a new effect from each recount of its residents on. {STARS}"
    )
    frame = pd.DataFrame(lines).fillna("")
    frame = frame.rename(columns={"": f"Errors by {' or '.join(sorted(by))}"})
    return Table(frame, note, numbers=pd.concat(numbers, ignore_index=True))


def claims(slopes: pd.DataFrame, whole: bool = False) -> Table:
    """A row for each sign that the paper prints with stars, and our verdicts on it.

    `slopes` are as from :func:`lib.cases.slopes`; a column has one reading in one case.  With
    `whole`, every printed coefficient has a row, and slope and standard error stand before the
    verdict.  The CSV has a row for each slope.
    """
    judged = verdicts.judge(slopes)
    same, other = judged["verdict"].eq(judged["clustered"]), " [" + judged["clustered"] + "]"
    said = judged["verdict"].where(same, judged["verdict"] + other)
    printed = judged.groupby(["heading", "row"], sort=False)[["printed", "stars"]].first()
    if whole:
        ours = [starred(own["coef"], mark(own["p"]), 2) + f" ({starred(own['se'], '', 2)}) "
                for _, own in judged.iterrows()]  # fmt: skip
        said = ours + said
    else:
        printed = printed[printed["stars"].ne("")]
    wide = said.unstack(["reading", "case"]).loc[printed.index].fillna("–")
    frame = pd.DataFrame({
        "Claim": [f"{heading}: {SYMBOL.get(row, row)}" for heading, row in wide.index],
        "Printed": list(map(starred, printed["printed"], printed["stars"])),
        **{f"{reading.capitalize()}, {cases.SHORT[case]}": wide[reading, case].tolist()
           for reading, case in wide},
    })  # fmt: skip
    numbers = judged.assign(printed_stars=judged["stars"].str.len()).reset_index()
    numbers = numbers.rename(columns={"row": "symbol", "clustered": "verdict_clustered"})
    note = "In [ ] stands the verdict by errors clustered by city, where it differs."
    if whole:
        note = f"In ( ) the standard error that decides. {note} {STARS}"
    return Table(frame, note, tuple(frame.columns[2:]), numbers.replace({"symbol": SYMBOL})[CLAIMS])
