"""The paper's sentences about its tables, each checked against the cells that it is about.

``data/claims.csv`` holds a row per claim, in our words:

========  ========================================================================================
id        key
place     where the paper makes the claim
claim     what it says
kind      one of ``KINDS``
cells     printed cells, ``table/column/row`` as in ``data/published``, or columns,
          ``table/column``; a list with ``;``.  Relations between two cells take them in pairs.
relation  a name of ``RELATIONS``, with its argument after ``=``
========  ========================================================================================
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from lib import audit, panel
from lib.published import LEVELS
from lib.specifications import SPECIFICATIONS, SYMBOL
from lib.tables import number, p_value, starred
from lib.wording import of_stars

CLAIMS = panel.DATA / "claims.csv"
KINDS = ("sign", "level", "change", "comparison", "equality", "absence", "meaning")
VERDICTS = ("holds", "holds in part", "does not hold", "cannot be checked")
FAVOURABLE = ("N(0,1)", "t(df)")
"""Rules for stars that a claim may rest on: if either gives the level within rounding, it does."""

_COLUMNS = ["id", "place", "claim", "kind", "cells", "relation"]


@dataclass(frozen=True)
class Cell:
    """A printed cell.

    Attributes
    ----------
    key, symbol, heading : str
        ``1/model1/lm``, "LM" and "Model 1".
    coef, t, value : float
        NaN where there is none; ``value`` is the number in a cell of text, as a Hausman p.
    stars : str
    earned : tuple of str
        Marks that the t may earn under the rules of ``FAVOURABLE``, within its rounding.
    about : str
        "level" for coefficients, else as in ``lib.audit.ABOUT``.
    """

    key: str
    symbol: str
    heading: str
    coef: float
    t: float
    value: float
    stars: str
    earned: tuple[str, ...]
    about: str

    @property
    def label(self) -> str:
        """How a reason calls it: "LM (Model 1)"."""
        return f"{self.symbol} ({self.heading})"

    @property
    def shown(self) -> str:
        """As the paper prints it."""
        return starred(self.coef, self.stars)


@dataclass(frozen=True)
class Column:
    """A printed column: key, heading, rows that hold a coefficient, first year."""

    key: str
    label: str
    terms: frozenset[str]
    first_year: int


@dataclass(frozen=True)
class Test:
    """One comparison that a claim comes down to: does it hold, and in words what was found."""

    __test__ = False  # not a test of pytest's

    holds: bool
    found: str


class UnanswerableError(Exception):
    """A claim that the printed cells say nothing about."""


def load(path: Path | str = CLAIMS) -> pd.DataFrame:
    """Read the claims.

    Returns
    -------
    DataFrame of str
        The columns of ``data/claims.csv``, a row per claim.

    Raises
    ------
    lib.panel.DataError
        A column is missing or unknown, a field is empty, an id is given twice, a kind or a
        relation is none of those listed here, an argument is missing or not wanted, or a relation
        between two cells has an odd number of them.
    """
    claims = pd.read_csv(path, dtype=str, keep_default_na=False)
    if list(claims.columns) != _COLUMNS:
        found = ", ".join(claims.columns)
        raise panel.DataError(f"{path}, row 1: found {found}; expected {', '.join(_COLUMNS)}")
    for line, claim in enumerate(claims.to_dict("records"), start=2):
        for column, found, expected in _faults(claim):
            raise panel.DataError(
                f"{path}, row {line}, column {column}: found {found!r}; expected {expected}"
            )
    twice = claims.index[claims["id"].duplicated()]
    if len(twice):
        found = claims.loc[twice[0], "id"]
        row = twice[0] + 2
        raise panel.DataError(f"{path}, row {row}, column id: found {found!r} again; expected once")
    return claims


def _faults(claim: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    for column in _COLUMNS:
        if not claim[column].strip():
            yield column, claim[column], "a value"
    if claim["kind"] not in KINDS:
        yield "kind", claim["kind"], f"one of {', '.join(KINDS)}"
    name, _, given = claim["relation"].partition("=")
    if name not in RELATIONS:
        yield "relation", claim["relation"], f"one of {', '.join(RELATIONS)}"
        return
    relation = RELATIONS[name]
    if not re.fullmatch(relation.argument, given):
        wanted = f"an argument as {relation.argument}" if relation.argument else "no argument"
        yield "relation", claim["relation"], wanted
    references = claim["cells"].split(";")
    if relation.pairs and len(references) % 2:
        yield "cells", claim["cells"], "pairs"
    depth = 1 if relation.columns else 2
    for reference in references:
        if reference.count("/") != depth:
            expected = "table/column" if relation.columns else "table/column/row"
            yield "cells", reference, expected


# --- the printed figures, by key ----------------------------------------------------------------


@dataclass(frozen=True)
class _Printed:
    cells: dict[str, Cell]
    columns: dict[str, Column]
    differences: pd.DataFrame

    def find(self, key: str) -> Cell | Column:
        found = self.columns if key.count("/") == 1 else self.cells
        if key not in found:
            raise UnanswerableError(f"the paper prints no {key}")
        return found[key]


def _printed(printed: pd.DataFrame) -> _Printed:
    coefficients = audit.coefficients(printed)
    checks = audit.check_stars(coefficients)
    checks = checks[checks["rule"].isin(FAVOURABLE)]
    earned: dict[tuple[str, str], set[str]] = {}
    for check in checks.itertuples():
        span = audit.MARKS[len(check.least) : len(check.most) + 1]
        earned.setdefault((check.column, check.row), set()).update(span)
    headings = {spec.column: spec.heading for spec in SPECIFICATIONS}
    names = SYMBOL | {"hausman_p": "Hausman p", "adj_r2": "Adj. R²"} | dict(audit.EFFECTS)
    cells = {}
    for cell in printed[printed["text"] != "-"].itertuples():
        key = f"{cell.table}/{cell.column}/{cell.row}"
        cells[key] = Cell(
            key=key,
            symbol=names[cell.row],
            heading=headings[cell.column],
            coef=cell.coef,
            t=cell.t,
            value=pd.to_numeric(cell.text or "nan", errors="coerce"),
            stars=cell.stars,
            earned=tuple(sorted(earned.get((cell.column, cell.row), ()), key=len)),
            about="level" if pd.notna(cell.coef) else audit.ABOUT.get(cell.row, "effects"),
        )
    columns = {}
    for spec in SPECIFICATIONS:
        rows = coefficients.loc[coefficients["column"] == spec.column, "row"]
        key = f"{spec.table}/{spec.column}"
        columns[key] = Column(key, spec.heading, frozenset(rows), spec.years[0])
    return _Printed(cells, columns, audit.differences(coefficients))


# --- relations ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Relation:
    """What a claim may say of its cells.

    Attributes
    ----------
    meaning : str
        In words, for readers of ``data/claims.csv``.
    tests : callable
        From the cells (or columns), the argument and the printed figures to the comparisons.
    argument : str
        Regular expression of its argument; "" if it takes none.
    pairs, columns : bool
        Whether it takes its cells two by two, and whether it is about columns.
    """

    meaning: str
    tests: Callable[[Sequence[Any], str, _Printed], list[Test]]
    argument: str = ""
    pairs: bool = False
    columns: bool = False


_C = TypeVar("_C", "Cell", "Column")


def _pairs(cells: Sequence[_C]) -> list[tuple[_C, _C]]:
    return list(zip(cells[::2], cells[1::2], strict=True))


def _sign(direction: int) -> Callable:
    def tests(cells: Sequence[Cell], _: str, __: _Printed) -> list[Test]:
        return [Test(direction * c.coef > 0, f"{c.label}: {c.shown}") for c in cells]

    return tests


def _level(cells: Sequence[Cell], level: str, _: _Printed) -> list[Test]:
    wanted = {str(value): mark for value, mark in LEVELS}[str(float(level))]
    found = []
    for c in cells:
        found.append(Test(c.stars == wanted, f"{c.label}: {c.shown}, {of_stars(c.stars)}"))
        found.append(Test(wanted in c.earned, f"its t of {number(c.t)} earns {_earned(c)}"))
    return found


def _earned(cell: Cell) -> str:
    return " or ".join(mark or "no star" for mark in cell.earned)


def _starred(wanted: bool) -> Callable:
    def tests(cells: Sequence[Cell], _: str, __: _Printed) -> list[Test]:
        found = []
        for c in cells:
            said = f"{c.label}: {c.shown}, {of_stars(c.stars)}"
            found.append(Test(bool(c.stars) == wanted, said))
            possible = any(bool(mark) == wanted for mark in c.earned)
            found.append(Test(possible, f"its t of {number(c.t)} earns {_earned(c)}"))
        return found

    return tests


def _same_sign(cells: Sequence[Cell], _: str, __: _Printed) -> list[Test]:
    return [Test(a.coef * b.coef > 0, f"{a.shown} and {b.shown}") for a, b in _pairs(cells)]


def _sign_changes(cells: Sequence[Cell], _: str, __: _Printed) -> list[Test]:
    return [Test(a.coef * b.coef < 0, f"{a.shown}, then {b.shown}") for a, b in _pairs(cells)]


def _level_changes(cells: Sequence[Cell], levels: str, printed: _Printed) -> list[Test]:
    first, second = levels.split("->")
    return [
        test
        for a, b in _pairs(cells)
        for test in _level([a], first, printed) + _level([b], second, printed)
    ]


def _increases(cells: Sequence[Cell], _: str, __: _Printed) -> list[Test]:
    return [Test(b.coef > a.coef, f"{a.shown}, then {b.shown}") for a, b in _pairs(cells)]


def _differs(cells: Sequence[Cell], level: str, printed: _Printed) -> list[Test]:
    rows = printed.differences.set_index(["first", "second", "symbol"])
    found = []
    for a, b in _pairs(cells):
        row = rows.loc[(a.heading, b.heading, a.symbol)]
        said = f"{a.shown} against {b.shown}: z = {number(row['z'], 2)}, p = {p_value(row['p'])}"
        if row["shared"]:
            said += f", and at least {p_value(row['least_p'])} however the two are correlated"
        found.append(Test(row["least_p"] < float(level), said))
    return found


def _terms(column: Column) -> str:
    return ", ".join(SYMBOL[row] for row in SYMBOL if row in column.terms)


def _includes(columns: Sequence[Column], names: str, _: _Printed) -> list[Test]:
    wanted = set(names.split("|"))
    return [Test(wanted <= c.terms, f"{c.label} has {_terms(c)}") for c in columns]


def _extends(columns: Sequence[Column], _: str, __: _Printed) -> list[Test]:
    return [
        Test(a.terms > b.terms, f"{a.label} has {_terms(a)}; {b.label} has {_terms(b)}")
        for a, b in _pairs(columns)
    ]


def _starts(columns: Sequence[Column], year: str, _: _Printed) -> list[Test]:
    return [
        Test(c.first_year == int(year), f"the column {c.label} starts in {c.first_year}")
        for c in columns
    ]


def _hausman(cells: Sequence[Cell], level: str, _: _Printed) -> list[Test]:
    return [Test(c.value < float(level), f"{c.label}: {number(c.value)}") for c in cells]


def _about(cells: Sequence[Cell], topic: str, _: _Printed) -> list[Test]:
    for c in cells:
        if c.about != topic:
            raise UnanswerableError(f"{c.label} is about the {c.about}, not about the {topic}")
    return [Test(True, f"{c.label} is about the {topic}") for c in cells]


_LEVEL = r"0\.(?:01|05|10)"
RELATIONS: dict[str, Relation] = {
    "positive": Relation("every coefficient is above zero", _sign(1)),
    "negative": Relation("every coefficient is below zero", _sign(-1)),
    "level": Relation(
        "stars and t give this level, the strictest of 1, 5 and 10 %, to every cell",
        _level,
        argument=_LEVEL,
    ),
    "significant": Relation("stars and t give every cell 10 % or better", _starred(True)),
    "not_significant": Relation("stars and t give no cell 10 %", _starred(False)),
    "same_sign": Relation("the two coefficients of a pair have one sign", _same_sign, pairs=True),
    "sign_changes": Relation("they have opposite signs", _sign_changes, pairs=True),
    "level_changes": Relation(
        "the first has the level before the arrow, the second the one after it",
        _level_changes,
        argument=f"{_LEVEL}->{_LEVEL}",
        pairs=True,
    ),
    "increases": Relation("the second is the greater", _increases, pairs=True),
    "differs": Relation(
        "a z test finds the two different at this level; two periods share their cities, and are "
        "given the correlation and the rounding most favourable to a difference",
        _differs,
        argument=_LEVEL,
        pairs=True,
    ),
    "includes": Relation(
        "the column has these regressors", _includes, argument=r"[a-z_|]+", columns=True
    ),
    "extends": Relation(
        "the first column has all regressors of the second, and more",
        _extends,
        pairs=True,
        columns=True,
    ),
    "starts": Relation("the column starts in this year", _starts, argument=r"\d{4}", columns=True),
    "hausman_rejects": Relation(
        "the Hausman p-value is below this level", _hausman, argument=_LEVEL
    ),
    "about": Relation("the cell measures this", _about, argument=r"[a-z ]+"),
}


# --- verdicts -----------------------------------------------------------------------------------


def judge(claims: pd.DataFrame, printed: pd.DataFrame) -> pd.DataFrame:
    """Check every claim against the printed cells.

    Parameters
    ----------
    claims : DataFrame
        As from :func:`load`.
    printed : DataFrame
        As from :func:`lib.audit.load`.

    Returns
    -------
    DataFrame
        ``claims`` with ``verdict``, one of ``VERDICTS``, and ``reason``, what was found.

    Notes
    -----
    *holds*: every comparison that the claim comes down to does; *does not hold*: none does;
    *holds in part*: some do.  *cannot be checked*: a cell is not printed, or measures something
    else.  A level comes down to two comparisons, since stars and t are printed separately: one for
    the stars, one for the t, which is given the more favourable of N(0,1) and t(df) and of the
    values that round to it.
    """
    figures = _printed(printed)
    verdicts = [_judge(claim, figures) for claim in claims.to_dict("records")]
    return claims.assign(
        verdict=[verdict for verdict, _ in verdicts], reason=[reason for _, reason in verdicts]
    )


def _judge(claim: dict[str, str], printed: _Printed) -> tuple[str, str]:
    name, _, argument = claim["relation"].partition("=")
    try:
        cells = [printed.find(key) for key in claim["cells"].split(";")]
        tests = RELATIONS[name].tests(cells, argument, printed)
    except UnanswerableError as unanswerable:
        return "cannot be checked", str(unanswerable)
    held = [test.holds for test in tests]
    verdict = "holds" if all(held) else "holds in part" if any(held) else "does not hold"
    return verdict, "; ".join(dict.fromkeys(test.found for test in tests))


def counts(judged: pd.DataFrame) -> pd.Series:
    """Number of claims with each verdict, in the order of ``VERDICTS``."""
    return judged["verdict"].value_counts().reindex(list(VERDICTS), fill_value=0)


def vocabulary(claims: pd.DataFrame) -> pd.DataFrame:
    """The relations: ``relation, meaning`` and ``claims``, how many claims use each."""
    used = claims["relation"].str.partition("=")[0].value_counts()
    rows = [(name, kind.meaning, int(used.get(name, 0))) for name, kind in RELATIONS.items()]
    return pd.DataFrame(rows, columns=["relation", "meaning", "claims"])


def unmentioned(
    claims: pd.DataFrame, printed: pd.DataFrame, place: str = "Section 4"
) -> pd.DataFrame:
    """Printed coefficients that no claim of a part of the paper is about.

    Parameters
    ----------
    place : str
        Claims whose place starts so are looked through; "" for all.

    Returns
    -------
    DataFrame
        The rows of :func:`lib.audit.coefficients` that are left.
    """
    made = claims.loc[claims["place"].str.startswith(place), "cells"]
    touched = {key for cells in made for key in cells.split(";")}
    cells = audit.coefficients(printed)
    keys = cells["table"].astype(str) + "/" + cells["column"] + "/" + cells["row"]
    return cells[~keys.isin(touched)].reset_index(drop=True)
