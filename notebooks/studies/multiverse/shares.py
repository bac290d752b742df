"""How many specifications agree with a claim, estimand by estimand."""

from __future__ import annotations

import numpy as np
import pandas as pd

from studies.multiverse import register
from studies.multiverse.explore import Multiverse

VERDICTS = ("supported", "opposed", "cannot tell")


def shares(found: Multiverse, errors: str = "jackknife") -> pd.DataFrame:
    """Every starred printed coefficient against the specifications of each estimand.

    Returns
    -------
    DataFrame
        A row per claim and estimand: ``column, term, label, mobility, outcome, specifications``;
        ``sign``, the share with the printed sign; ``supported, opposed, cannot tell`` by the rule
        of :mod:`lib.verdicts`; ``median`` partial correlation, and the ``printed`` one.
    """
    out = []
    for claim in register.claims().itertuples():
        for mobility, outcome in register.NAME:
            part = found.of(claim.column, claim.term, mobility, outcome)
            coef, p = part["coef"].to_numpy(), part[f"p_{errors}"].to_numpy()
            said = verdicts(coef, p, claim.printed, claim.level)
            row = {name: getattr(claim, name) for name in ("column", "term", "label")}
            row |= {"mobility": mobility, "outcome": outcome, "specifications": len(part)}
            row["sign"] = float((np.sign(part["coef"]) == np.sign(claim.printed)).mean())
            row |= {verdict: float((said == verdict).mean()) for verdict in VERDICTS}
            out.append(row | {"median": part["r"].median(), "printed": claim.r})
    return pd.DataFrame(out)


def verdicts(coef: np.ndarray, p: np.ndarray, printed: float, level: float) -> np.ndarray:
    """The verdicts on one claim, as :func:`lib.verdicts.verdict` gives them one by one."""
    said = np.where(np.sign(coef) == np.sign(printed), "supported", "opposed")
    return np.where(p.round(9) < level, said, "cannot tell")
