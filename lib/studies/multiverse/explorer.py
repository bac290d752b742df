"""The multiverse as small arrays of whole numbers, for a page on which a reader chooses."""

from __future__ import annotations

import gzip
import json
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


def explorer(found: Multiverse) -> dict[str, Any]:
    """Options, and the specifications of every printed cell and estimand.

    Returns
    -------
    dict
        ``options``: choice -> list of ``[option, label]``.  ``blocks``: a list of dicts with
        ``column, term, mobility, outcome, unit`` and lists with an entry per specification:
        ``key``, its options as a mixed-radix number in the order of ``VARIED``; ``coef`` and the
        standard errors ``jackknife, clustered, classical``, in multiples of ``unit``, such that the
        median jackknife has three digits; ``stars``, 0 to 3 of each in base 4, from unrounded p, so
        that page and library cannot differ at a threshold; ``df, nobs, cities``.  Of jackknife and
        clustered t the degrees of freedom are ``cities - 1``.
    """
    label = register.register().set_index(["choice", "option"])["label"]
    options = {choice: list(OFFERED.get(choice, register.options(choice))) for choice in VARIED}
    rows = found.estimates
    rows = rows[np.logical_and.reduce([rows[name].isin(own) for name, own in options.items()])]
    codes = [pd.Categorical(rows[name], own).codes for name, own in options.items()]
    rows = rows.assign(key=np.ravel_multi_index(codes, [len(own) for own in options.values()]))
    blocks = []
    identity = ["column", "term", "mobility", "outcome"]
    for cell, part in rows.sort_values("key", kind="stable").groupby(identity, sort=False):
        typical = float(np.log10(part["se_jackknife"].median()))
        unit = 10.0 ** (int(np.floor(round(typical, 9))) - 2)
        block: dict[str, Any] = {**dict(zip(identity, cell, strict=True)), "unit": unit}
        for name in ("coef", *ERRORS):
            values = part[name if name == "coef" else f"se_{name}"] / unit
            block[name] = values.round().astype(int).tolist()
        stars = [part[f"p_{kind}"].map(lambda p: len(prose.mark(p))) for kind in ERRORS]
        block["stars"] = (stars[0] + 4 * stars[1] + 16 * stars[2]).tolist()
        blocks.append(block | {n: part[n].tolist() for n in ("key", "df", "nobs", "cities")})
    named = {choice: [[o, label[choice, o]] for o in own] for choice, own in options.items()}
    return {"options": named, "blocks": blocks}


def packed(data: dict[str, Any]) -> bytes:
    """As JSON, gzipped: what a page has to load."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return gzip.compress(text.encode(), 9, mtime=0)
