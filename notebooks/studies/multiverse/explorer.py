"""The multiverse as whole numbers, for a page on which a reader chooses a specification."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from lib import prose, published, specifications
from lib.inference import COVERAGE
from lib.specifications import COLUMNS, SYMBOL, Column
from studies.multiverse import register, ways
from studies.multiverse.engine import KINDS
from studies.multiverse.explore import OUTCOMES, Multiverse, explore, span
from studies.multiverse.register import VARIED, as_printed, options

IDENTITY = ["column", "term", "mobility", "outcome"]
FINER = 3
"""Digits that are stored beyond those shown: six of a block's median error."""
_SIZES = ("nobs", "cities", "provinces", "df")
_FIGURES = ("coef", *KINDS, "ghost", "decides")


def keys(frame: pd.DataFrame) -> np.ndarray:
    """The key of each row: its options of ``VARIED``, mixed radix, the first the slowest."""
    codes = [pd.Categorical(frame[choice], options(choice)).codes for choice in VARIED]
    return np.ravel_multi_index(codes, [len(options(choice)) for choice in VARIED])


def extremes(estimates: pd.DataFrame, column: Column, term: str) -> pd.DataFrame:
    """As printed, most and least favourable to the printed sign, by the error that decides.

    A row per estimand and ``which`` (``printed, most, least``): the columns of `estimates`, and
    ``low, high`` at the printed level.
    """
    cell, printed = _printed().loc[(column.key, term)], as_printed(column)
    rows = []
    for mobility, outcome in register.ESTIMANDS:
        wanted = dict(zip(IDENTITY, (column.key, term, mobility, outcome), strict=True))
        part = estimates[estimates[IDENTITY].eq(wanted).all(axis=1)]
        se = part["se_province"].fillna(part["se_jackknife"])
        df = part["provinces"].where(part["se_province"].notna(), part["cities"]) - 1
        half = stats.t.isf(cell["level"] / 2, df) * se
        part = part.assign(low=part["coef"] - half, high=part["coef"] + half)
        t = (np.sign(cell["coef"]) * part["coef"] / se).round(9).sort_values(kind="stable")
        own = part[VARIED].eq(printed).all(axis=1)
        for which, place in (
            ("printed", own[own].index),
            ("most", t.index[-1:]),
            ("least", t.index[:1]),
        ):
            rows.append(part.loc[place].assign(which=which))
    return pd.concat(rows, ignore_index=True)


@dataclass(frozen=True)
class Offer:
    """What the page offers; a notebook shows it as the data and the script that reads them.

    ``cells`` has a row per coefficient: ``column, term, mobility, outcome``, the choices of
    ``VARIED``, ``key``; ``nobs, cities, provinces, df``; ``run``, what shares these four by key;
    ``digits``, the decimals shown, so that a block's median city jackknife has three figures;
    ``coef`` and the standard errors ``KINDS``, whole numbers in units of the last decimal shown but
    ``FINER``.  ``ghost`` is the partial correlation on the invented Belt, in thousandths, and
    ``decides`` a sum of powers of two, one for each of the page's errors whose interval at the
    printed level excludes zero there.  Missing where provinces are too few, and the last two for
    effects that ask another question.
    ``repeats`` has ``run, key, of``: a specification with rows and LM of an earlier one.
    """

    cells: pd.DataFrame
    repeats: pd.DataFrame

    def payload(self) -> dict[str, Any]:
        """What the script reads, named as in ``cells`` and ``repeats``.

        ``runs`` has what the coefficients of a run share, by key, and ``blocks`` the rest of each
        coefficient and outcome in the same order, None where a regression lacks the coefficient.
        ``t`` has the critical value of each level and degrees of freedom.
        """
        label = register.register().set_index(["choice", "option"])["label"]
        choices = ("mobility", "outcome", *VARIED, "errors")
        runs, blocks, cells = {}, [], self.cells
        for name, part in cells.groupby("run", sort=False):
            run = part.drop_duplicates("key").sort_values("key")
            runs[name] = {n: run[n].tolist() for n in ("key", *_SIZES)}
            for identity, block in part.groupby(IDENTITY, sort=False):
                about = dict(zip(IDENTITY, identity, strict=True))
                about |= {"run": name, "digits": int(block["digits"].iloc[0])}
                placed = block.set_index("key")[list(_FIGURES)].reindex(run["key"])
                blocks.append(about | {name: _whole(placed[name]) for name in placed})
        df = {*cells["df"], *(cells["cities"] - 1), *(cells["provinces"] - 1)} - {-1}
        return {
            "finer": FINER,
            "options": {c: [[name, label[c, name]] for name in options(c)] for c in choices},
            "inside": options("effects", "inside"),
            "controls": register.CONTROLS_OF,
            "series": register.SERIES,
            "columns": {column.key: _about(column) for column in COLUMNS},
            "t": {
                f"{a:g}": {int(n): round(float(stats.t.isf(a / 2, n)), 9) for n in sorted(df)}
                for a, _ in prose.LEVELS
            },
            "repeats": {
                name: dict(zip(part["key"].tolist(), part["of"].tolist(), strict=True))
                for name, part in self.repeats.groupby("run", sort=False)
            },
            "runs": runs,
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
            '<script src="../_static/explorer.js" defer></script>'
        )


def offer(data: pd.DataFrame, every: Multiverse) -> Offer:
    """What the page offers of every specification of the same data, and of every way."""
    official, invented = ways.explore(data)
    cells = pd.concat([every.estimates, official, _apart(data)], ignore_index=True)
    typical = cells.groupby(IDENTITY)["se_jackknife"].transform("median")
    cells["digits"] = (2 - np.floor(np.log10(typical).round(9))).clip(lower=0).astype(int)
    scale = 10.0 ** (cells["digits"] + FINER)
    cells["coef"] *= scale
    cells = cells.assign(**{kind: cells[f"se_{kind}"] * scale for kind in KINDS})
    other = pd.concat([every.invented, invented], ignore_index=True)
    level = _printed()["level"].loc[pd.MultiIndex.from_frame(other[["column", "term"]])].to_numpy()
    p = other.rename(columns={"p": "p_decides"})
    decides = sum(
        2**place * (p[f"p_{kind}"].round(9) < level) for place, kind in enumerate(options("errors"))
    )
    cells = cells.join(pd.DataFrame({"ghost": 1000 * other["r"], "decides": decides}))
    cells[list(_FIGURES)] = cells[list(_FIGURES)].round()
    way = ("; " + cells["outcome"]).where(~cells["outcome"].isin(OUTCOMES), "")
    cells = cells.assign(key=keys(cells), run=cells["column"] + " " + cells["mobility"] + way)
    again = pd.concat([every.repeats.assign(effects=name) for name in options("effects", "inside")])
    again = again.assign(key=keys(again), of=keys(again.assign(sample=again["first"])))
    names = [*IDENTITY, *VARIED, "digits", *_SIZES, "key", "run", *_FIGURES]
    return Offer(
        cells[names],
        again.assign(run=again["column"] + " " + again["mobility"])[["run", "key", "of"]],
    )


def _apart(data: pd.DataFrame) -> pd.DataFrame:
    """The columns as printed under effects that ask another question, as rows of a multiverse."""
    parts = []
    for column in COLUMNS:
        printed = as_printed(column)
        only = {choice: [option] for choice, option in printed.items() if choice != "effects"}
        every = explore(data, [column], only, options("effects", "apart")).estimates
        parts.append(every[every["product"].eq(printed["product"])])
    return pd.concat(parts, ignore_index=True)


def _whole(values: pd.Series) -> list[int | None]:
    return [None if value != value else int(value) for value in values]


@cache
def _printed() -> pd.DataFrame:
    """The printed cells, with the level of their stars, or that of intervals of 95 %."""
    cells = published.coefficients().set_index(["column", "row"])
    level = cells["stars"].map(published.level).fillna(1 - COVERAGE).astype(float)
    return cells.assign(level=level.round(9))


def _about(column: Column) -> dict[str, Any]:
    """What the script has to know of a column, its name in `lib.specifications` included."""
    cells = _printed().loc[column.key]
    r = register.partial(cells["t"], register.printed_df(column)).round(4)
    symbol = cells.index.to_series().replace(SYMBOL)
    shown = cells.drop(columns="table").assign(r=r)
    shown.insert(0, "symbol", symbol)
    return {
        "table": column.table,
        "heading": column.heading,
        "name": next(n for n, value in vars(specifications).items() if value is column),
        "text": span(column, "text"),
        "printed": as_printed(column),
        "terms": shown.to_dict("index"),
    }
