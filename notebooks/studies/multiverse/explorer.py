"""The multiverse as small whole numbers, for a page on which a reader chooses a specification."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from lib import prose, published, specifications, verdicts
from lib.estimation import two_way_fe
from lib.specifications import COLUMNS, READINGS, SYMBOL, Column
from lib.style import VERDICT
from lib.verdicts import ERRORS
from studies.multiverse import register
from studies.multiverse.explore import OUTCOMES, Multiverse, explore, span

VARIED = ("sample", "effects", "k", "agglomeration", "product", "controls", "period")
"""Choices inside an estimand.  A key numbers their options, mixed radix, the first the slowest."""
WHOLE = "model1"
"""The column of which every specification is offered."""
MAIN = {"agglomeration": ("secondary", "tertiary"), "controls": ("none", "five")}
"""Options offered in the other columns, where not all: the whole would weigh twice as much."""
IDENTITY = ["column", "term", "mobility", "outcome"]
NO_STAR = 0.05
"""Level of the interval where print claims nothing."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_NUMBERS = ("coef", *ERRORS, "stars", "df", "nobs", "cities")
_COLUMN = {column.key: column for column in COLUMNS}


def options(choice: str) -> tuple[str, ...]:
    """Options of a choice that the page knows; random effects have no jackknife."""
    return tuple(name for name in register.options(choice) if name != "random")


def as_printed(column: Column) -> dict[str, str]:
    """The options of ``VARIED`` that make a column what the paper has."""
    chosen = {choice: options(choice)[0] for choice in VARIED}
    if "LM_IA" in column.terms:
        chosen["product"] = "raw" if "LM" in column.terms else "alone"
    return chosen | {"controls": "five" if "ODI" in column.terms else "none"}


def keys(frame: pd.DataFrame) -> np.ndarray:
    """The key of each row, from its options."""
    codes = [pd.Categorical(frame[choice], options(choice)).codes for choice in VARIED]
    return np.ravel_multi_index(codes, [len(options(choice)) for choice in VARIED])


@dataclass(frozen=True)
class Offer:
    """What the page offers; a notebook shows it as the data and the script that reads them.

    Attributes
    ----------
    cells : DataFrame
        A row per coefficient: ``column, term, mobility, outcome``, the choices of ``VARIED``,
        ``key``; ``coef`` and the standard errors ``jackknife, clustered, classical`` as whole
        multiples of ``10 ** -digits``, so that a block's median jackknife has three figures;
        ``stars``, 0 to 3 of each error in base 4, from unrounded p, so that page and library
        cannot differ at a threshold; ``df, nobs, cities``.
    repeats : DataFrame
        ``column, mobility, key, of``: a specification with rows and LM of an earlier one.
    """

    cells: pd.DataFrame
    repeats: pd.DataFrame

    def main(self, column: str, term: str) -> pd.DataFrame:
        """As printed, most and least favourable to the printed sign, by the city jackknife.

        Returns
        -------
        DataFrame
            A row per estimand and ``which`` (``printed, most, least``): the columns of ``cells``
            with ``coef`` in its own unit, ``low, high`` at the printed level, and ``verdict``.
        """
        cell = _printed().loc[(column, term)]
        base = int(keys(pd.DataFrame([as_printed(_COLUMN[column])]))[0])
        found = []
        for mobility, outcome in register.NAME:
            part = _where(self.cells, IDENTITY, (column, term, mobility, outcome))
            part = part[part["effects"].eq("twoway")].sort_values("key")
            t = np.sign(cell["coef"]) * part["coef"] / part["jackknife"]
            places = {"printed": part["key"].eq(base), "most": t, "least": -t}
            found += [part.loc[at.idxmax()].to_dict() | {"which": n} for n, at in places.items()]
        out = pd.DataFrame(found)
        unit, half = 10.0 ** -out["digits"], stats.t.isf(cell["level"] / 2, out["cities"] - 1)
        said = [_verdict(cell, row.coef, row.stars % 4) for row in out.itertuples()]
        return out.assign(
            low=(out["coef"] - half * out["jackknife"]) * unit,
            high=(out["coef"] + half * out["jackknife"]) * unit,
            coef=out["coef"] * unit,
            verdict=said,
        )

    def payload(self) -> dict[str, Any]:
        """What the script reads; a list of numbers is ``[lowest, width, text]``, see `coded`.

        ``t`` has the critical value of each level and degrees of freedom; the rest is named as
        in ``cells`` and ``repeats``.
        """
        label = register.register().set_index(["choice", "option"])["label"]
        choices = ("mobility", "outcome", *VARIED, "errors")
        named = {c: [[name, label[c, name]] for name in options(c)] for c in choices}
        blocks: list[dict[str, Any]] = []
        needed: dict[float, set[int]] = {}
        for identity, part in self.cells.groupby(IDENTITY, sort=False):
            about = dict(zip(IDENTITY, identity, strict=True))
            cell = _printed().loc[identity[:2]]
            needed.setdefault(cell["level"], set()).update(part["df"], part["cities"] - 1)
            part = part.sort_values("key")
            numbers = {name: coded(part[name]) for name in ("key", *_NUMBERS)}
            blocks.append(about | {"digits": int(part["digits"].iloc[0])} | numbers)
        critical = {
            f"{level:g}": {int(n): round(float(stats.t.isf(level / 2, n)), 4) for n in sorted(df)}
            for level, df in needed.items()
        }
        repeats = {
            f"{column} {mobility}": dict(
                zip(part["key"].tolist(), part["of"].tolist(), strict=True)
            )
            for (column, mobility), part in self.repeats.groupby(["column", "mobility"], sort=False)
        }
        return {
            "letters": LETTERS,
            "colours": VERDICT,
            "options": named,
            "controls": register.CONTROLS_OF,
            "series": register.SERIES,
            "columns": {column.key: _about(column) for column in COLUMNS},
            "t": critical,
            "repeats": repeats,
            "blocks": blocks,
        }

    def __repr__(self) -> str:
        sizes = self.cells.groupby(IDENTITY, sort=False).size()
        return sizes.unstack(["mobility", "outcome"]).to_string()

    def _repr_html_(self) -> str:
        text = json.dumps(self.payload(), separators=(",", ":"), ensure_ascii=False)
        # No text of the data can end the element or open a comment.
        text = text.replace("<", "\\u003c")
        return (
            f'<script type="application/json" id="explorer-data">{text}</script>'
            '<link rel="stylesheet" href="../_static/explorer.css">'
            '<script src="../_static/explorer.js" defer></script>'
        )


def explored(data: pd.DataFrame) -> Multiverse:
    """The specifications of the page, and no others: the rest takes as long again."""
    others = [column for column in COLUMNS if column.key != WHOLE]
    parts = explore(data, [_COLUMN[WHOLE]]), explore(data, others, MAIN)
    estimates, repeats = ([getattr(p, name) for p in parts] for name in ("estimates", "repeats"))
    return Multiverse(pd.concat(estimates), pd.concat(repeats))


def offer(data: pd.DataFrame, found: Multiverse) -> Offer:
    """Every specification of Model 1, the main ones of the other columns, and other effects.

    Parameters
    ----------
    data : DataFrame
        As from :func:`lib.panel.load`.
    found : Multiverse
        As from :func:`explored` or :func:`studies.multiverse.explore`, on the same data.
    """
    inside = found.estimates.assign(effects="twoway")
    cells = pd.concat([inside[_offered(inside)], pd.DataFrame(apart(data))], ignore_index=True)
    for kind in ERRORS:
        marks = cells[f"p_{kind}"].map(lambda p: len(prose.mark(p)))
        cells["stars"] = cells.get("stars", 0) + marks * 4 ** ERRORS.index(kind)
    typical = cells.groupby(IDENTITY)["se_jackknife"].transform("median")
    cells["digits"] = 2 - np.floor(np.log10(typical).round(9)).astype(int)
    unit = 10.0 ** -cells["digits"]
    for name in ("coef", *ERRORS):
        exact = cells[name if name == "coef" else f"se_{name}"]
        cells[name] = (exact / unit).round().astype(int)
    kept = [*IDENTITY, *VARIED, "digits", *_NUMBERS]
    again = found.repeats[_offered(found.repeats)].assign(effects="twoway")
    again = again.assign(key=keys(again), of=keys(again.assign(sample=again["first"])))
    return Offer(cells[kept].assign(key=keys(cells)), again[["column", "mobility", "key", "of"]])


def apart(data: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """The columns as printed under effects that ask another question, as rows of a multiverse."""
    printed = [replace(column, terms=tuple(_printed().loc[column.key].index)) for column in COLUMNS]
    asked = product(printed, READINGS, OUTCOMES, options("effects")[1:])
    for column, reading, outcome, effects in asked:
        used = specifications.rows(data, replace(reading, outcome=outcome), column)  # type: ignore[arg-type]
        one = two_way_fe(used, "REG", column.terms, effects=effects)  # type: ignore[arg-type]
        for term in column.terms:
            by = {kind: one.errors(kind).loc[term] for kind in ERRORS}
            yield {
                "column": column.key, "term": term, "mobility": reading.name, "outcome": outcome,
                **as_printed(column), "effects": effects, "coef": one.coef[term],
                **{f"se_{kind}": by[kind]["se"] for kind in ERRORS},
                **{f"p_{kind}": by[kind]["p"] for kind in ERRORS},
                "df": one.df_resid, "nobs": one.nobs, "cities": one.n_entities,
            }  # fmt: skip


def coded(values: Iterable[int]) -> list[Any]:
    """Whole numbers as ``[lowest, width, text]``: letters for digits to base 64, above the lowest.

    First the leading digit of every number, then the next: gzipped, half of what decimals take.
    """
    numbers = np.asarray(list(values), dtype=np.int64)
    low, high = int(numbers.min()), int(numbers.max())
    width = next(w for w in range(1, 12) if high - low < 64**w)
    digits = (numbers - low) // 64 ** np.arange(width)[::-1, None] % 64
    return [low, width, "".join(LETTERS[digit] for digit in digits.ravel())]


def _where(frame: pd.DataFrame, names: list[str], values: tuple[str, ...]) -> pd.DataFrame:
    return frame[frame[names].eq(list(values)).all(axis=1)]


def _offered(frame: pd.DataFrame) -> pd.Series:
    main = np.logical_and.reduce([frame[name].isin(own) for name, own in MAIN.items()])
    return frame["column"].eq(WHOLE) | main


@cache
def _printed() -> pd.DataFrame:
    cells = published.coefficients().set_index(["column", "row"])
    return cells.assign(level=cells["stars"].map(published.level).fillna(NO_STAR).astype(float))


def _verdict(cell: pd.Series, coef: int, marks: int) -> str:
    # A p with as many stars: what the verdict hangs on.
    p = next((level - 1e-3 for level, stars in prose.LEVELS if len(stars) == marks), 1.0)
    return verdicts.verdict(cell["coef"], cell["stars"], coef, p)


def _about(column: Column) -> dict[str, Any]:
    """What the script has to know of a column, its name in `lib.specifications` included."""
    cells = _printed().loc[column.key]
    r = published.partial_correlation(cells["t"], published.df_resid(column.key))
    terms = {
        term: {
            "symbol": SYMBOL.get(term, term),
            **cells.loc[term].drop("table"),
            "r": round(r[term], 4),
        }
        for term in cells.index
    }
    return {
        "table": column.table,
        "heading": column.heading,
        "name": next(n for n, value in vars(specifications).items() if value is column),
        "text": span(column, "text"),
        "printed": as_printed(column),
        "terms": terms,
    }
