"""Tables as economists print them, with the numbers behind them as CSV.

Caption and label stand in the cell's metadata.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from lib import prose, published
from lib import verdicts as judging
from lib.cases import SHORT
from lib.estimation import Estimate
from lib.prose import MINUS, escape, mark, number, p_value, starred
from lib.specifications import SYMBOL, Column
from lib.two_stage import IVEstimate

NO_BREAK = "\N{NO-BREAK SPACE}"
STARS = "Stars: *** 1 %, ** 5 %, * 10 %, two-sided."
Digits = int | Callable[..., str]
KINDS = {
    "province": ("({})", "jackknife by province"),
    "jackknife": ("[{}]", "jackknife by city only"),
}
"""Brackets of a t and their meaning, by the error that decides."""


@dataclass(frozen=True)
class Cell:
    """A cell that shows numbers in words of its own.

    Attributes
    ----------
    text : str
        What a reader sees, such as ``−0.83***``.
    numbers : mapping from str to number
        What stands in the CSV: a column each, named by the column's heading and the key.
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

    Attributes
    ----------
    frame : DataFrame
        What is shown, cell by cell; the first column holds the row headings, column names are the
        head.
    note : str
        What the cells mean (brackets, stars); the page adds the cell's own note.
    words : tuple of str
        Columns set to the left; the first always is, others are set as figures.
    numbers : DataFrame, optional
        What the CSV holds, one number or one word a cell; `frame` where it is not given.
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
        left = {self.frame.columns[0], *self.words}
        rule = "|".join(":--" if name in left else "--:" for name in self.frame.columns)
        rows = [list(self.frame.columns), *self._rows()]
        lines = ["| " + " | ".join(escape(cell) for cell in row) + " |" for row in rows]
        return "\n".join([lines[0], f"|{rule}|", *lines[1:]])

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in self.frame.columns)
        body = "".join(
            f'<tr><th scope="row">{html.escape(first)}</th>'
            + "".join(f"<td>{html.escape(cell)}</td>" for cell in rest)
            + "</tr>"
            for first, *rest in self._rows()
        )
        note = f"<p>{html.escape(self.note)}</p>" if self.note else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}"

    def _repr_latex_(self) -> str:
        left = {self.frame.columns[0], *self.words}
        columns = "".join("l" if name in left else "r" for name in self.frame.columns)
        lines = [rf"\begin{{tabular}}{{{columns}}}\toprule"]
        lines += [
            " & ".join(name.translate(_LATEX) for name in self.frame.columns) + r" \\ \midrule"
        ]
        lines += [
            " & ".join(cell.translate(_LATEX) for cell in row) + r" \\" for row in self._rows()
        ]
        return "\n".join([*lines, r"\bottomrule\end{tabular}"])

    def _rows(self) -> list[list[str]]:
        return self.frame.astype(str).to_numpy().tolist()


_LATEX = str.maketrans({
    "\\": r"\textbackslash{}", "%": r"\%", "&": r"\&", "_": r"\_", "#": r"\#", "$": r"\$",
    "{": r"\{", "}": r"\}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    "<": "$<$", ">": "$>$", MINUS: "$-$", "–": "--", "×": r"$\times$", "χ": r"$\chi$", "²": "$^2$",
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
        keys = dict.fromkeys(key for each in parts for key in each)
        texts = {key: [_plain(each.get(key)) for each in parts] for key in keys}
        filled = {key: each for key, each in texts.items() if any(each)}
        columns |= {f"{name} {key}".strip(): each for key, each in (filled or texts).items()}
    return pd.DataFrame(columns).to_csv(index=False, lineterminator="\n")


def _plain(value: Any) -> str:
    if value is None or value is pd.NA or value == "–":
        return ""
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{0.0 if abs(value) < 1e-12 else value:.6g}"
    return SYMBOL.get(value, value) if isinstance(value, str) else str(value)


def show(
    frame: pd.DataFrame,
    digits: Digits | Mapping[str, Digits] = 3,
    index: str | None = None,
) -> Table:
    """A table of any DataFrame: floats rounded, p-values as such, other cells as they are.

    Parameters
    ----------
    digits : int or mapping from column to int or function
        Of floats, or what turns them into text; a column with the word "p" in its name holds
        p-values.
    index : str, optional
        Show the index as the first column, under this name.
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
    return (
        value is None or value == "–" or (isinstance(value, Real) and not isinstance(value, bool))
    )


def _coefficient(found: Estimate, term: str) -> list[str]:
    """A coefficient with its stars, and its t; a dash without one."""
    if term not in found.x:
        return ["–", ""]
    own = found.errors(found.decides).loc[term]
    bracket, _ = KINDS[found.decides]
    return [starred(found.coef[term], mark(own["p"])), bracket.format(number(own["t"]))]


def printed(table: int, columns: Sequence[Column]) -> Table:
    """A table of the paper as it was printed: coefficient and stars, t below in brackets."""
    terms = list(published.coefficients(table)["row"].unique())
    tail = ["Adj. R²", "Hausman p", "City effects", "Year effects"]
    out = {"": [*_headings(terms), *tail]}
    out |= {column.heading: _printed_lines(column, terms, tail, 3) for column in columns}
    numbers = [line for column in columns for line in _of_print(column, terms, column.heading)]
    return Table(pd.DataFrame(out), "t in brackets, as printed.", numbers=pd.DataFrame(numbers))


def _headings(terms: Iterable[str]) -> list[str]:
    return [cell for term in terms for cell in (SYMBOL.get(term, term), "")]


def _printed_cells(column: Column) -> tuple[pd.DataFrame, dict[str, str]]:
    """The printed coefficients of a column by term, and its lines of text."""
    cells = published.coefficients(column.table)
    rows = "adj_r2", "hausman_p"
    fit = {row: published.text(column.table, column.key, row) for row in rows}
    return cells[cells["column"].eq(column.key)].set_index("row"), fit


def _printed_lines(
    column: Column, terms: Sequence[str], tail: Sequence[str], digits: int = 2
) -> list[str]:
    cells, fit = _printed_cells(column)
    lines = []
    for term in terms:
        shown = ["–", ""]
        if term in cells.index:
            cell = cells.loc[term]
            shown = [starred(cell["coef"], cell["stars"]), f"({number(cell['t'], digits)})"]
        lines += shown
    words = dict(zip(("Adj. R²", "Hausman p"), fit.values(), strict=True))
    words |= dict.fromkeys(("City effects", "Year effects"), "yes")
    return lines + [words.get(name, "–") for name in tail]


def _of_print(column: Column, terms: Iterable[str], heading: str) -> list[dict[str, Any]]:
    """The printed cells of a column as numbers, a line a term; ``stars`` counts them."""
    cells, fit = _printed_cells(column)
    return [
        {"column": heading, "term": SYMBOL.get(term, term), "coef": cells.loc[term, "coef"],
         "t_printed": cells.loc[term, "t"], "stars_printed": len(cells.loc[term, "stars"]), **fit}
        for term in terms if term in cells.index
    ]  # fmt: skip


def _of_estimate(heading: str, found: Estimate) -> list[dict[str, Any]]:
    """An estimate as numbers, a line a term; what holds for the whole stands in every line."""
    whole: dict[str, Any] = {"adj_r2": found.adj_r2}
    if isinstance(found, IVEstimate):
        whole |= {"instruments": len(found.instruments), "cragg_donald_f": found.cragg_donald}
        whole |= {"kleibergen_paap_f": found.kleibergen_paap}
    whole |= {"n": found.nobs, "cities": found.n_entities}
    whole |= {"first_year": min(found.years), "last_year": max(found.years)}
    out = []
    for term in found.x:
        line = {"column": heading, "term": SYMBOL.get(term, term), "coef": found.coef[term]}
        for kind in judging.KINDS:
            if (errors := getattr(found, kind)) is not None:
                line |= {f"{name}_{kind}": errors.loc[term, name] for name in ("se", "t", "p")}
        out.append(line | whole)
    return out


def regression(
    found: Mapping[str, Estimate],
    printed_columns: Sequence[Column] = (),
) -> Table:
    """Regressions side by side: coefficients, t by the error that decides, fit, rows, years.

    The CSV has all kinds of errors.

    Parameters
    ----------
    found : mapping from heading to Estimate
        In the order of the columns; 2SLS estimates add what judges their instruments.
    printed_columns : sequence of Column
        Put the paper's own cells to the left, a column each.
    """
    terms = list(dict.fromkeys(term for each in found.values() for term in each.x))
    tail = ["Adj. R²"]
    weak = any(isinstance(each, IVEstimate) for each in found.values())
    tail += ["Instruments", "Cragg–Donald F", "Kleibergen–Paap F"] if weak else []
    tail += ["N", "Cities", "Years"]
    out = {"": [*_headings(terms), *tail]}
    numbers = []
    for column in printed_columns:
        heading = f"{column.heading}, printed"
        out[heading] = _printed_lines(column, terms, tail)
        numbers += _of_print(column, terms, heading)
    estimated = []
    for heading, each in found.items():
        estimated += _of_estimate(heading, each)
        lines = [line for term in terms for line in _coefficient(each, term)]
        lines.append(number(each.adj_r2, 3))
        if isinstance(each, IVEstimate):
            lines += [str(len(each.instruments))]
            lines += [number(each.cragg_donald), number(each.kleibergen_paap)]
        elif weak:
            lines += ["–"] * 3
        lines += [f"{each.nobs:,}", str(each.n_entities), span(each)]
        out[heading] = lines
    used = {each.decides for each in found.values()}
    brackets = ", ".join(mark.format(name) for kind, (mark, name) in KINDS.items() if kind in used)
    legend = f"t below: {brackets}. {STARS}"
    return Table(pd.DataFrame(out), legend, numbers=pd.DataFrame([*estimated, *numbers]))


def panels(columns: Sequence[Column], found: Mapping[str, Mapping[str, Estimate]]) -> Table:
    """A table of the paper, printed | flow | stock, its columns one below the other.

    Parameters
    ----------
    columns : sequence of Column
    found : mapping from heading of a reading to ``Column.key`` to Estimate
    """
    frames, numbers = [], []
    for column in columns:
        each = {heading: estimates[column.key] for heading, estimates in found.items()}
        own = regression(each, (column,))
        frame = own.frame.set_axis(["", "Printed", *found], axis=1)
        title = pd.DataFrame([[column.heading] + [""] * (len(found) + 1)], columns=frame.columns)
        frames += [title, frame]
        assert own.numbers is not None
        numbers.append(own.numbers.replace({"column": f"{column.heading}, printed"}, "Printed"))
    whole = pd.concat(numbers, keys=[c.heading for c in columns], names=["panel"])
    return Table(
        pd.concat(frames, ignore_index=True),
        own.note,
        numbers=whole.reset_index("panel").reset_index(drop=True),
    )


def span(found: Estimate) -> str:
    """The years that an estimate really uses, as 2009–2021."""
    return f"{min(found.years)}–{max(found.years)}"


def verdicts(ledger: pd.DataFrame, cases: pd.DataFrame | None = None) -> Table:
    """Printed beside recomputed, a row per cell and reading, with the verdict and what decides.

    Parameters
    ----------
    ledger : DataFrame
        As from :func:`lib.verdicts.ledger`, all kinds of errors.
    cases : DataFrame, optional
        As from :func:`lib.cases.verdicts`: adds the cases that turn a verdict.
    """
    cells = judging.decided(ledger)
    # The readings of a cell stand together, cells in the order of the paper.
    place = cells.groupby(["column", "row"], sort=False).ngroup()
    cells = cells.loc[place.sort_values(kind="stable").index]
    by_city = ledger[ledger["errors"].eq("jackknife")].set_index(["reading", "column", "row"])["p"]
    cells = cells.join(by_city.rename("city_p"), on=by_city.index.names)
    out = pd.DataFrame({
        "Cell": cells["heading"] + ": " + cells["symbol"],
        "Reading": cells["reading"],
        "Verdict": cells["verdict"],
        "Printed": list(map(starred, cells["printed"], cells["printed_stars"])),
        "Recomputed": list(map(starred, cells["coef"], cells["p"].map(mark))),
        "p": cells["p"].map(p_value),
        "By": cells["by"],
    })  # fmt: skip
    numbers = cells[[
        "heading", "symbol", "printed", "printed_stars", "printed_t", "reading", "coef", "se", "t",
        "p", "by", "low", "high", "city_p", "nobs", "cities", "verdict", "z_size",
    ]]  # fmt: skip
    numbers = numbers.assign(printed_stars=numbers["printed_stars"].str.len())
    words = ["Reading", "Verdict", "By"]
    if cases is not None:
        turns = cells.merge(cases.xs("paper", level="case").reset_index()[
            ["reading", "heading", "row", "turns"]], how="left")["turns"]  # fmt: skip
        said = turns.map(lambda keys: ", ".join(keys) or "–")
        out["Turned by"], numbers = said.to_list(), numbers.assign(turned_by=said.to_list())
        words.append("Turned by")
    return Table(out, STARS, tuple(words), numbers)


def over_cases(said: pd.DataFrame, slopes: pd.DataFrame) -> Table:
    """Each claim of the paper: printed, ours in the paper's case, its range, and the verdict.

    Parameters
    ----------
    said : DataFrame
        As from :func:`lib.cases.verdicts`; what claims nothing is left out.
    slopes : DataFrame
        As from :func:`lib.cases.slopes`: the numbers of the CSV, a row per slope and case.
    """
    claims = said[said["verdict"].ne("no claim")]
    whole = slopes.reset_index().replace({"row": SYMBOL})
    whole = whole.merge(
        said["verdict"].reset_index().replace({"row": SYMBOL}), "left",
        ["reading", "heading", "row", "case"],
    )  # fmt: skip
    # The readings of a cell stand together, cells in the order of the paper.
    claims = claims.assign(
        place=claims.groupby(["heading", "row"], sort=False).ngroup(),
        kind=claims.index.get_level_values("reading").str.partition(",").get_level_values(0),
    ).sort_values(["place", "kind"], kind="stable")
    lines = []
    for (heading, row, reading), own in claims.groupby(["heading", "row", "reading"], sort=False):
        first = own.iloc[0]
        others = ", ".join(SHORT[case] for case in first["turns"]) or "–"
        lines.append({
            "Cell": f"{heading.removesuffix(' reach')}: {SYMBOL.get(row, row)}",
            "Reading": reading,
            "Printed": starred(first["printed"], first["stars"]),
            "Paper's case": starred(first["coef"], mark(first["p"]), 2),
            "p": p_value(first["p"]),
            "All cases": prose.span(own["coef"]).replace(" ", NO_BREAK),
            "Verdict": first["verdict"],
            "Other verdict in": "all others" if 1 < len(first["turns"]) == len(own) - 1 else others,
        })  # fmt: skip
    words = ("Reading", "Verdict", "Other verdict in")
    return Table(pd.DataFrame(lines), STARS, words, whole)
