"""Tables as economists print them; caption and label stand in the cell's metadata."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from lib import published
from lib.estimation import Estimate
from lib.prose import MINUS, escape, mark, number, p_value, starred
from lib.random_effects import Hausman
from lib.specifications import SYMBOL, Column
from lib.two_stage import IVEstimate

STARS = "Stars: *** 1 %, ** 5 %, * 10 %, two-sided."
KINDS = {"classical": "({})", "clustered": "[{}]", "jackknife": "⟨{}⟩"}
"""Brackets of the three t, in the order in which they stand below a coefficient."""


@dataclass(frozen=True)
class Table:
    """Cells of ready-made text, in the forms in which a notebook and a page show them.

    Attributes
    ----------
    frame : DataFrame of str
        The first column holds the row headings; column names are the head.
    note : str
        What the cells mean (brackets, stars); the page adds the cell's own note.
    words : tuple of str
        Columns set to the left; the first always is, others are set as figures.
    """

    frame: pd.DataFrame
    note: str = ""
    words: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"{self.frame.to_string(index=False)}\n{self.note}".rstrip()

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
        lines += [" & ".join(latex(name) for name in self.frame.columns) + r" \\ \midrule"]
        lines += [" & ".join(latex(cell) for cell in row) + r" \\" for row in self._rows()]
        return "\n".join([*lines, r"\bottomrule\end{tabular}"])

    def _rows(self) -> list[list[str]]:
        return self.frame.astype(str).to_numpy().tolist()


_LATEX = {
    "\\": r"\textbackslash{}", "%": r"\%", "&": r"\&", "_": r"\_", "#": r"\#", "$": r"\$",
    "{": r"\{", "}": r"\}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    "<": "$<$", ">": "$>$", MINUS: "$-$", "–": "--", "×": r"$\times$", "χ": r"$\chi$", "²": "$^2$",
}  # fmt: skip


def latex(text: str) -> str:
    """Text as LaTeX shows it."""
    return "".join(_LATEX.get(character, character) for character in str(text))


def show(
    frame: pd.DataFrame,
    digits: int | Mapping[str, int] = 3,
    index: str | None = None,
    note: str = "",
) -> Table:
    """A table of any DataFrame: floats rounded, p-values as such, other cells as they are.

    Parameters
    ----------
    digits : int or mapping from column to int
        Of floats; a column with the word "p" in its name holds p-values.
    index : str, optional
        Show the index as the first column, under this name.
    """
    shown = frame if index is None else frame.rename_axis(index).reset_index()
    of = digits if isinstance(digits, Mapping) else dict.fromkeys(shown.columns, digits)
    cells, words = {}, []
    for name in shown.columns:
        column = shown[name]
        if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
            words.append(str(name))
        is_p = {"p", "P"} & set(str(name).replace(",", " ").split())
        cells[str(name)] = [
            (p_value(value) if is_p else number(value, of.get(name, 3)))
            if isinstance(value, float)
            else f"{value:,}" if isinstance(value, int) and value > 9999 else str(value)
            for value in column.tolist()
        ]
    return Table(pd.DataFrame(cells), note, tuple(words))


def coefficient(found: Estimate, term: str, kinds: Sequence[str] = tuple(KINDS)) -> list[str]:
    """The lines of one coefficient: itself with classical stars, then its t, each with its own.

    Dashes where the term is not in the regression or has no error of the kind.
    """
    if term not in found.x:
        return ["–", *("" for _ in kinds)]
    lines = [starred(found.coef[term], mark(found.classical.loc[term, "p"]))]
    for kind in kinds:
        row = found.errors(kind).loc[term]
        lines.append(KINDS[kind].format(number(row["t"])) + mark(row["p"]))
    return lines


def printed(table: int, columns: Sequence[Column]) -> Table:
    """A table of the paper as it was printed: coefficient and stars, t below in brackets."""
    cells = published.coefficients(table).set_index(["column", "row"])
    terms = list(dict.fromkeys(cells.index.get_level_values("row")))
    out: dict[str, list[str]] = {"": []}
    for term in terms:
        out[""] += [SYMBOL.get(term, term), ""]
    out[""] += ["Adj. R²", "Hausman p", "City effects", "Year effects"]
    for column in columns:
        lines = []
        for term in terms:
            if (column.key, term) in cells.index:
                cell = cells.loc[(column.key, term)]
                lines += [starred(cell["coef"], cell["stars"]), f"({number(cell['t'], 3)})"]
            else:
                lines += ["–", ""]
        words = [published.text(table, column.key, row) for row in ("adj_r2", "hausman_p")]
        out[column.heading] = [*lines, *words, "yes", "yes"]
    return Table(pd.DataFrame(out), "t in brackets, as printed.")


def regression(
    found: Mapping[str, Estimate],
    printed_columns: Sequence[Column] = (),
    tests: Mapping[str, Hausman] | None = None,
    kinds: Sequence[str] = tuple(KINDS),
) -> Table:
    """Regressions side by side: coefficients, three t each, fit, rows, cities, years.

    Parameters
    ----------
    found : mapping from heading to Estimate
        In the order of the columns; 2SLS estimates add what judges their instruments.
    printed_columns : sequence of Column
        Put the paper's own cells to the left, a column each.
    tests : mapping from heading to Hausman, optional
        Add Hausman's p-value (an en dash where it is not defined) and Mundlak's, clustered.
    kinds : sequence of str
        Kinds of t to show.
    """
    terms = list(dict.fromkeys(term for each in found.values() for term in each.x))
    out: dict[str, list[str]] = {"": []}
    for term in terms:
        out[""] += [SYMBOL.get(term, term), *("" for _ in kinds)]
    tail = ["Adj. R²"]
    tail += ["Hausman p", "Mundlak p, clustered"] if tests else []
    weak = any(isinstance(each, IVEstimate) for each in found.values())
    tail += ["Instruments", "Cragg–Donald F", "Kleibergen–Paap F"] if weak else []
    tail += ["N", "Cities", "Years"]
    out[""] += tail
    for column in printed_columns:
        out[f"{column.heading}, printed"] = _printed_lines(column, terms, len(kinds), tail)
    for heading, each in found.items():
        lines = [line for term in terms for line in coefficient(each, term, kinds)]
        lines.append(number(each.adj_r2, 3))
        if tests:
            test = tests[heading]
            lines += [p_value(test.p), p_value(test.mundlak_robust_p)]
        if weak:
            lines += _instruments(each)
        lines += [f"{each.nobs:,}", str(each.n_entities), span(each)]
        out[heading] = lines
    names = {"clustered": "clustered by city", "jackknife": "city jackknife"}
    brackets = ", ".join(KINDS[kind].format(names.get(kind, kind)) for kind in kinds)
    legend = f"t below: {brackets}. {STARS}"
    return Table(pd.DataFrame(out), legend)


def _printed_lines(
    column: Column, terms: Sequence[str], kinds: int, tail: Sequence[str]
) -> list[str]:
    cells = published.coefficients(column.table).set_index(["column", "row"])
    lines = []
    for term in terms:
        if (column.key, term) not in cells.index:
            lines += ["–"] + [""] * kinds
            continue
        cell = cells.loc[(column.key, term)]
        lines += [starred(cell["coef"], cell["stars"]), f"({number(cell['t'])})"]
        lines += [""] * (kinds - 1)
    words = {
        "Adj. R²": published.text(column.table, column.key, "adj_r2"),
        "Hausman p": published.text(column.table, column.key, "hausman_p"),
    }
    return lines + [words.get(name, "–") for name in tail]


def panels(
    columns: Sequence[Column],
    found: Mapping[str, Mapping[str, Estimate]],
    kinds: Sequence[str] = tuple(KINDS),
) -> Table:
    """A table of the paper, printed | flow | stock, its columns one below the other.

    Parameters
    ----------
    columns : sequence of Column
    found : mapping from heading of a reading to ``Column.key`` to Estimate
    """
    frames = []
    for column in columns:
        each = {heading: estimates[column.key] for heading, estimates in found.items()}
        frame = regression(each, (column,), kinds=kinds).frame
        frame.columns = ["", "Printed", *found]
        title = pd.DataFrame([[column.heading] + [""] * (len(found) + 1)], columns=frame.columns)
        frames += [title, frame]
    legend = regression(each, (column,), kinds=kinds).note
    return Table(pd.concat(frames, ignore_index=True), legend)


def _instruments(found: Estimate) -> list[str]:
    if not isinstance(found, IVEstimate):
        return ["–"] * 3
    return [
        str(len(found.instruments)), number(found.cragg_donald), number(found.kleibergen_paap)
    ]  # fmt: skip


def span(found: Estimate) -> str:
    """The years that an estimate really uses, as 2009–2021."""
    return f"{min(found.years)}–{max(found.years)}"


def verdicts(cells: pd.DataFrame) -> Table:
    """Printed beside recomputed, a row per cell and reading, with the verdict and its p-value.

    Parameters
    ----------
    cells : DataFrame
        As from :func:`lib.verdicts.ledger`, for one kind of error.
    """
    # The readings of a cell stand together, cells in the order of the paper.
    place = cells.groupby(["column", "row"], sort=False).ngroup()
    cells = cells.loc[place.sort_values(kind="stable").index]
    out = [
        {
            "Cell": f"{cell.heading}: {cell.symbol}",
            "Printed": starred(cell.printed, cell.printed_stars),
            "Reading": cell.reading,
            "Recomputed": starred(cell.coef, mark(cell.p)),
            "t": number(cell.t),
            "p": p_value(cell.p),
            "Verdict": cell.verdict,
            "z of sizes": number(cell.z_size, 1),
        }
        for cell in cells.itertuples()
    ]
    note = (
        "z of sizes: difference of the two partial correlations over their joint error; beyond "
        f"±1.96 the sizes differ, if the printed t are by city. {STARS}"
    )
    return Table(pd.DataFrame(out), note, ("Reading", "Verdict"))
