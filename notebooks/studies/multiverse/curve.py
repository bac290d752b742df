"""Which specifications of a curve survive a test of all of them at once.

The specifications use the same cities, so that hundreds of estimates are not hundreds of pieces of
evidence.  As in PIMA [1]_, the score test of each is compared with the largest one of all: ``u``
are the residuals without the term, ``a_g`` a cluster's part of the slope ``sum psi u``.  A draw
flips the signs of all ``u`` of a cluster, the same clusters in every specification::

    T = |sum_g w_g a_g| / sqrt(sum_g a_g^2)

The other coefficients stay where the hypothesis puts them, and the denominator is the same in all
draws.  A ratio to a clustered error of each draw has no such bound: where one city is most of a
slope, that error comes near to zero in some draws, and no specification could survive.

References
----------
.. [1] Girardi, P., Vesely, A., Lakens, D., Altoè, G., Pastore, M., Calcagnì, A. and Finos, L.
   (2024). Post-selection inference in multiverse analysis (PIMA). *Psychometrika*, 89(2).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.bootstrap import SEED, TIE, is_enumeration, weights
from lib.specifications import MODEL1
from studies.multiverse.explore import CHANGES, OUTCOMES, groups

_BATCH = 1000


def scores(
    data: pd.DataFrame, mobility: str, outcome: str, effects: Sequence[str]
) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """Each city's part of the slope of LM in Model 1, the hypothesis of no slope being imposed.

    Returns
    -------
    options : DataFrame
        A row per specification of the estimand: ``effects, provinces, prices, step, unit, sample``.
    scores : list of DataFrame
        Of the official and of the invented Belt: a row per city (its code) and a column per
        specification.
    """
    at, seen = OUTCOMES.index(outcome), set()
    options, parts_of = [], []
    for group in groups(data, (MODEL1,), {"mobility": [mobility]}):
        if group.signature in seen:
            continue
        seen.add(group.signature)
        there = group.present.any(axis=1)
        for name in effects:
            products = group.products(name, slice(at, at + 1))
            clusters = products.design.clusters
            provinces = len(set(clusters["province"])) if "province" in clusters else 0
            for _, _, places in group.regressions():
                x = list(places.values())
                null = products.coef([x[1:]])[0]
                left = products.xy[:, x] - products.xx[:, x][:, :, x[1:]] @ null
                parts = np.zeros((2, len(group.present)))
                parts[:, there] = np.einsum("aky,k->ya", left, products.inverse([x])[0, 0])
                parts_of.append(parts)
                options.append((name, provinces, *group.key[-4:]))
    named = pd.DataFrame(options, columns=["effects", "provinces", *CHANGES, "sample"])
    cities = np.unique(data["city_code"])
    return named, [pd.DataFrame(np.array(belt).T, cities) for belt in zip(*parts_of, strict=True)]


def max_t(scores: pd.DataFrame, draws: int = 9_999, seed: int = SEED) -> pd.DataFrame:
    """Test each specification alone, and all at once.

    ``scores`` has a row per cluster and a column per specification.

    Returns
    -------
    DataFrame
        A row per specification: ``sign`` of the slope; ``alone``, p of its own test; ``family``, p
        adjusted for the search among all, the share of draws in which the largest T of any
        specification is as large.
    """
    a = scores.to_numpy()
    signs = weights(draws, len(a), seed)
    a = a / np.sqrt((a**2).sum(axis=0))
    observed = np.abs(a.sum(axis=0))
    larger = np.zeros((2, len(observed)))
    for part in np.array_split(signs, -(-len(signs) // _BATCH)):
        drawn = np.abs(part @ a)
        for row, t in zip(larger, (drawn, drawn.max(axis=1, keepdims=True)), strict=True):
            row += (t >= (1 - TIE) * observed).sum(axis=0)
    data = 0 if is_enumeration(signs) else 1  # among the patterns, or beside the draws
    p = (larger + data) / (len(signs) + data)
    return pd.DataFrame({"sign": np.sign(a.sum(axis=0)), "alone": p[0], "family": p[1]})
