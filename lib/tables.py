"""Tables as economists print them, with the numbers behind them as CSV.

Caption and label stand in the cell's metadata.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from lib import prose, published
from lib.cases import SHORT
from lib.prose import MINUS, escape, mark, number, p_value, starred
from lib.specifications import SYMBOL, Column

STARS = "Stars: " + ", ".join(f"{s} {100 * p:g} %" for p, s in prose.LEVELS) + ", two-sided."
Digits = int | Callable[..., str]


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
        rule = "|".join(":--" if left else "--:" for left in self._left())
        lines = [f"| {' | '.join(row)} |" for row in (head, *rows)]
        return "\n".join([lines[0], f"|{rule}|", *lines[1:]])

    def _repr_html_(self) -> str:
        note = f"<p>{html.escape(self.note)}</p>" if self.note else ""
        return self.frame.astype(str).to_html(index=False, border=0) + note

    def _repr_latex_(self) -> str:
        columns = "".join("l" if left else "r" for left in self._left())
        text = self.frame.astype(str).to_latex(index=False, escape=True, column_format=columns)
        return text.translate(_LATEX)

    def _left(self) -> list[bool]:
        return [name in {self.frame.columns[0], *self.words} for name in self.frame.columns]


_LATEX = str.maketrans({
    MINUS: "$-$", "–": "--", "×": r"$\times$", "χ": r"$\chi$", "²": "$^2$", "<": "$<$", ">": "$>$"
})  # fmt: skip


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


def show(
    frame: pd.DataFrame, digits: Digits | Mapping[str, Digits] = 3, index: str | None = None
) -> Table:
    """A table of any DataFrame: floats rounded, p-values as such, other cells as they are.

    `digits` are those of floats, or what turns them into text, by column where they differ; a
    column with the word "p" in its name holds p-values.  With `index`, the index is the first
    column, under this name.
    """
    shown = frame if index is None else frame.rename_axis(index).reset_index()
    cells, words = {}, []
    for name in shown.columns:
        column = shown[name].tolist()
        as_text = digits.get(name, 3) if isinstance(digits, Mapping) else digits
        if not callable(as_text) and {"p", "P"} & set(str(name).replace(",", " ").split()):
            as_text = p_value
        cells[str(name)] = [_shown(value, as_text) for value in column]
        if not all(map(_is_figure, column)):
            words.append(str(name))
    return Table(pd.DataFrame(cells), "", tuple(words), shown)


def _shown(value: Any, as_text: Digits) -> str:
    if value is None or isinstance(value, float):
        return as_text(value) if callable(as_text) else number(value, as_text)
    if isinstance(value, int) and value > 9999:
        return f"{value:,}"
    return SYMBOL.get(value, value) if isinstance(value, str) else str(value)


def _is_figure(value: Any) -> bool:
    """Whether a cell is set as a figure: a number, numbers in other words than its own, a dash."""
    if hasattr(value, "numbers"):
        return not re.search(r"[^\W\d_]{3}", str(value))
    number = isinstance(value, Real) and not isinstance(value, bool)
    return number or value is None or value == "–"


Side = tuple[dict[str, list[str]], dict[str, str], list[dict[str, Any]]]
"""A column of a table of regressions: the lines of each term, those of the fit, and the CSV's."""


def _of_print(column: Column, digits: int = 2) -> Side:
    """The printed cells of a column, t with some digits; the CSV counts the stars."""
    cells = published.coefficients(column.table)
    cells = cells[cells["column"].eq(column.key)].set_index("row")
    fit = {row: published.text(column.table, column.key, row) for row in ("adj_r2", "hausman_p")}
    words = {"Adj. R²": fit["adj_r2"], "Hausman p": fit["hausman_p"]}
    words |= dict.fromkeys(("City effects", "Year effects"), "yes")
    lines, numbers = {}, []
    for term, cell in cells.iterrows():
        lines[str(term)] = [starred(cell["coef"], cell["stars"]), f"({number(cell['t'], digits)})"]
        numbers.append({
            "term": SYMBOL.get(term, term), "coef": cell["coef"], "t_printed": cell["t"],
            "stars_printed": len(cell["stars"]), **fit,
        })  # fmt: skip
    return lines, words, numbers


def printed(columns: Sequence[Column]) -> Table:
    """A table of the paper as it was printed: coefficient and stars, t below in brackets."""
    sides = {column.heading: _of_print(column, 3) for column in columns}
    terms = dict.fromkeys(term for lines, *_ in sides.values() for term in lines)
    tail = dict.fromkeys(name for _, words, _ in sides.values() for name in words)
    frame = {"": [cell for term in terms for cell in (SYMBOL.get(term, term), "")] + [*tail]}
    for heading, (lines, words, _) in sides.items():
        frame[heading] = [cell for term in terms for cell in lines.get(term, ["–", ""])]
        frame[heading] += [words[name] for name in tail]
    numbers = [{"column": name, **line} for name, (*_, lines) in sides.items() for line in lines]
    return Table(pd.DataFrame(frame), "t in brackets, as printed.", numbers=pd.DataFrame(numbers))


def beside(
    columns: Sequence[Column], fits: Mapping[tuple[str, str], Any], slopes: pd.DataFrame
) -> Table:
    """Columns of the paper, each printed beside its regressions, with both errors.

    `fits` are results of linearmodels by the name of a reading and the heading of a column; their
    errors are clustered by city, and a column without one shows dashes.  `slopes` are as from
    :func:`lib.cases.slopes`, whose first case gives the t of the error that decides.
    """
    case = slopes.index.unique("case")[0]
    ours = slopes.xs(case, level="case")
    readings = list(dict.fromkeys(reading for reading, _ in fits))
    lines: list[dict[str, str]] = []
    numbers: list[dict[str, Any]] = []
    for column in columns:
        printed, words, cells = _of_print(column)
        shown = {"Printed": (printed, words)}
        for reading in readings:
            fit = fits.get((reading, column.heading))
            shown[reading.capitalize()] = _of_fit(fit, ours, (reading, column.heading))
            for term, cell in zip(printed, cells, strict=True):
                own = ours.loc[(reading, column.heading, term)].to_dict()
                numbers.append({"column": column.heading, "reading": reading} | cell | own)
        title = [{"": column.heading}] if len(columns) > 1 else []
        terms = [
            {"": SYMBOL.get(term, term) if place == 0 else ""}
            | {name: side.get(term, ("–", ""))[place] for name, (side, _) in shown.items()}
            for term in printed
            for place in (0, 1)
        ]
        lines += title + terms
        for name in dict.fromkeys(name for _, said in shown.values() for name in said):
            foot = {head: said.get(name, "–") for head, (_, said) in shown.items()}
            lines.append({"": name} | foot)
    frame = pd.DataFrame(lines).fillna("")
    by = "by province" if ours["province_t"].notna().any() else "by city"
    note = (
        f"Each of our slopes has two t: the t in ( ) uses the standard error {by} (jackknife), and "
        "the t in [ ] the standard error clustered by city. Our stars follow from the t in ( ). "
        f"Below a printed slope stands its printed t. {STARS}"
    )
    return Table(frame, note, numbers=pd.DataFrame(numbers))


def _of_fit(
    fit: Any, slopes: pd.DataFrame, key: tuple[str, str]
) -> tuple[dict[str, list[str]], dict[str, str]]:
    """The lines of each term of a regression by linearmodels, and those of its fit."""
    if fit is None:
        return {}, {}
    lines = {}
    for term, own in slopes.xs(key, level=[0, 1]).iterrows():
        by = "province" if pd.notna(own["province_t"]) else "city"
        t, clustered = number(own[f"{by}_t"]), number(fit.tstats[term])
        slope = starred(fit.params[term], mark(own[f"{by}_p"]))
        lines[str(term)] = [slope, f"({t}) [{clustered}]"]
    left = (1 - fit.rsquared_inclusive) * (fit.nobs - 1) / fit.df_resid
    years = fit.resids.index.get_level_values(1)
    return lines, {
        "Adj. R²": number(1 - left, 3),
        "N": f"{int(fit.nobs):,}",
        "Cities": str(int(fit.entity_info["total"])),
        "Years": f"{years.min()}–{years.max()}",
    }


def over_cases(said: pd.DataFrame, slopes: pd.DataFrame) -> Table:
    """Each claim of the paper: printed, ours in the first case, its range, and both verdicts.

    `said` is as from :func:`lib.verdicts.judge`, and what claims nothing is left out.  The CSV has
    all `slopes`, as from :func:`lib.cases.slopes`, a row per slope and case.
    """
    claims = said[said["verdict"].ne("no claim")].reset_index()
    key = ["heading", "row", "reading"]
    # "stock, average" stands with "stock".
    kind = claims["reading"].str.partition(",")[0].sort_values(kind="stable")
    lines = []
    claims = claims.loc[kind.index]
    place = claims.groupby(key[:2], sort=False).ngroup().sort_values(kind="stable")
    for (heading, row, reading), over in claims.loc[place.index].groupby(key, sort=False):
        first = over.iloc[0]
        turned = ", ".join(SHORT[case] for case in first["turns"]) or "–"
        turned = "all others" if 1 < len(first["turns"]) == len(over) - 1 else turned
        lines.append({
            "Cell": f"{heading.removesuffix(' reach')}: {SYMBOL.get(row, row)}",
            "Reading": reading,
            "Printed": starred(first["printed"], first["stars"]),
            "Paper's case": starred(first["coef"], mark(first["p"]), 2),
            "p": p_value(first["p"]),
            "All cases": prose.span(over["coef"]).replace(" ", "\N{NO-BREAK SPACE}"),
            "Verdict": first["verdict"],
            "Clustered by city": first["clustered"],
            "Other verdict in": turned,
        })  # fmt: skip
    words = ("Reading", "Verdict", "Clustered by city", "Other verdict in")
    numbers = slopes.join(said[["verdict", "clustered"]]).reset_index().replace({"row": SYMBOL})
    return Table(pd.DataFrame(lines), STARS, words, numbers)
