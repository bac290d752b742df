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
from itertools import product

import numpy as np
import pandas as pd

from lib.specifications import MODEL1
from studies.multiverse.explore import groups

_TIE = 1e-9
"""Statistics closer than this share of one another are ties that rounding has parted."""


def scores(
    data: pd.DataFrame, mobility: str, outcome: str, effects: Sequence[str]
) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """Each city's part of the slope of LM in Model 1, the hypothesis of no slope being imposed.

    Returns
    -------
    options : DataFrame
        A row per specification of the estimand: ``effects, provinces`` (0 if few), and the options
        of its rows, as ``sample, prices, step, unit``.
    scores : list of DataFrame
        Of the official and of the invented Belt: a row per city and a column per
        specification.
    """
    seen, options = set(), []
    parts: tuple[list[pd.Series], list[pd.Series]] = ([], [])
    names = np.sort(data["city"].unique())
    for group in groups(data, (MODEL1,), {"mobility": [mobility]}):
        if group.signature in seen:
            continue
        seen.add(group.signature)
        cities = names[np.unique(group.rows["city"])]
        for name in effects:
            products = group.products(name, [outcome])
            about = {"effects": name, "provinces": products.design.groups("province")}
            for _, _, places in group.regressions():
                x = list(places.values())
                null = products.coef([x[1:]])[0]
                moments = products.moments[:, x]
                left = moments[..., -2:] - moments[..., x[1:]] @ null
                for belt, part in zip(parts, (products.solver([x])[0, 0] @ left).T, strict=True):
                    belt.append(pd.Series(part, cities))
                options.append(about | group.spec)
    both = [pd.concat(belt, axis=1).fillna(0.0).sort_index() for belt in parts]
    return pd.DataFrame(options), both


def max_t(scores: pd.DataFrame) -> pd.DataFrame:
    """Test each specification alone, and all at once, under every pattern of signs of clusters.

    ``scores`` has a row per cluster, few enough for all patterns, and a column per specification.

    Returns
    -------
    DataFrame
        A row per specification: ``sign`` of the slope; ``alone``, p of its own test; ``family``, p
        adjusted for the search among all, the share of patterns in which the largest T of any
        specification is as large.
    """
    a = scores.to_numpy()
    a = a / np.sqrt((a**2).sum(axis=0))
    observed = (1 - _TIE) * np.abs(a.sum(axis=0))
    drawn = np.abs(np.array(list(product([1.0, -1.0], repeat=len(a)))) @ a)
    return pd.DataFrame(
        {
            "sign": np.sign(a.sum(axis=0)),
            "alone": (drawn >= observed).mean(axis=0),
            "family": (drawn.max(axis=1, initial=0.0)[:, None] >= observed).mean(axis=0),
        }
    )
