"""The multiverse as whole numbers, for a page on which a reader chooses a specification."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from lib import prose, published, specifications, verdicts
from lib.specifications import COLUMNS, SYMBOL, Column
from lib.verdicts import KINDS
from studies.multiverse import register
from studies.multiverse.explore import CHANGES, Multiverse, explore, span
from studies.multiverse.register import options

VARIED = ("sample", "effects", "k", "agglomeration", "product", "controls", "period", *CHANGES)
"""Choices inside an estimand.  A key numbers their options, mixed radix, the first the slowest."""
IDENTITY = ["column", "term", "mobility", "outcome"]
NO_STAR = 0.05
"""Level of the interval where print claims nothing."""
FINER = 3
"""Digits that are stored beyond those shown: six of a block's median error."""
_SIZES = ("nobs", "cities", "provinces", "df")
_FIGURES = ("coef", *KINDS, "ghost", "decides")
_COLUMN = {column.key: column for column in COLUMNS}


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

    ``cells`` has a row per coefficient: ``column, term, mobility, outcome``, the choices of
    ``VARIED``, ``key``; ``nobs, cities, provinces, df``; ``digits``, the decimals shown, so that a
    block's median city jackknife has three figures; ``coef`` and the standard errors ``KINDS``,
    whole numbers in units of the last decimal shown but ``FINER``.  ``ghost`` is the partial
    correlation on the invented Belt, in thousandths, and ``decides`` a sum of powers of two, one
    for each of the page's errors whose interval at the printed level excludes zero there.  Missing
    where provinces are too few, and the last two for effects that ask another question.
    ``repeats`` has ``column, mobility, key, of``: a specification with rows and LM of an earlier
    one.
    """

    cells: pd.DataFrame
    repeats: pd.DataFrame

    def main(self, column: str, term: str) -> pd.DataFrame:
        """As printed, most and least favourable to the printed sign, by the error that decides.

        A row per estimand and ``which`` (``printed, most, least``): the columns of ``cells`` with
        ``coef`` in its own unit, ``low, high`` at the printed level, and ``verdict``.
        """
        cell = _printed().loc[(column, term)]
        base = int(keys(pd.DataFrame([as_printed(_COLUMN[column])]))[0])
        rows = []
        for mobility, outcome in register.NAME:
            wanted = [column, term, mobility, outcome]
            part = self.cells[self.cells[IDENTITY].eq(wanted).all(axis=1)]
            part = part[part["effects"].isin(options("effects", "inside"))].sort_values("key")
            t = np.sign(cell["coef"]) * part["coef"] / part["province"].fillna(part["jackknife"])
            places = {"printed": part["key"].eq(base), "most": t, "least": -t}
            rows += [part.loc[at.idxmax()].to_dict() | {"which": n} for n, at in places.items()]
        out = pd.DataFrame(rows)
        unit, few = 10.0 ** -(out["digits"] + FINER), out["province"].isna()
        coef, se = out["coef"], out["province"].fillna(out["jackknife"])
        df = out["provinces"].where(~few, out["cities"]) - 1
        half = stats.t.isf(cell["level"] / 2, df) * se
        p = 2 * stats.t.sf(abs(coef / se), df)
        pairs = zip(coef, p, strict=True)
        said = [verdicts.verdict(cell["coef"], cell["stars"], *pair) for pair in pairs]
        ends = {"low": (coef - half) * unit, "high": (coef + half) * unit}
        return out.assign(**ends, coef=coef * unit, verdict=said)

    def payload(self) -> dict[str, Any]:
        """What the script reads, named as in ``cells`` and ``repeats``.

        ``runs`` has what the coefficients of a column and mobility share, by key, and ``blocks``
        the rest of each coefficient and outcome in the same order, None where a regression lacks
        the coefficient.  ``t`` has the critical value of each level and degrees of freedom.
        """
        label = register.register().set_index(["choice", "option"])["label"]
        choices = ("mobility", "outcome", *VARIED, "errors")
        runs, blocks, repeats = {}, [], {}
        for (column, mobility), part in self.cells.groupby(["column", "mobility"], sort=False):
            run = part.drop_duplicates("key").sort_values("key")
            runs[f"{column} {mobility}"] = {n: run[n].tolist() for n in ("key", *_SIZES)}
            for (term, outcome), block in part.groupby(["term", "outcome"], sort=False):
                about = {"column": column, "term": term, "mobility": mobility, "outcome": outcome}
                placed = block.set_index("key")[list(_FIGURES)].reindex(run["key"])
                about |= {"digits": int(block["digits"].iloc[0])}
                blocks.append(about | {name: _whole(placed[name]) for name in placed})
        for (column, mobility), part in self.repeats.groupby(["column", "mobility"], sort=False):
            pairs = zip(part["key"].tolist(), part["of"].tolist(), strict=True)
            repeats[f"{column} {mobility}"] = dict(pairs)
        sizes = self.cells
        df = {*sizes["df"], *(sizes["cities"] - 1), *(sizes["provinces"] - 1)} - {-1}
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
            "repeats": repeats,
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
    """What the page offers of every specification of the same data."""
    cells = pd.concat([every.estimates, _apart(data)], ignore_index=True)
    typical = cells.groupby(IDENTITY)["se_jackknife"].transform("median")
    cells["digits"] = (2 - np.floor(np.log10(typical).round(9))).clip(lower=0).astype(int)
    level = _printed()["level"].loc[pd.MultiIndex.from_frame(cells[["column", "term"]])].to_numpy()
    cells["coef"] *= 10.0 ** (cells["digits"] + FINER)
    for kind in KINDS:
        cells[kind] = cells[f"se_{kind}"] * 10.0 ** (cells["digits"] + FINER)
    ghost = pd.DataFrame({"ghost": 1000 * every.invented["r"], "decides": 0})
    p = every.invented.rename(columns={"p": "p_decides"})
    for place, kind in enumerate(options("errors")):
        ghost["decides"] += 2**place * (p[f"p_{kind}"].round(9) < level[: len(p)])
    cells = cells.join(ghost).assign(key=keys(cells))
    cells[list(_FIGURES)] = cells[list(_FIGURES)].round()
    names = [*IDENTITY, *VARIED, "digits", *_SIZES, "key", *_FIGURES]
    again = pd.concat([every.repeats.assign(effects=name) for name in options("effects", "inside")])
    again = again.assign(key=keys(again), of=keys(again.assign(sample=again["first"])))
    return Offer(cells[names], again[["column", "mobility", "key", "of"]])


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
    cells = published.coefficients().set_index(["column", "row"])
    return cells.assign(level=cells["stars"].map(published.level).fillna(NO_STAR).astype(float))


def _about(column: Column) -> dict[str, Any]:
    """What the script has to know of a column, its name in `lib.specifications` included."""
    cells = _printed().loc[column.key]
    r = published.partial_correlation(cells["t"], published.df_resid(column.key)).round(4)
    symbol = cells.index.to_series().replace(SYMBOL)
    shown = cells.drop(columns="table").assign(r=r)
    shown.insert(0, "symbol", symbol)
    terms = shown.to_dict("index")
    return {
        "table": column.table,
        "heading": column.heading,
        "name": next(n for n, value in vars(specifications).items() if value is column),
        "text": span(column, "text"),
        "printed": as_printed(column),
        "terms": terms,
    }
