"""The multiverse as small arrays of whole numbers, for a page on which a reader chooses.

A block is a printed cell under one estimand.  Its specifications are numbered by their options,
mixed radix in the order of ``VARIED``; coefficients and standard errors are whole multiples of a
unit, so chosen that the median standard error has three digits.  Stars are computed before that
rounding, so that page and library cannot differ at a threshold.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lib import prose
from lib.studies.multiverse import register
from lib.studies.multiverse.explore import Multiverse
from lib.verdicts import ERRORS

VARIED = ("k", "agglomeration", "product", "controls", "period", "sample")
OFFERED = {
    "agglomeration": ("secondary", "tertiary"),
    "controls": ("none", "five"),
    "period": ("headings",),
}
"""Options that a page offers, where not all: the whole would weigh four times as much."""


def explorer(found: Multiverse, offered: Mapping[str, Sequence[str]] = OFFERED) -> dict[str, Any]:
    """Options, and the specifications of every printed cell and estimand.

    Returns
    -------
    dict
        ``options``: choice -> list of ``[option, label]``, in the order that numbers them;
        ``blocks``: a list of dicts with ``column, term, mobility, outcome, unit``, and a list with
        an entry per specification for each of ``key`` (:func:`number`), ``coef``, ``jackknife,
        clustered, classical`` (standard errors), ``stars`` (of the three, 0 to 3 each, in base 4),
        ``df, nobs, cities``.  The jackknife and clustered t have ``cities - 1`` degrees of freedom.
    """
    table = register.register().set_index(["choice", "option"])["label"]
    options = {c: list(offered.get(c, register.options(c))) for c in VARIED}
    rows = found.estimates
    for choice, names in options.items():
        rows = rows[rows[choice].isin(names)]
    rows = rows.assign(key=number(rows, options)).sort_values("key", kind="stable")
    blocks = []
    for key, part in rows.groupby(["column", "term", "mobility", "outcome"], sort=False):
        errors = {kind: part[f"se_{kind}"] for kind in ERRORS}
        unit = 10.0 ** (int(np.floor(np.log10(round(errors["jackknife"].median(), 12)))) - 2)
        block: dict[str, Any] = dict(
            zip(("column", "term", "mobility", "outcome"), key, strict=True)
        )
        block |= {"unit": unit, "key": part["key"].tolist()}
        for name, values in {"coef": part["coef"], **errors}.items():
            block[name] = (values / unit).round().astype(int).tolist()
        stars = [part[f"p_{kind}"].map(lambda p: len(prose.mark(p))) for kind in ERRORS]
        block["stars"] = (stars[0] + 4 * stars[1] + 16 * stars[2]).tolist()
        block |= {name: part[name].tolist() for name in ("df", "nobs", "cities")}
        blocks.append(block)
    named = {c: [[name, table[c, name]] for name in names] for c, names in options.items()}
    return {"options": named, "blocks": blocks}


def number(rows: pd.DataFrame, options: Mapping[str, Sequence[str]]) -> np.ndarray:
    """One number for the options of each row, mixed radix in the order of `options`."""
    codes = [pd.Categorical(rows[choice], list(names)).codes for choice, names in options.items()]
    return np.ravel_multi_index(codes, [len(names) for names in options.values()])


def packed(data: Mapping[str, Any]) -> bytes:
    """As JSON, gzipped: what a page has to load; the same on every run."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return gzip.compress(text.encode(), 9, mtime=0)
