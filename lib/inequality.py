"""Theil's measure of inequality (*Economics and Information Theory*, 1967), and its parts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.panel import DataError


def theil(values: pd.Series) -> float:
    """Theil's T of positive values, each counting once: the mean of (y / m) log(y / m).

    It is zero if all values are equal to their mean m, and log n if one of n has everything.
    Refuses no values, and one that is missing or not positive.
    """
    array = np.asarray(values, dtype=float)
    if not array.size or not np.isfinite(array).all() or (array <= 0).any():
        raise DataError("values: found none, or one missing or not positive; expected all above 0")
    relative = array / array.mean()
    return float((relative * np.log(relative)).mean())


def theil_parts(values: pd.Series, groups: pd.Series) -> pd.Series:
    """Theil's T of all values, and the two parts that add up to it: ``total, between, within``.

    With s_g the share of a group in the sum of values, n_g its share in their number and T_g its
    own T, the part between groups is the sum of s_g log(s_g / n_g), and the part within groups is
    the sum of s_g T_g.  Refuses values as :func:`theil` does, and groups that are missing or not as
    many as the values.
    """
    labels = pd.Series(np.asarray(groups))
    if len(labels) != len(values) or labels.isna().any():
        found = f"{len(labels)} for {len(values)} values, {labels.isna().sum()} missing"
        raise DataError(f"groups: found {found}; expected one for each value")
    by_group = pd.Series(np.asarray(values, dtype=float)).groupby(labels)
    share = by_group.sum() / by_group.sum().sum()
    number = by_group.size() / len(labels)
    between = float((share * np.log(share / number)).sum())
    within = float((share * by_group.apply(theil)).sum())
    return pd.Series({"total": theil(values), "between": between, "within": within})
