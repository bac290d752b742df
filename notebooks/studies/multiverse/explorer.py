"""The multiverse as small whole numbers, for a page on which a reader chooses a specification."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from lib import prose, published, specifications, verdicts
from lib.panel import DataError
from lib.placebo import belt
from lib.specifications import COLUMNS, SYMBOL, Column
from lib.verdicts import KINDS
from studies.multiverse import register
from studies.multiverse.explore import Multiverse, explore, span
from studies.multiverse.register import options

VARIED = ("sample", "effects", "k", "agglomeration", "product", "controls", "period")
"""Choices inside an estimand.  A key numbers their options, mixed radix, the first the slowest."""
WHOLE = "model1"
"""The column of which every specification is offered."""
MAIN = {"agglomeration": ("secondary", "tertiary"), "controls": ("none", "five"),
        "k": ("province",)}  # fmt: skip
"""Options offered in the other columns, where not all: the whole would weigh six times as much."""
IDENTITY = ["column", "term", "mobility", "outcome"]
NO_STAR = 0.05
"""Level of the interval where print claims nothing."""
FINER = 2
"""Digits that are stored beyond those shown."""
_SURE = 0.4999
"""What is nearer than that to a whole number is rounded to it in any language."""
_TWO_DECIMALS = 9.9995
"""A smaller t is shown to two decimals, others to one."""
_SIZES = ("nobs", "cities", "provinces", "df")
MISSING = -999_999_999
"""Stands for a whole number that there is not; the payload has none there."""
_FIGURES = ("coef", *KINDS, "ghost", "decides")
_LEVELS = np.array([level for level, _ in prose.LEVELS])
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

    Attributes
    ----------
    cells : DataFrame
        A row per coefficient: ``column, term, mobility, outcome``, the choices of ``VARIED``,
        ``key``; ``nobs, cities, provinces, df``; ``digits``, the decimals shown, so that a block's
        median jackknife has three figures; ``coef`` and the standard errors ``KINDS`` as from
        :func:`whole`.  ``ghost`` is the partial correlation on the invented Belt, in thousandths,
        and ``decides`` a sum of powers of two, one for each of the page's errors whose interval at
        the printed level excludes zero there.  ``MISSING`` stands where provinces are too few, and
        in the last two for effects that ask another question.
    repeats : DataFrame
        ``column, mobility, key, of``: a specification with rows and LM of an earlier one.
    """

    cells: pd.DataFrame
    repeats: pd.DataFrame

    def main(self, column: str, term: str) -> pd.DataFrame:
        """As printed, most and least favourable to the printed sign, by the error that decides.

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
            wanted = [column, term, mobility, outcome]
            part = self.cells[self.cells[IDENTITY].eq(wanted).all(axis=1)]
            part = part[part["effects"].isin(options("effects", "inside"))].sort_values("key")
            by_city = part["province"].eq(MISSING)
            part = part.assign(
                se=part["province"].mask(by_city, part["jackknife"]),
                clusters=part["provinces"].mask(by_city, part["cities"]),
            )
            t = np.sign(cell["coef"]) * part["coef"] / part["se"]
            places = {"printed": part["key"].eq(base), "most": t, "least": -t}
            found += [part.loc[at.idxmax()].to_dict() | {"which": n} for n, at in places.items()]
        out = pd.DataFrame(found)
        unit, df = 10.0 ** -(out["digits"] + FINER), out["clusters"] - 1
        half = stats.t.isf(cell["level"] / 2, df) * out["se"]
        p = 2 * stats.t.sf(abs(out["coef"] / out["se"]), df)
        said = [
            verdicts.verdict(cell["coef"], cell["stars"], *each)
            for each in zip(out["coef"], p, strict=True)
        ]
        return out.assign(
            low=(out["coef"] - half) * unit,
            high=(out["coef"] + half) * unit,
            coef=out["coef"] * unit,
            verdict=said,
        )

    def payload(self) -> dict[str, Any]:
        """What the script reads, named as in ``cells`` and ``repeats``.

        ``runs`` has what the coefficients of a column and mobility share, by key, and ``blocks``
        the rest of each coefficient and outcome in the same order, None where a regression lacks
        the coefficient.  ``t`` has the critical value of each level and degrees of freedom.
        """
        label = register.register().set_index(["choice", "option"])["label"]
        choices = ("mobility", "outcome", *VARIED, "errors")
        named = {c: [[name, label[c, name]] for name in options(c)] for c in choices}
        runs, blocks = {}, []
        for (column, mobility), part in self.cells.groupby(["column", "mobility"], sort=False):
            one = part.drop_duplicates("key").sort_values("key")
            runs[f"{column} {mobility}"] = {n: one[n].tolist() for n in ("key", *_SIZES)}
            for (term, outcome), own in part.groupby(["term", "outcome"], sort=False):
                about = {"column": column, "term": term, "mobility": mobility, "outcome": outcome}
                placed = own.set_index("key")[list(_FIGURES)].reindex(one["key"])
                numbers = placed.fillna(MISSING).astype(int).astype(object)
                numbers = numbers.where(numbers.ne(MISSING), None)
                about |= {"digits": int(own["digits"].iloc[0])}
                blocks.append(about | numbers.to_dict("list"))
        sizes = self.cells
        df = {*sizes["df"], *(sizes["cities"] - 1), *(sizes["provinces"] - 1)} - {-1}
        critical = {
            f"{level:g}": {int(n): round(float(stats.t.isf(level / 2, n)), 9) for n in sorted(df)}
            for level in _LEVELS
        }
        repeats = {
            f"{column} {mobility}": dict(
                zip(part["key"].tolist(), part["of"].tolist(), strict=True)
            )
            for (column, mobility), part in self.repeats.groupby(["column", "mobility"], sort=False)
        }
        return {
            "finer": FINER,
            "options": named,
            "inside": options("effects", "inside"),
            "controls": register.CONTROLS_OF,
            "series": register.SERIES,
            "columns": {column.key: _about(column) for column in COLUMNS},
            "t": critical,
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


def explored(data: pd.DataFrame) -> Multiverse:
    """The specifications of the page: of Model 1 all, and of the other columns the main ones.

    Each stands there with the effects of the tables and with own paths of cities, and on the
    invented Belt without an effect, too.
    """
    inside, other = options("effects", "inside"), belt(data)["reg"]
    columns = [column for column in COLUMNS if column.key != WHOLE]
    parts = (
        explore(data, [_COLUMN[WHOLE]], effects=inside, invented=other),
        explore(data, columns, MAIN, inside, other),
    )
    return Multiverse(
        *(
            pd.concat([getattr(part, name) for part in parts], ignore_index=True)
            for name in ("estimates", "repeats", "invented")
        )
    )


def apart(data: pd.DataFrame) -> pd.DataFrame:
    """The columns as printed under effects that ask another question, as rows of a multiverse."""
    parts = []
    for column in COLUMNS:
        printed = as_printed(column)
        only = {choice: [option] for choice, option in printed.items() if choice != "effects"}
        every = explore(data, [column], only, options("effects", "apart")).estimates
        parts.append(every[every["product"].eq(printed["product"])])
    return pd.concat(parts, ignore_index=True)


def offer(data: pd.DataFrame, found: Multiverse) -> Offer:
    """What the page offers.

    Parameters
    ----------
    data : DataFrame
        As from :func:`lib.panel.load`.
    found : Multiverse
        As from :func:`explored`, on the same data.
    """
    assert found.invented is not None
    cells = pd.concat([found.estimates, apart(data)], ignore_index=True)
    typical = cells.groupby(IDENTITY)["se_jackknife"].transform("median")
    cells["digits"] = (2 - np.floor(np.log10(typical).round(9))).clip(lower=0).astype(int)
    claims = pd.MultiIndex.from_frame(cells[["column", "term"]])
    cells["level"] = _printed()["level"].loc[claims].to_numpy()
    coef, errors = whole(cells)
    ghost = pd.DataFrame({"ghost": (1000 * found.invented["r"]).round(), "decides": 0})
    p = found.invented[[f"p_{kind}" for kind in KINDS]].set_axis(list(KINDS), axis=1)
    p["decides"] = p["province"].fillna(p["jackknife"])
    for place, kind in enumerate(options("errors")):
        decides = p[kind].round(9) < cells["level"].iloc[: len(p)]
        ghost["decides"] += 2**place * decides
    cells = cells.assign(coef=coef, **dict(zip(KINDS, errors.T, strict=True)), key=keys(cells))
    cells = cells.join(ghost).fillna({"ghost": MISSING, "decides": MISSING})
    kept = [*IDENTITY, *VARIED, "digits", *_SIZES, "key", *_FIGURES]
    again = pd.concat([found.repeats.assign(effects=name) for name in options("effects", "inside")])
    again = again.assign(key=keys(again), of=keys(again.assign(sample=again["first"])))
    return Offer(cells[kept], again[["column", "mobility", "key", "of"]])


def whole(cells: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Slopes and errors as whole numbers from which a page gets the figures that it shows.

    A slope, both ends of its interval, t and r, rounded as shown, are those of the exact figures,
    and the same intervals exclude zero: of the whole numbers near to the exact ones the nearest for
    which that holds.  Where there are none, t and r may differ in the last digit.

    Parameters
    ----------
    cells : DataFrame
        C rows of a multiverse, ``level`` of the interval and ``digits``, the decimals to which
        slope and ends are shown; t is shown to three digits, r to two decimals.

    Returns
    -------
    coef, se : array of int (C,), (C, E)
        In units of the last decimal shown but ``FINER``; ``MISSING`` where there is no error.

    Raises
    ------
    lib.panel.DataError
        No near numbers give slopes and ends.
    """
    finer, scale = 10.0**FINER, 10.0 ** cells["digits"].to_numpy()[:, None]
    se = cells[[f"se_{kind}" for kind in KINDS]].to_numpy()
    there = np.isfinite(se)
    b, s = cells[["coef"]].to_numpy() * scale, np.where(there, se, 1.0) * scale
    residual = cells["df"].to_numpy()[:, None]
    df = np.column_stack([_df(cells, kind) for kind in KINDS]).clip(1)
    bounds = stats.t.isf(_LEVELS[:, None, None] / 2, df)
    own = stats.t.isf(cells["level"].to_numpy()[:, None] / 2, df)
    tenths = np.where(abs(b / s) < _TWO_DECIMALS, 100, 10)

    def shown(b: np.ndarray, s: np.ndarray, at: np.ndarray) -> np.ndarray:
        t = b / s
        r = np.where(np.array(KINDS) == "classical", t / np.sqrt(t * t + residual[at]), 0)
        return np.stack([b + 0 * s, b - own[at] * s, b + own[at] * s, tenths[at] * t, 100 * r])

    wanted, beyond = np.rint(shown(b, s, np.arange(len(b)))), abs(b) > bounds * s
    out = np.rint(finer * np.hstack([b, s])).astype(int)
    left, near = np.arange(len(b)), sorted(range(-4, 5), key=abs)
    for figures, move in product((5, 3), near):
        slope, chosen = out[left, :1] + move, np.where(there[left], 0, 1)
        for change in near:
            error = np.maximum(out[left, 1:] + change, 1)
            gap = abs(shown(slope / finer, error / finer, left) - wanted[:, left])
            right = (gap[:figures] < _SURE).all(axis=0)
            right &= ((abs(slope) > bounds[:, left] * error) == beyond[:, left]).all(axis=0)
            chosen = np.where((chosen == 0) & right, error, chosen)
        done = (chosen > 0).all(axis=1)
        out[left[done]] = np.hstack([slope, chosen])[done]
        left = left[~done]
    if len(left):
        raise DataError(f"found {len(left)} coefficients whose figures no near numbers give")
    return out[:, 0], np.where(there, out[:, 1:], MISSING)


def _df(cells: pd.DataFrame, kind: str) -> pd.Series:
    clusters = {"classical": cells["df"] + 1, "province": cells["provinces"]}
    return clusters.get(kind, cells["cities"]) - 1


@cache
def _printed() -> pd.DataFrame:
    cells = published.coefficients().set_index(["column", "row"])
    return cells.assign(level=cells["stars"].map(published.level).fillna(NO_STAR).astype(float))


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
