"""What each specification says of a claim."""

from __future__ import annotations

import numpy as np
import pandas as pd

from studies.multiverse import register
from studies.multiverse.explore import Multiverse

SAID = ("supported", "supported, city only", "cannot tell", "opposed, city only", "opposed")
"""A verdict, and whether it is by city only; in the order in which it is drawn."""

CHOICES = {"effects": "Effects and paths", "sample": "Sample", "k": "Natural growth",
           "agglomeration": "Measure of IA", "product": "Interaction",
           "controls": "Controls", "prices": "Output", "step": "Step of 2019",
           "unit": "Effects of the city"}  # fmt: skip
"""Choices that vary inside an estimand of Model 1, in words."""


def judged(every: Multiverse, invented: bool = False) -> pd.DataFrame:
    """The specifications of every starred printed coefficient, judged at the printed level.

    Returns
    -------
    DataFrame
        The rows of ``estimates`` (or of ``invented``), with ``label, printed, level``
        of the claim, ``estimand``, and ``said``, one of ``SAID``.  The jackknife by province
        decides, and by city where provinces are fewer than ten.
    """
    rows = every.invented if invented else every.estimates
    claims = register.claims()[["column", "term", "label", "printed", "level"]]
    rows = rows.merge(claims, on=["column", "term"])
    said = verdicts(rows["coef"], rows["p"], rows["printed"], rows["level"]).astype(object)
    alone = rows["p_province"].isna() & (said != "cannot tell")
    said = said + np.where(alone, ", city only", "")
    estimand = [register.NAME[pair] for pair in zip(rows["mobility"], rows["outcome"], strict=True)]
    return rows.assign(
        estimand=pd.Categorical(estimand, list(register.NAME.values())),
        said=pd.Categorical(said, SAID),
        label=pd.Categorical(rows["label"], claims["label"]),
    )


def verdicts(coef: np.ndarray, p: np.ndarray, printed: float, level: float) -> np.ndarray:
    """The verdicts on claims, as :func:`lib.verdicts.verdict` gives them one by one."""
    said = np.where(np.sign(coef) == np.sign(printed), "supported", "opposed")
    return np.where(p.round(9) < level, said, "cannot tell")
