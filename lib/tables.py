"""Tables as economists print them: numbered and captioned on a page, plain in a notebook."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from lib.estimation import Estimate, Hausman, IVEstimate
from lib.published import printed_text, stars
from lib.specifications import SYMBOL, Specification

MINUS = "\N{MINUS SIGN}"
STARS_NOTE = "Stars: *** 1 %, ** 5 %, * 10 %, two-sided."


@dataclass(frozen=True)
class Table:
    """A table of ready-made strings with its caption, and the forms it is shown in.

    Attributes
    ----------
    frame : DataFrame of str
        The cells; the first column holds the row headings, column names are the head.
    caption : str
        One sentence of plain text, without number: the page adds it.
    name : str
        Target for ``{numref}``, as ``tab-overall``.
    note : str
        Printed below; may be empty.
    text_columns : tuple of str
        Columns read as words, set to the left; all others are set as figures, to the right.
    """

    frame: pd.DataFrame
    caption: str
    name: str
    note: str = ""
    text_columns: tuple[str, ...] = field(default=())

    def __repr__(self) -> str:
        return f"{self.caption}\n{self.frame.to_string(index=False)}\n{self.note}".rstrip()

    def _repr_markdown_(self) -> str:
        head = "| " + " | ".join(_escape(name) for name in self.frame.columns) + " |"
        rule = "|" + "|".join(self._alignment()) + "|"
        rows = ["| " + " | ".join(_escape(cell) for cell in row) + " |" for row in self._rows()]
        body = "\n".join([head, rule, *rows])
        options = f":name: {self.name}\n:class: figures"
        table = f"```{{table}} {_escape(self.caption)}\n{options}\n\n{body}\n```\n"
        if not self.note:
            return table
        return f"{table}\n```{{div}} table-note\n{_escape(self.note)}\n```\n"

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in self.frame.columns)
        body = "".join(
            f'<tr><th scope="row">{html.escape(row[0])}</th>'
            + "".join(f"<td>{html.escape(cell)}</td>" for cell in row[1:])
            + "</tr>"
            for row in self._rows()
        )
        note = f"<p>{html.escape(self.note)}</p>" if self.note else ""
        caption = html.escape(self.caption)
        return (
            f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table>{note}"
        )

    def _repr_latex_(self) -> str:
        columns = "".join("l" if a.startswith(":") else "r" for a in self._alignment())
        lines = [
            r"\begin{table}[ht]\centering",
            rf"\caption{{{_latex(self.caption)}}}\label{{{self.name}}}",
            rf"\begin{{tabular}}{{{columns}}}\toprule",
            " & ".join(_latex(name) for name in self.frame.columns) + r" \\ \midrule",
            *(" & ".join(_latex(cell) for cell in row) + r" \\" for row in self._rows()),
            r"\bottomrule\end{tabular}",
        ]
        if self.note:
            lines.append(rf"\par\smallskip\footnotesize {_latex(self.note)}")
        return "\n".join([*lines, r"\end{table}"])

    def _rows(self) -> list[list[str]]:
        return self.frame.astype(str).to_numpy().tolist()

    def _alignment(self) -> list[str]:
        words = {self.frame.columns[0], *self.text_columns}
        return [":--" if name in words else "--:" for name in self.frame.columns]


def _escape(cell: str) -> str:
    return cell.replace("|", "\\|").replace("*", "\\*")


_LATEX = {
    "\\": r"\textbackslash{}",
    "%": r"\%",
    "&": r"\&",
    "_": r"\_",
    "#": r"\#",
    "$": r"\$",
    "{": r"\{",
    "}": r"\}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": "$<$",
    ">": "$>$",
    MINUS: "$-$",
    "–": "--",
    "×": r"$\times$",
    **{
        power: f"$^{digit}$"
        for power, digit in zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-", strict=True)
    },
    "χ": r"$\chi$",
}


def _latex(text: str) -> str:
    return "".join(_LATEX.get(character, character) for character in text)


def number(value: float | None, digits: int = 3) -> str:
    """A figure with a true minus sign; an en dash where it is missing."""
    if value is None or pd.isna(value):
        return "–"
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def p_value(p: float | None) -> str:
    """A p-value to three decimals; "<0.001" below that; an en dash where none is defined."""
    if p is None or pd.isna(p):
        return "–"
    return "<0.001" if p < 0.0005 else f"{p:.3f}"


def years(found: Estimate | IVEstimate) -> str:
    """The years that an estimate really uses, as 2009–2021."""
    return f"{min(found.years)}–{max(found.years)}"


def plain(
    frame: pd.DataFrame,
    caption: str,
    name: str,
    note: str = "",
    digits: int = 3,
    index: str | None = None,
) -> Table:
    """A table of any DataFrame: floats to ``digits`` decimals, integers and words as they are.

    Parameters
    ----------
    frame : DataFrame
        Its column names become the head.
    index : str, optional
        Show the index as the first column, under this name.
    """
    shown = frame if index is None else frame.rename_axis(index).reset_index()
    words = [
        str(column)
        for column in shown.columns
        if not pd.api.types.is_numeric_dtype(shown[column])
    ]
    cells = {
        str(column): [
            number(value, digits) if isinstance(value, float) else str(value)
            for value in shown[column]
        ]
        for column in shown.columns
    }
    return Table(pd.DataFrame(cells), caption, name, note, tuple(words))


def starred(coef: float, mark: str) -> str:
    """A coefficient and its stars; three decimals, up to six where fewer would hide the sign."""
    digits = next((d for d in (3, 4, 5, 6) if round(coef, d) != 0), 3)
    return number(coef, digits) + mark


def regression_table(
    columns: Sequence[Specification],
    found: Mapping[str, Estimate],
    hausman: Mapping[str, Hausman],
    caption: str,
    name: str,
    note: str = "",
) -> Table:
    """A recomputed regression table in the layout of the paper's.

    A row per regressor: coefficient with the stars of its classical t; below it the classical
    t in brackets and the t clustered by city, with its own stars, in square brackets.  Then
    adjusted R2 (dummy-variable regression), the Hausman test's p-value, effects, N, cities and
    the years really used.

    Parameters
    ----------
    columns : sequence of Specification
    found, hausman : mapping from ``Specification.column``
    """
    terms = list(dict.fromkeys(term for spec in columns for term in spec.terms))
    table: dict[str, list[str]] = {"": []}
    for term in terms:
        table[""] += [SYMBOL[term], "", ""]
    table[""] += ["Adj. R²", "Hausman p", "Mundlak p, clustered"]
    table[""] += ["City effects", "Year effects", "N", "Cities", "Years"]
    for spec in columns:
        estimate = found[spec.column]
        cells = [
            *_coefficients(estimate, terms),
            number(estimate.adj_r2),
            p_value(hausman[spec.column].p),
            p_value(hausman[spec.column].mundlak_robust_p),
            "yes",
            "yes",
            str(estimate.nobs),
            str(estimate.n_entities),
            years(estimate),
        ]
        table[spec.heading] = cells
    legend = (
        f"(t) classical, [t] clustered by city. {STARS_NOTE} Adj. R² counts the effects. "
        f"An en dash under Hausman: not defined. {note}"
    )
    return Table(pd.DataFrame(table), caption, name, legend.strip())


def _coefficients(found: Estimate, terms: Sequence[str]) -> list[str]:
    """Three rows a regressor: coefficient, classical t, clustered t; dashes where it is not in."""
    cells = []
    for term in terms:
        if term not in found.x:
            cells += ["–", "", ""]
            continue
        classical, clustered = found.classical.loc[term], found.clustered.loc[term]
        cells += [
            starred(found.coef[term], stars(classical["p"])),
            f"({number(classical['t'])})",
            f"[{number(clustered['t'])}]{stars(clustered['p'])}",
        ]
    return cells


def printed_table(
    columns: Sequence[Specification], cells: pd.DataFrame, caption: str, name: str, note: str = ""
) -> Table:
    """A table of the paper as it was printed: coefficient and stars, t below in brackets."""
    indexed = cells.set_index(["column", "row"])
    terms = list(dict.fromkeys(cells["row"]))
    table: dict[str, list[str]] = {"": []}
    for term in terms:
        table[""] += [SYMBOL[term], ""]
    table[""] += ["Adj. R²", "Hausman p"]
    for spec in columns:
        shown = []
        for term in terms:
            if (spec.column, term) in indexed.index:
                cell = indexed.loc[(spec.column, term)]
                shown += [starred(cell["coef"], cell["stars"]), f"({number(cell['t'])})"]
            else:
                shown += ["–", ""]
        shown += [printed_text(spec.table, spec.column, row) for row in ("adj_r2", "hausman_p")]
        table[spec.heading] = shown
    return Table(pd.DataFrame(table), caption, name, note)


def comparison_table(cells: pd.DataFrame, caption: str, name: str, note: str = "") -> Table:
    """Printed beside recomputed, cell by cell, with the verdicts of :func:`published.compare`."""
    questions = ("sign", "significance", "size")
    rows = [
        {
            "Cell": f"{cell.heading}: {cell.symbol}",
            "Printed": starred(cell.printed, cell.printed_stars),
            "Recomputed": starred(cell.coef, cell.stars),
            "Printed r": number(cell.printed_r, 2),
            "Recomputed r": _interval(cell.r, cell.r_low, cell.r_high),
            "Verdict": cell.verdict,
            "Agree in": ", ".join(word for word in questions if getattr(cell, word)) or "nothing",
        }
        for cell in cells.itertuples()
    ]
    legend = f"r: partial correlation, with the 95 % interval of ours. {STARS_NOTE} {note}".strip()
    return Table(pd.DataFrame(rows), caption, name, legend, ("Verdict", "Agree in"))


def _interval(value: float, low: float, high: float) -> str:
    return f"{number(value, 2)} [{number(low, 2)}, {number(high, 2)}]"


def readings_table(
    found: Mapping[str, Mapping[str, Estimate]],
    columns: Sequence[Specification],
    terms: Sequence[str],
    caption: str,
    name: str,
    note: str = "",
) -> Table:
    """The same cells under other readings: a row per reading, coefficient and clustered t.

    Parameters
    ----------
    found : mapping
        Reading name -> column -> estimate; a column missing for a reading shows an en dash.
    terms : sequence of str
        Regressors to show; those that a column does not have are passed over.
    """
    rows = []
    for reading, estimates in found.items():
        row = {"Reading": reading}
        for spec in columns:
            for term in (term for term in terms if term in spec.terms):
                row[f"{spec.heading}: {SYMBOL[term]}"] = _reading_cell(
                    estimates.get(spec.column), term
                )
        row["N"] = "/".join(
            str(estimates[spec.column].nobs) for spec in columns if spec.column in estimates
        )
        rows.append(row)
    legend = f"Coefficient, stars and [t] with errors clustered by city. {STARS_NOTE} {note}"
    return Table(pd.DataFrame(rows), caption, name, legend.strip())


def _reading_cell(estimate: Estimate | None, term: str) -> str:
    if estimate is None:
        return "–"
    clustered = estimate.clustered.loc[term]
    return f"{starred(estimate.coef[term], stars(clustered['p']))} [{number(clustered['t'], 2)}]"


def hausman_table(
    columns: Sequence[Specification],
    tests: Mapping[str, Hausman],
    pooled: Mapping[str, Hausman],
    caption: str,
    name: str,
    note: str = "",
) -> Table:
    """The Hausman test of each column, in two versions, Mundlak's, and the printed p-value.

    Parameters
    ----------
    tests, pooled : mapping from ``Specification.column``
        The test with each model's own error variance (``plain``), which may be undefined, and
        with one error variance in both (``sigmamore``), which never is.
    """
    rows = []
    for spec in columns:
        plain_test, one_variance = tests[spec.column], pooled[spec.column]
        rows.append(
            {
                "Column": spec.heading,
                "Printed p": printed_text(spec.table, spec.column, "hausman_p"),
                "Hausman χ²": f"{number(plain_test.stat, 2)} ({plain_test.df})",
                "Hausman p": p_value(plain_test.p),
                "One variance p": p_value(one_variance.p),
                "Mundlak p": p_value(plain_test.mundlak_p),
                "Mundlak p, clustered": p_value(plain_test.mundlak_robust_p),
            }
        )
    undefined = any(tests[spec.column].p is None for spec in columns)
    remark = (
        "An en dash: the difference of the two covariances is not positive semi-definite, "
        "so that the statistic is no chi-squared variable and has no p-value."
    )
    legend = f"Degrees of freedom in brackets. {remark if undefined else ''} {note}"
    return Table(pd.DataFrame(rows), caption, name, " ".join(legend.split()))


def differences_table(
    differences: pd.DataFrame, caption: str, name: str, note: str = ""
) -> Table:
    """Differences between columns, as from :func:`lib.published.differences`."""
    rows = [
        {
            "Coefficient": f"{row.symbol}: {row.second} less {row.first}",
            "Printed": number(row.printed_difference),
            "z": number(row.printed_z, 2),
            "p": p_value(row.printed_p),
            "Recomputed": number(row.difference),
            "z, clustered": number(row.z, 2),
            "p, clustered": p_value(row.p),
        }
        for row in differences.itertuples()
    ]
    return Table(pd.DataFrame(rows), caption, name, note)


def two_stage_table(
    estimates: Mapping[str, Estimate], caption: str, name: str, note: str = ""
) -> Table:
    """Least squares and 2SLS side by side, with what judges the instruments below.

    Parameters
    ----------
    estimates : mapping
        Column heading -> estimate; the tests of a 2SLS estimate fill its column only.
    """
    terms = list(dict.fromkeys(term for found in estimates.values() for term in found.x))
    table: dict[str, list[str]] = {"": []}
    for term in terms:
        table[""] += [SYMBOL[term], "", ""]
    table[""] += [
        "Instruments",
        "Cragg–Donald F",
        "Kleibergen–Paap F",
        "Wu–Hausman p, clustered",
        "Hansen J p",
        "N",
        "Cities",
        "Years",
    ]
    for heading, found in estimates.items():
        cells = _coefficients(found, terms) + _instrument_rows(found)
        cells += [str(found.nobs), str(found.n_entities), years(found)]
        table[heading] = cells
    legend = f"(t) classical, [t] clustered by city. {STARS_NOTE} {note}".strip()
    return Table(pd.DataFrame(table), caption, name, legend)


def _instrument_rows(found: Estimate) -> list[str]:
    if not isinstance(found, IVEstimate):
        return ["–"] * 5
    overid = found.overid
    return [
        str(len(found.instruments)),
        number(found.cragg_donald, 2),
        number(found.kleibergen_paap, 2),
        p_value(found.wu_hausman_clustered.p),
        "–" if overid is None else p_value(overid.loc["hansen_j", "p"]),
    ]


def first_stage_table(found: IVEstimate, caption: str, name: str, note: str = "") -> Table:
    """What the instruments explain of each endogenous regressor."""
    rows = [
        {
            "Endogenous": SYMBOL[term],
            "Partial R²": number(row["partial_r2"]),
            "F": number(row["f"], 2),
            "F, clustered": number(row["f_clustered"], 2),
            "p, clustered": p_value(row["f_clustered_p"]),
        }
        for term, row in found.first_stage.iterrows()
    ]
    return Table(pd.DataFrame(rows), caption, name, note)


def ledger_table(cells: pd.DataFrame, caption: str, name: str, note: str = "") -> Table:
    """The ledger, a row per printed coefficient, as from :func:`lib.ledger.ledger`."""
    rows = [
        {
            "Cell": f"Table {cell.table}, {cell.heading}: {cell.symbol}",
            "Printed": f"{starred(cell.printed, cell.printed_stars)} ({number(cell.printed_t, 2)})",
            "Recomputed": f"{starred(cell.coef, cell.stars)} ({number(cell.t, 2)})",
            "Clustered t": number(cell.clustered_t, 2) + cell.clustered_stars,
            "Verdict": cell.verdict,
            "Agrees / contradicts in": f"{cell.agree} / {cell.contradict} of {cell.readings}",
            "Printed r": number(cell.printed_r, 2),
            "Recomputed r": _interval(cell.r, cell.r_low, cell.r_high),
        }
        for cell in cells.itertuples()
    ]
    legend = f"(t) classical; r: partial correlation, 95 % interval of ours. {STARS_NOTE} {note}"
    return Table(pd.DataFrame(rows), caption, name, legend.strip(), ("Verdict",))


def slopes_table(
    headings: Sequence[str], slopes: Sequence[pd.Series], caption: str, name: str, note: str = ""
) -> Table:
    """Slopes with their intervals, as from :func:`lib.policy.slope_at`."""
    rows = [
        {
            "Column": heading,
            "Slope": starred(row["slope"], row["stars"]),
            "t, clustered": number(row["t"], 2),
            "95 % interval": f"{number(row['low'], 2)} to {number(row['high'], 2)}",
        }
        for heading, row in zip(headings, slopes, strict=True)
    ]
    return Table(pd.DataFrame(rows), caption, name, f"{STARS_NOTE} {note}".strip())
